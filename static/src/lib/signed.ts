// Requests of the signed-in person. His tokens are in cookies that no script can read; all that is known here is that there were some.
import { ApiError, type Ask, send } from "./http.ts";
import { recall, remember } from "./memory.ts";

const KEY = "la.signed-in";

let signedIn = recall(KEY) !== null;
let renewing: Promise<void> | null = null;
let onLost: () => void = () => {};

export function isSignedIn(): boolean {
	return signedIn;
}

export function setSignedIn(now: boolean): void {
	signedIn = now;
	remember(KEY, now ? "1" : null);
}

/* Called when the server no longer takes the cookies. */
export function whenLost(tell: () => void): void {
	onLost = tell;
}

/* The cookie that signs requests lives for ten minutes: a 401 is tried once more with a new one. */
export async function ask<T>(path: string, what: Ask = {}): Promise<T> {
	try {
		return await send<T>(path, what);
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 401)
			throw error;
	}
	await renew();
	return send<T>(path, what);
}

/* One at a time, whoever asks. */
function renew(): Promise<void> {
	renewing ??= exchange().finally(() => {
		renewing = null;
	});
	return renewing;
}

async function exchange(): Promise<void> {
	try {
		await send("/auth/refresh", { method: "POST", body: {} });
	} catch (error) {
		if (isRefusal(error)) {
			setSignedIn(false);
			onLost();
		}
		throw error;
	}
}

/* The session itself was refused: not a busy server, not a lost connection. */
function isRefusal(error: unknown): boolean {
	return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

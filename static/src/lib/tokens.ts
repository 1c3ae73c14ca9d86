// The signed-in person's tokens, and requests made with them.
// They live in sessionStorage: gone with the tab, and readable by script. The strict Content-Security-Policy is what keeps
// foreign script away from them, until accounts move to an HttpOnly cookie.
import type { TokenPair } from "./api.gen.ts";
import { ApiError, type Ask, send } from "./http.ts";

const KEY = "la.tokens";
const EARLY_MS = 30_000;

interface Kept {
	access: string;
	refresh: string;
	expires: number;
}

let kept = read();
let refreshing: Promise<string> | null = null;
let onLost: () => void = () => {};

export function hasTokens(): boolean {
	return kept !== null;
}

export function keepTokens(pair: TokenPair): void {
	write({
		access: pair.access_token,
		refresh: pair.refresh_token,
		expires: Date.now() + pair.expires_in * 1000,
	});
}

export function dropTokens(): void {
	write(null);
}

/* Called when the server no longer takes the tokens: the tokens are gone by then. */
export function whenLost(tell: () => void): void {
	onLost = tell;
}

/* An access token good for at least half a minute. */
export async function accessToken(): Promise<string> {
	if (!kept)
		throw new ApiError(401, "", null);
	return kept.expires - EARLY_MS > Date.now() ? kept.access : renew();
}

/* Sends as the signed-in person; a 401 is tried once more with a renewed token. */
export async function ask<T>(path: string, what: Ask = {}): Promise<T> {
	const bearer = await accessToken();
	try {
		return await send<T>(path, { ...what, bearer });
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 401)
			throw error;
	}
	if (kept?.access === bearer)
		await renew();
	return send<T>(path, { ...what, bearer: await accessToken() });
}

/* One at a time: a refresh token is good for one use. */
function renew(): Promise<string> {
	refreshing ??= exchange().finally(() => {
		refreshing = null;
	});
	return refreshing;
}

async function exchange(): Promise<string> {
	const before = kept;
	try {
		const body = { refresh_token: before?.refresh };
		const pair = await send<TokenPair>("/auth/refresh", { method: "POST", body });
		if (kept === before)
			keepTokens(pair);
		return pair.access_token;
	} catch (error) {
		if (kept === before && isRefusal(error)) {
			dropTokens();
			onLost();
		}
		throw error;
	}
}

/* The token itself was refused: not a busy server, not a lost connection. */
function isRefusal(error: unknown): boolean {
	return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

function read(): Kept | null {
	try {
		return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
	} catch {
		return null;
	}
}

function write(next: Kept | null): void {
	kept = next;
	try {
		if (next)
			sessionStorage.setItem(KEY, JSON.stringify(next));
		else
			sessionStorage.removeItem(KEY);
	} catch {
		// Kept in memory only.
	}
}

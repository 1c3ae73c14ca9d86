// What the service says about itself, asked every five seconds while the page is seen.
import type { Health } from "../../lib/api.gen.ts";
import { ApiError, send } from "../../lib/http.ts";
import { store } from "../../lib/store.ts";

export type HealthState = { is: "asking" } | { is: "known"; health: Health; at: Date } | { is: "away"; at: Date };

const EVERY_MS = 5_000;

export const health = store<HealthState>({ is: "asking" });

export function watchHealth(): void {
	let timer = 0;
	const round = async (): Promise<void> => {
		clearTimeout(timer);
		if (document.hidden)
			return;
		health.set(await askHealth());
		clearTimeout(timer);
		timer = window.setTimeout(round, EVERY_MS);
	};
	document.addEventListener("visibilitychange", round);
	void round();
}

/* 503 carries the same body as 200: it is an answer, not a failure. */
async function askHealth(): Promise<HealthState> {
	const at = new Date();
	try {
		return { is: "known", health: await send<Health>("/healthz"), at };
	} catch (error) {
		const body = error instanceof ApiError ? error.body : null;
		return isHealth(body) ? { is: "known", health: body, at } : { is: "away", at };
	}
}

function isHealth(body: unknown): body is Health {
	return typeof body === "object" && body !== null && "checks" in body && "status" in body;
}

// One request to the API; every failure, also "no answer", is an ApiError.

const PATIENCE_MS = 15_000;

/* What is wrong with one value of the request; `path` is like "/title". */
export interface Detail {
	path: string;
	message: string;
}

export interface Ask {
	method?: string;
	body?: unknown;
}

interface Envelope {
	error?: { code?: string; message?: string; request_id?: string; details?: Detail[] };
}

export class ApiError extends Error {
	readonly status: number;
	readonly code: string;
	readonly requestId: string;
	readonly details: Detail[];
	readonly body: unknown;

	constructor(status: number, requestId: string, body: unknown) {
		const error = (body as Envelope | null)?.error;
		super(error?.message ?? (status === 0 ? "No answer from the server" : `The server answered ${status}`));
		this.status = status;
		this.code = error?.code ?? (status === 0 ? "network" : "unknown");
		this.requestId = error?.request_id ?? requestId;
		this.details = error?.details ?? [];
		this.body = body;
	}
}

export async function send<T>(path: string, ask: Ask = {}): Promise<T> {
	const headers = new Headers({ accept: "application/json" });
	if (ask.body !== undefined)
		headers.set("content-type", "application/json");
	const response = await reach(path, {
		method: ask.method ?? "GET",
		headers,
		body: ask.body === undefined ? null : JSON.stringify(ask.body),
		signal: AbortSignal.timeout(PATIENCE_MS),
		cache: "no-store",
		credentials: "same-origin",
	});
	const body: unknown = await response.json().catch(() => null);
	if (!response.ok)
		throw new ApiError(response.status, response.headers.get("x-request-id") ?? "", body);
	return body as T;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
	try {
		return await fetch(path, init);
	} catch {
		throw new ApiError(0, "", null);
	}
}

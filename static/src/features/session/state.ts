// Who is signed in here, and the ways in and out.
import type { Me, Principal, TokenPair } from "../../lib/api.gen.ts";
import { ApiError, send } from "../../lib/http.ts";
import { type Key, t } from "../../lib/i18n.ts";
import { store } from "../../lib/store.ts";
import { ask, dropTokens, hasTokens, keepTokens, whenLost } from "../../lib/tokens.ts";
import { announce } from "../../ui/announce.ts";

export type Session =
	| { is: "out"; why?: Key; error?: unknown; invite?: string }
	| { is: "entering" }
	| { is: "stuck"; error: unknown }
	| { is: "in"; me: Me };

export interface Credentials {
	email: string;
	password: string;
}

const LINK = /^#(link|invite)=(.+)$/;

export const session = store<Session>({ is: hasTokens() ? "entering" : "out" });

export async function startSession(): Promise<void> {
	whenLost(() => session.set({ is: "out", why: "sessionLost" }));
	window.addEventListener("hashchange", redeemHash);
	if (!await redeemHash() && hasTokens())
		await enter();
}

export async function signIn(who: Credentials): Promise<void> {
	await enterWith("/auth/login", who);
}

export async function signUp(who: Credentials & { invite?: string }): Promise<void> {
	await enterWith("/auth/signup", who);
}

export async function signOut(): Promise<void> {
	let why: Key = "signedOut";
	try {
		await ask("/auth/logout", { method: "POST" });
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 401)
			why = "signedOutHere";
	}
	dropTokens();
	session.set({ is: "out", why });
}

/* Asks who the tokens belong to. When that fails for a passing reason the tokens stay, and one can try again. */
export async function enter(): Promise<void> {
	session.set({ is: "entering" });
	try {
		const me = await ask<Me>("/me");
		session.set({ is: "in", me });
		announce(t("nowSignedIn", { email: nameOf(me.user) }));
	} catch (error) {
		if (hasTokens())
			session.set({ is: "stuck", error });
	}
}

/* Agents and services have no e-mail address. */
export function nameOf(user: Principal): string {
	return user.email ?? user.id;
}

/* A one-time link or an invite carries its token behind the #, where no server or log sees it; it leaves the address bar at once. */
async function redeemHash(): Promise<boolean> {
	const [, kind, text] = LINK.exec(location.hash) ?? [];
	if (text === undefined)
		return false;
	const token = decodeURIComponent(text);
	history.replaceState(null, "", location.pathname + location.search);
	dropTokens();
	if (kind === "invite") {
		session.set({ is: "out", why: "invited", invite: token });
		return true;
	}
	session.set({ is: "entering" });
	try {
		await enterWith("/auth/link", { token });
	} catch (error) {
		session.set({ is: "out", error });
	}
	return true;
}

async function enterWith(path: string, body: unknown): Promise<void> {
	keepTokens(await send<TokenPair>(path, { method: "POST", body }));
	await enter();
}

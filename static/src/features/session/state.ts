// Who is signed in here, and the ways in and out.
import type { Me, Principal } from "../../lib/api.gen.ts";
import { ApiError, send } from "../../lib/http.ts";
import { type Key, t } from "../../lib/i18n.ts";
import { store } from "../../lib/store.ts";
import { ask, isSignedIn, setSignedIn, whenLost } from "../../lib/signed.ts";
import { announce } from "../../ui/announce.ts";

export type Session =
	| { is: "out"; why?: Key; error?: unknown; invite?: string; link?: string }
	| { is: "entering" }
	| { is: "stuck"; error: unknown }
	| { is: "in"; me: Me };

/* What is shown as second factor: one of the two, where there is one. */
export interface Proof {
	code?: string;
	recovery_code?: string;
}

export interface Credentials extends Proof {
	email: string;
	password: string;
}

const LINK = /^#(link|invite)=(.+)$/;

export const session = store<Session>({ is: isSignedIn() ? "entering" : "out" });

export async function startSession(): Promise<void> {
	whenLost(() => session.set({ is: "out", why: "sessionLost" }));
	window.addEventListener("hashchange", redeemHash);
	if (!await redeemHash() && isSignedIn())
		await enter();
}

export async function signIn(who: Credentials): Promise<void> {
	await enterWith("/auth/login", who);
}

export async function signUp(who: Credentials & { invite?: string }): Promise<void> {
	await enterWith("/auth/signup", who);
}

export async function redeemLink(token: string, proof: Proof): Promise<void> {
	await enterWith("/auth/link", { token, ...proof });
}

/* A code has six digits; anything else that was typed is a recovery code. */
export function proofOf(typed: string): Proof {
	const bare = typed.replace(/\s/g, "");
	if (bare === "")
		return {};
	return /^\d{6}$/.test(bare) ? { code: bare } : { recovery_code: typed.trim() };
}

export function wantsProof(error: unknown): boolean {
	return error instanceof ApiError && error.code === "second_factor_required";
}

export async function signOut(): Promise<void> {
	try {
		await ask("/auth/logout", { method: "POST" });
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 401)
			return session.set({ is: "stuck", error });
	}
	setSignedIn(false);
	session.set({ is: "out", why: "signedOut" });
}

/* Asks whom the cookies stand for. When that fails for a passing reason one can try again. */
export async function enter(): Promise<void> {
	session.set({ is: "entering" });
	try {
		const me = await ask<Me>("/me");
		session.set({ is: "in", me });
		announce(t("nowSignedIn", { email: nameOf(me.user) }));
	} catch (error) {
		if (isSignedIn())
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
	if (kind === "invite") {
		session.set({ is: "out", why: "invited", invite: token });
		return true;
	}
	session.set({ is: "entering" });
	try {
		await redeemLink(token, {});
	} catch (error) {
		session.set(wantsProof(error) ? { is: "out", why: "codeText", link: token } : { is: "out", error });
	}
	return true;
}

async function enterWith(path: string, body: object): Promise<void> {
	await send(path, { method: "POST", body: { ...body, session: "cookie" } });
	setSignedIn(true);
	await enter();
}

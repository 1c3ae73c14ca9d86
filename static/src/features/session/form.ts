// Signing in, with a second factor where there is one, and creating an account where that is open.
import { fill, h } from "../../lib/dom.ts";
import { ApiError } from "../../lib/http.ts";
import { say, type Key } from "../../lib/i18n.ts";
import { busy, button } from "../../ui/button.ts";
import { card } from "../../ui/card.ts";
import { clearComplaints, complain, textField } from "../../ui/field.ts";
import { failure, sentence } from "../../ui/notice.ts";
import { proofOf, redeemLink, type Session, signIn, signUp, wantsProof } from "./state.ts";

type Mode = "signIn" | "signUp";

export function sessionForm(session: Extract<Session, { is: "out" }>): HTMLElement {
	const said = h("div", { class: "mt-4 empty:hidden" });
	const holder = h("div", { class: "grid" });
	if (session.error !== undefined)
		fill(said, failure(session.error));
	else if (session.why)
		fill(said, sentence(say(session.why)));

	const show = (mode: Mode, byHand: boolean): void => {
		if (byHand)
			fill(said);
		fill(holder, modeCard(mode, said, session.invite, () => show(mode === "signIn" ? "signUp" : "signIn", true)));
		if (byHand)
			holder.querySelector("input")?.focus();
	};
	if (session.link !== undefined)
		fill(holder, linkCard(said, session.link));
	else
		show(session.invite === undefined ? "signIn" : "signUp", false);
	return holder;
}

function modeCard(mode: Mode, said: HTMLElement, invite: string | undefined, other: () => void): HTMLElement {
	const isNew = mode === "signUp";
	const submit = button("primary", { type: "submit", class: "w-full" }, say(mode));
	const factor = h("div", { class: "empty:hidden" });
	const form = h("form", { id: "session", novalidate: true, class: "mt-4 grid gap-4" },
		textField(say("email"), { name: "email", type: "email", autocomplete: "username", spellcheck: "false" }),
		textField(say("password"), {
			name: "password", type: "password", autocomplete: isNew ? "new-password" : "current-password",
		}),
		factor, submit);

	onSubmit(form, submit, said, async (typed) => {
		const who = { email: typed("email"), password: typed("password") };
		try {
			await (isNew ? signUp(invite === undefined ? who : { ...who, invite }) : signIn({ ...who, ...proofOf(typed("code")) }));
		} catch (error) {
			if (!wantsProof(error))
				throw error;
			clearComplaints(form);
			fill(said, sentence(say("codeText")));
			fill(factor, codeField());
			factor.querySelector("input")?.focus();
		}
	});
	const text: Key = isNew ? "signUpText" : "signInText";
	return card({ title: say(mode), text: say(text) }, said, form,
		h("div", { class: "mt-2 flex justify-center" },
			button("quiet", { onclick: other }, say(isNew ? "toSignIn" : "toSignUp"))));
}

/* A one-time link was good; what is missing is the code. */
function linkCard(said: HTMLElement, link: string): HTMLElement {
	const submit = button("primary", { type: "submit", class: "w-full" }, say("signIn"));
	const form = h("form", { id: "session", novalidate: true, class: "mt-4 grid gap-4" }, codeField(), submit);
	onSubmit(form, submit, said, (typed) => redeemLink(link, proofOf(typed("code"))));
	return card({ title: say("signIn") }, said, form);
}

function codeField(): HTMLElement {
	return textField(say("code"), { name: "code", autocomplete: "one-time-code", spellcheck: "false", maxlength: 40 });
}

/* Runs `work` with what was typed; what it throws is told at its field, or above the form. */
function onSubmit(
	form: HTMLFormElement, submit: HTMLElement, said: HTMLElement, work: (typed: (name: string) => string) => Promise<void>,
): void {
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const data = new FormData(form);
		void busy(submit, async () => {
			try {
				await work((name) => String(data.get(name) ?? ""));
			} catch (error) {
				tell(form, said, error);
			}
		});
	});
}

function tell(form: HTMLFormElement, said: HTMLElement, error: unknown): void {
	clearComplaints(form);
	fill(said);
	const homeless = error instanceof ApiError ? complain(form, error.details) : [];
	const placed = error instanceof ApiError && error.details.length > homeless.length;
	if (!placed || homeless.length > 0)
		fill(said, failure(error, undefined, homeless));
}

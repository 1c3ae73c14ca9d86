// Signing in, and creating an account where that is open.
import { fill, h } from "../../lib/dom.ts";
import { ApiError } from "../../lib/http.ts";
import { say, type Key } from "../../lib/i18n.ts";
import { busy, button } from "../../ui/button.ts";
import { card } from "../../ui/card.ts";
import { clearComplaints, complain, textField } from "../../ui/field.ts";
import { failure, sentence } from "../../ui/notice.ts";
import { type Session, signIn, signUp } from "./state.ts";

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
	show(session.invite === undefined ? "signIn" : "signUp", false);
	return holder;
}

function modeCard(mode: Mode, said: HTMLElement, invite: string | undefined, other: () => void): HTMLElement {
	const isNew = mode === "signUp";
	const submit = button("primary", { type: "submit", class: "w-full" }, say(mode));
	const form = h("form", { id: "session", novalidate: true, class: "mt-4 grid gap-4" },
		textField(say("email"), { name: "email", type: "email", autocomplete: "username", spellcheck: "false" }),
		textField(say("password"), {
			name: "password", type: "password", autocomplete: isNew ? "new-password" : "current-password",
		}),
		submit);

	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const data = new FormData(form);
		const who = { email: String(data.get("email")), password: String(data.get("password")) };
		void busy(submit, async () => {
			try {
				await (isNew ? signUp(invite === undefined ? who : { ...who, invite }) : signIn(who));
			} catch (error) {
				tell(form, said, error);
			}
		});
	});
	const text: Key = isNew ? "signUpText" : "signInText";
	return card({ title: say(mode), text: say(text) }, said, form,
		h("div", { class: "mt-2 flex justify-center" },
			button("quiet", { onclick: other }, say(isNew ? "toSignIn" : "toSignUp"))));
}

function tell(form: HTMLFormElement, said: HTMLElement, error: unknown): void {
	clearComplaints(form);
	fill(said);
	const homeless = error instanceof ApiError ? complain(form, error.details) : [];
	const placed = error instanceof ApiError && error.details.length > homeless.length;
	if (!placed || homeless.length > 0)
		fill(said, failure(error, undefined, homeless));
}

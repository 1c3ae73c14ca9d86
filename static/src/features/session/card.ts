// The session card: the form, the person signed in, or why neither can be shown.
import type { Me } from "../../lib/api.gen.ts";
import { fill, h } from "../../lib/dom.ts";
import { say } from "../../lib/i18n.ts";
import { badge } from "../../ui/badge.ts";
import { busy, button } from "../../ui/button.ts";
import { card } from "../../ui/card.ts";
import { icon } from "../../ui/icon.ts";
import { failure } from "../../ui/notice.ts";
import { skeleton } from "../../ui/skeleton.ts";
import { sessionForm } from "./form.ts";
import { enter, nameOf, type Session, session, signOut } from "./state.ts";

export function sessionCard(): HTMLElement {
	const place = h("div", { class: "grid min-h-96", "data-testid": "session" });
	session.watch((now) => {
		const hadFocus = place.contains(document.activeElement);
		fill(place, view(now));
		if (hadFocus)
			place.querySelector<HTMLElement>("h2")?.focus();
	});
	return place;
}

function view(now: Session): HTMLElement {
	switch (now.is) {
	case "out":
		return sessionForm(now);
	case "entering":
		return card({ title: say("signIn") }, skeleton("mt-5 h-10", "mt-4 h-10", "mt-4 h-10"));
	case "stuck":
		return card({ title: say("signIn") },
			h("div", { class: "mt-4" }, failure(now.error, enter)),
			h("div", { class: "mt-4" }, outButton()));
	case "in":
		return person(now.me);
	}
}

function person({ user, permissions }: Me): HTMLElement {
	const chips = permissions.map((name) => h("li", {}, badge("neutral", h("span", { class: "font-mono" }, name))));
	return card({ title: say("signedInAs"), side: badge("brand", () => user.role) },
		h("p", { class: "mt-2 text-lg font-semibold tracking-tight break-words", "data-testid": "me-email" }, nameOf(user)),
		h("h3", { class: "mt-4 text-sm font-medium" }, say("permissions")),
		chips.length > 0
			? h("ul", { class: "mt-2 flex flex-wrap gap-1.5" }, ...chips)
			: h("p", { class: "mt-1 text-sm text-soft" }, say("noPermissions")),
		h("div", { class: "mt-auto flex flex-wrap gap-2 pt-5" },
			outButton()),
		h("p", { class: "mt-2 text-xs text-soft" }, say("docsHint")));
}

function outButton(): HTMLElement {
	const target = button("plain", {}, icon("out"), say("signOut"));
	target.addEventListener("click", () => busy(target, signOut));
	return target;
}

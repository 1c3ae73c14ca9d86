// Puts the page together.
import { doors } from "../features/doors/doors.ts";
import { example } from "../features/doors/example.ts";
import { healthPanel } from "../features/health/panel.ts";
import { watchHealth } from "../features/health/state.ts";
import { questPanel, questsComing } from "../features/quests/panel.ts";
import { sessionCard } from "../features/session/card.ts";
import { session, startSession } from "../features/session/state.ts";
import { fill, h } from "../lib/dom.ts";
import { type Key, say } from "../lib/i18n.ts";
import { announcer } from "../ui/announce.ts";
import { icon, type IconName } from "../ui/icon.ts";
import { header } from "./header.ts";

function page(): HTMLElement[] {
	const quests = h("div", { class: "empty:hidden" });
	session.watch((now) => fill(quests, now.is === "in" ? questPanel(now.me) : now.is === "entering" && questsComing()));
	return [
		h("a", {
			href: "#main",
			class: "absolute left-4 top-3 z-10 -translate-y-20 rounded-control bg-brand px-3 py-2 text-sm font-medium "
				+ "text-on-brand focus:translate-y-0",
		}, say("skip")),
		header(),
		h("main", { id: "main", tabindex: -1, class: "mx-auto grid max-w-6xl grid-cols-1 gap-6 px-4 py-8 sm:px-6 sm:py-12" },
			h("div", { class: "grid grid-cols-1 gap-8 pb-2 lg:grid-cols-[minmax(0,1fr)_24rem] lg:gap-12" }, hero(), sessionCard()),
			healthPanel(), quests, doors(), example()),
		h("footer", { class: "mx-auto max-w-6xl px-4 pb-10 text-sm text-soft sm:px-6" }, say("footer")),
		announcer,
	];
}

function hero(): HTMLElement {
	return h("div", { class: "lg:pt-14" },
		h("h1", { class: "text-3xl font-semibold tracking-tight text-balance sm:text-4xl" }, say("heroTitle")),
		h("p", { class: "mt-4 max-w-[58ch] text-base leading-7 text-soft text-pretty" }, say("heroText")),
		h("p", { class: "mt-6 flex flex-wrap gap-x-6 gap-y-3 text-sm font-medium" },
			heroLink("/docs/", "book", "heroDocs"), heroLink("#command-line", "prompt", "heroShell")));
}

function heroLink(href: string, name: IconName, words: Key): HTMLElement {
	return h("a", { href, class: "inline-flex items-center gap-2 rounded-sm text-link hover:underline" },
		icon(name), say(words));
}

const root = document.getElementById("app");
if (root)
	fill(root, ...page());
watchHealth();
void startSession();

// Where else one can go from here.
import { h } from "../../lib/dom.ts";
import { type Key, say } from "../../lib/i18n.ts";
import { card } from "../../ui/card.ts";
import { icon, type IconName } from "../../ui/icon.ts";

interface Door {
	href: string;
	icon: IconName;
	label: Key;
	text: Key;
}

const DOORS: Door[] = [
	{ href: "/docs/", icon: "book", label: "doorDocs", text: "doorDocsText" },
	{ href: "/openapi.json", icon: "braces", label: "doorSpec", text: "doorSpecText" },
	{ href: "/metrics", icon: "chart", label: "doorMetrics", text: "doorMetricsText" },
	{ href: "/healthz", icon: "pulse", label: "doorHealth", text: "doorHealthText" },
];

export function doors(): HTMLElement {
	return card({ title: say("doorsTitle") },
		h("ul", { class: "mt-4 grid gap-2.5 sm:grid-cols-2 lg:grid-cols-4" }, ...DOORS.map(door)));
}

function door({ href, icon: name, label, text }: Door): HTMLElement {
	return h("li", {},
		h("a", {
			href,
			class: "group flex h-full gap-3 rounded-control border border-line p-3.5 transition-colors hover:border-link "
				+ "hover:bg-brand-tint",
		},
			h("span", { class: "mt-0.5 text-link" }, icon(name, "size-5")),
			h("span", { class: "min-w-0" },
				h("span", { class: "block text-sm font-medium group-hover:text-link" }, say(label)),
				h("span", { class: "mt-0.5 block text-sm text-soft" }, say(text)),
				h("span", { class: "mt-1.5 block font-mono text-xs text-soft" }, href))));
}

// A card is a section with a heading that names it.
import { type Child, h, type Live } from "../lib/dom.ts";

let count = 0;

export interface CardHead {
	title: Live;
	text?: Live;
	side?: Child;
}

export function card(head: CardHead, ...children: Child[]): HTMLElement {
	const id = `card-${++count}`;
	return h("section", {
		"aria-labelledby": id,
		class: "flex flex-col rounded-card border border-line bg-surface p-5 shadow-card sm:p-6",
	},
		h("div", { class: "flex flex-wrap items-start justify-between gap-x-4 gap-y-2" },
			h("div", {},
				h("h2", { id, tabindex: -1, class: "text-base font-semibold tracking-tight" }, head.title),
				head.text && h("p", { class: "mt-0.5 text-sm text-soft" }, head.text)),
			head.side),
		...children);
}

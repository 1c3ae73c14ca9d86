// Buttons: one look for the main thing of a card, one for everything else, one for what destroys.
import { type Child, h, type Props } from "../lib/dom.ts";

export type Look = "primary" | "plain" | "quiet" | "danger";

const BASE = "inline-flex min-h-10 items-center justify-center gap-2 rounded-control px-3.5 text-sm font-medium "
	+ "transition-colors cursor-pointer disabled:cursor-default aria-busy:opacity-60 aria-busy:cursor-progress";

const LOOKS: Record<Look, string> = {
	primary: "bg-brand text-on-brand hover:bg-brand-deep",
	plain: "border border-edge/50 bg-surface text-ink hover:bg-sunken",
	quiet: "text-link hover:bg-brand-tint",
	danger: "text-bad hover:bg-bad-tint",
};

export function button(look: Look, props: Props, ...children: Child[]): HTMLButtonElement {
	return h("button", { type: "button", ...props, class: `${BASE} ${LOOKS[look]} ${props["class"] ?? ""}` }, ...children);
}

/* Runs work once at a time, with the button marked busy meanwhile. */
export async function busy(target: HTMLElement, work: () => Promise<void>): Promise<void> {
	if (target.getAttribute("aria-busy") === "true")
		return;
	target.setAttribute("aria-busy", "true");
	try {
		await work();
	} finally {
		target.removeAttribute("aria-busy");
	}
}

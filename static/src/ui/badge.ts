// A word on a tint.
import { type Child, h } from "../lib/dom.ts";

export type Tone = "neutral" | "brand" | "good" | "bad" | "warn";

const TONES: Record<Tone, string> = {
	neutral: "bg-sunken text-soft",
	brand: "bg-brand-tint text-link",
	good: "bg-good-tint text-good",
	bad: "bg-bad-tint text-bad",
	warn: "bg-warn-tint text-warn",
};

export function badge(tone: Tone, ...children: Child[]): HTMLElement {
	return h("span", {
		class: `inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`,
	}, ...children);
}

// Tells those who listen instead of look what has just changed.
import { h } from "../lib/dom.ts";

export const announcer = h("div", { role: "status", class: "sr-only", "data-testid": "announcer" });

export function announce(words: string): void {
	announcer.textContent = words;
}

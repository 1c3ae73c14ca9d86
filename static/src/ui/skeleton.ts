// Grey bars in the shape of what is being loaded.
import { h } from "../lib/dom.ts";
import { say } from "../lib/i18n.ts";

export function skeleton(...shapes: string[]): HTMLElement {
	return h("div", { "aria-busy": "true", class: "animate-pulse" },
		h("span", { class: "sr-only" }, say("loading")),
		...shapes.map((shape) => h("div", { class: `rounded-control bg-sunken ${shape}` })));
}

// A sentence that must be seen; for a failure also the request id, and a way to try again.
import { type Child, h, type Live } from "../lib/dom.ts";
import { ApiError } from "../lib/http.ts";
import type { Detail } from "../lib/http.ts";
import { say, sayError } from "../lib/i18n.ts";
import { button } from "./button.ts";
import { icon, type IconName } from "./icon.ts";

type Tone = "info" | "good" | "bad";

const LOOKS: Record<Tone, [string, IconName]> = {
	info: ["bg-sunken text-ink", "info"],
	good: ["bg-good-tint text-good", "check"],
	bad: ["bg-bad-tint text-bad", "alert"],
};

export function notice(tone: Tone, ...children: Child[]): HTMLElement {
	const [look, name] = LOOKS[tone];
	const role = tone === "bad" ? "alert" : "status";
	return h("div", { role, class: `flex gap-2.5 rounded-control p-3 text-sm ${look}` },
		icon(name, "mt-0.5 size-4"), h("div", { class: "min-w-0 flex-1" }, ...children));
}

export function failure(error: unknown, retry?: () => void, details?: Detail[]): HTMLElement {
	const known = error instanceof ApiError ? error : new ApiError(0, "", null);
	return notice("bad",
		h("p", { class: "font-medium" }, sayError(known.code, known.message)),
		...(details ?? known.details).map(({ path, message }) => h("p", { lang: "en" }, `${path}: ${message}`)),
		known.requestId !== "" && h("p", { class: "mt-0.5 text-xs break-all" },
			say("requestId"), " ", h("code", { class: "font-mono" }, known.requestId)),
		retry && button("plain", { class: "mt-3", onclick: retry }, say("retry")));
}

/* One sentence for a place that can hold one. */
export function sentence(words: Live): HTMLElement {
	return notice("info", h("p", {}, words));
}

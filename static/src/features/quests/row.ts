// One quest in the list, with what this person may do to it.
import type { Me, Quest } from "../../lib/api.gen.ts";
import { fill, h } from "../../lib/dom.ts";
import { ago, fullTime } from "../../lib/format.ts";
import { say, t } from "../../lib/i18n.ts";
import { badge, type Tone } from "../../ui/badge.ts";
import { busy, button } from "../../ui/button.ts";
import { icon } from "../../ui/icon.ts";
import { failure } from "../../ui/notice.ts";
import { actions, type QuestAction } from "./actions.ts";

const TONES: Record<Quest["status"], Tone> = { open: "brand", active: "warn", done: "good", dropped: "neutral" };

/* Hears what has become of a quest after an action: changed, or null for gone. */
export type Outcome = (action: QuestAction, before: Quest, after: Quest | null) => void;

export function questRow(me: Me, quest: Quest, onDone: Outcome): HTMLElement {
	const said = h("div", { class: "mt-3 empty:hidden" });
	const able = actions.filter((action) => action.can(me, quest));
	return h("li", { class: "py-4", "data-quest": quest.id },
		h("div", { class: "flex flex-wrap items-center justify-between gap-x-6 gap-y-3" },
			h("div", { class: "min-w-0 flex-1 basis-64" },
				h("h3", { class: `text-sm font-medium break-words ${quest.status === "done" ? "text-soft" : ""}` }, quest.title),
				facts(quest)),
			able.length > 0 && h("div", { class: "-ml-3.5 flex gap-1.5 sm:ml-0" },
				...able.map((action) => actionButton(action, quest, said, onDone)))),
		said);
}

function facts(quest: Quest): HTMLElement {
	return h("p", { class: "mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-soft" },
		badge(TONES[quest.status], say(quest.status)),
		h("span", {}, say(quest.difficulty)),
		h("span", { "aria-hidden": "true" }, "·"),
		h("span", { class: "inline-flex items-center gap-1" },
			icon(quest.visibility === "private" ? "lock" : "globe", "size-3"), say(quest.visibility)),
		h("span", { "aria-hidden": "true" }, "·"),
		h("time", { datetime: quest.created_at, title: fullTime(quest.created_at) }, ago(quest.created_at)));
}

function actionButton(action: QuestAction, quest: Quest, said: HTMLElement, onDone: Outcome): HTMLElement {
	const name = (): string => `${t(action.label)}: ${quest.title}`;
	const target = button(action.look, { "aria-label": name, "data-op": action.op },
		icon(action.icon), say(action.label));
	target.addEventListener("click", () => busy(target, async () => {
		fill(said);
		try {
			const after = await action.run(quest);
			if (after !== undefined)
				onDone(action, quest, after);
		} catch (error) {
			fill(said, failure(error));
		}
	}));
	return target;
}

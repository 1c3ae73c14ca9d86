// The quests card in its four states: loading, empty, failed, full.
import type { Me, Page, Quest } from "../../lib/api.gen.ts";
import { fill, h } from "../../lib/dom.ts";
import { say, t } from "../../lib/i18n.ts";
import { announce } from "../../ui/announce.ts";
import { busy, button } from "../../ui/button.ts";
import { card } from "../../ui/card.ts";
import { icon } from "../../ui/icon.ts";
import { failure } from "../../ui/notice.ts";
import { skeleton } from "../../ui/skeleton.ts";
import { listQuests, mayCreate } from "./actions.ts";
import { questForm } from "./form.ts";
import { type Outcome, questRow } from "./row.ts";

/* As tall while loading or empty as with a few quests, so that nothing below jumps. */
const BODY = "mt-2 min-h-60";

/* Stands in until it is known who is signed in. */
export function questsComing(): HTMLElement {
	return card({ title: say("quests"), text: say("questsText") },
		skeleton("mt-5 h-77 md:h-25"), h("div", { class: BODY }, loading()));
}

export function questPanel(me: Me): HTMLElement {
	const body = h("div", { class: BODY, "data-testid": "quests" });
	const foot = h("div", { class: "empty:hidden" });
	const list = h("ul", { class: "divide-y divide-line" });

	const load = async (): Promise<void> => {
		fill(foot);
		fill(body, loading());
		try {
			const page = await listQuests(null);
			fill(list);
			add(page);
		} catch (error) {
			fill(body, h("div", { class: "mt-4" }, failure(error, load)));
		}
	};
	const add = ({ items, next }: Page<Quest>): void => {
		list.append(...items.map((quest) => questRow(me, quest, settle)));
		fill(body, list.childElementCount > 0 ? list : empty());
		fill(foot, next !== null && moreButton(next));
	};
	const moreButton = (next: string): HTMLElement => {
		const said = h("div", { class: "mt-3 empty:hidden" });
		const target = button("plain", { class: "w-full" }, say("more"));
		target.addEventListener("click", () => busy(target, async () => {
			try {
				const last = list.lastElementChild;
				add(await listQuests(next));
				focusOn(last?.nextElementSibling);
			} catch (error) {
				fill(said, failure(error));
			}
		}));
		return h("div", { class: "mt-2" }, target, said);
	};
	const settle: Outcome = (action, before, after) => {
		const row = list.querySelector(`[data-quest="${CSS.escape(before.id)}"]`);
		if (after) {
			const next = questRow(me, after, settle);
			row?.replaceWith(next);
			focusOn(next);
		} else {
			const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
			row?.remove();
			if (list.childElementCount === 0)
				fill(body, empty());
			focusOn(neighbour ?? panel);
		}
		announce(t(action.op === "quest_delete" ? "deleted" : "markedDone", { title: before.title }));
	};
	const created = (quest: Quest): void => {
		list.prepend(questRow(me, quest, settle));
		fill(body, list);
		announce(t("created", { title: quest.title }));
	};
	const panel = card({ title: say("quests"), text: say("questsText") }, mayCreate(me) && questForm(created), body, foot);
	void load();
	return panel;
}

/* The focus goes to the first thing to press there, or to the heading. */
function focusOn(place: Element | null | undefined): void {
	(place?.querySelector<HTMLElement>("li button") ?? place?.querySelector<HTMLElement>("button, h2"))?.focus();
}

function loading(): HTMLElement {
	return h("div", {}, ...Array.from({ length: 4 }, () => skeleton("mt-5 h-4 w-2/3", "mt-2.5 h-3 w-40")));
}

function empty(): HTMLElement {
	return h("div", { class: "flex flex-col items-center px-4 py-12 text-center" },
		h("span", { class: "grid size-12 place-items-center rounded-full bg-brand-tint text-link" }, icon("flag", "size-6")),
		h("h3", { class: "mt-4 text-sm font-semibold" }, say("emptyTitle")),
		h("p", { class: "mt-1 max-w-sm text-sm text-soft" }, say("emptyText")));
}

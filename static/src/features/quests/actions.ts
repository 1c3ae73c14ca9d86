// What can be done with quests. `can` asks the permissions the server sent, never the name of a role.
import { type Me, type Operation, operations, type Page, type Quest, type QuestNew } from "../../lib/api.gen.ts";
import { type Key, t } from "../../lib/i18n.ts";
import { ask } from "../../lib/signed.ts";
import type { Look } from "../../ui/button.ts";
import { confirmed } from "../../ui/confirm.ts";
import type { IconName } from "../../ui/icon.ts";

const PAGE = 20;

export interface QuestAction {
	op: Operation;
	label: Key;
	icon: IconName;
	look: Look;
	can(me: Me, quest: Quest): boolean;
	/* The quest as it is afterwards; null: gone; undefined: left as it was. */
	run(quest: Quest): Promise<Quest | null | undefined>;
}

export const actions: QuestAction[] = [
	{
		op: "quest_update",
		label: "markDone",
		icon: "check",
		look: "quiet",
		can: (me, quest) => mayChange(me, quest, "quest_update") && (quest.status === "open" || quest.status === "active"),
		run: ({ id, version }) => ask<Quest>(`/quests/${id}`, { method: "PATCH", body: { status: "done", version } }),
	},
	{
		op: "quest_delete",
		label: "delete",
		icon: "trash",
		look: "danger",
		can: (me, quest) => mayChange(me, quest, "quest_delete"),
		run: async ({ id, title }) => {
			const sure = await confirmed({
				title: () => t("deleteSure"), text: () => t("deleteText", { title }), yes: () => t("delete"),
			});
			if (!sure)
				return undefined;
			await ask(`/quests/${id}`, { method: "DELETE" });
			return null;
		},
	},
];

export function mayCreate(me: Me): boolean {
	return may(me, "quest_create");
}

export function createQuest(quest: QuestNew): Promise<Quest> {
	return ask<Quest>("/quests", { method: "POST", body: quest });
}

export function listQuests(after: string | null): Promise<Page<Quest>> {
	const query = new URLSearchParams({ limit: String(PAGE) });
	if (after !== null)
		query.set("after", after);
	return ask<Page<Quest>>(`/quests?${query}`);
}

function mayChange(me: Me, quest: Quest, op: Operation): boolean {
	return may(me, op) && quest.owner_id === me.user.id;
}

function may(me: Me, op: Operation): boolean {
	return me.permissions.includes(operations[op].scope);
}

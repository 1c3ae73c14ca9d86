// The form for a new quest.
import type { Quest } from "../../lib/api.gen.ts";
import { fill, h } from "../../lib/dom.ts";
import { ApiError } from "../../lib/http.ts";
import { say } from "../../lib/i18n.ts";
import { busy, button } from "../../ui/button.ts";
import { clearComplaints, complain, selectField, textField } from "../../ui/field.ts";
import { icon } from "../../ui/icon.ts";
import { failure } from "../../ui/notice.ts";
import { createQuest } from "./actions.ts";

const DIFFICULTIES: Quest["difficulty"][] = ["easy", "normal", "hard"];
const VISIBILITIES: Quest["visibility"][] = ["private", "public"];

export function questForm(onCreated: (quest: Quest) => void): HTMLElement {
	const said = h("div", { class: "empty:hidden md:col-span-4" });
	const submit = button("primary", { type: "submit", class: "md:mt-[1.625rem]" }, icon("plus"), say("create"));
	const form = h("form", {
		id: "quest", novalidate: true, "aria-label": say("newQuest"),
		class: "mt-5 grid items-start gap-4 rounded-control bg-sunken p-4 md:grid-cols-[1fr_9rem_9rem_auto]",
	},
		textField(say("title"), { name: "title", placeholder: say("titleHint"), autocomplete: "off" }),
		selectField(say("difficulty"), "difficulty", DIFFICULTIES.map((value) => ({ value, label: say(value) })), "normal"),
		selectField(say("visibility"), "visibility", VISIBILITIES.map((value) => ({ value, label: say(value) })), "private"),
		submit, said);

	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const data = new FormData(form);
		void busy(submit, async () => {
			try {
				onCreated(await createQuest({
					title: String(data.get("title")),
					difficulty: data.get("difficulty") as Quest["difficulty"],
					visibility: data.get("visibility") as Quest["visibility"],
				}));
				clearComplaints(form);
				fill(said);
				form.reset();
				form.querySelector("input")?.focus();
			} catch (error) {
				const homeless = complain(form, error instanceof ApiError ? error.details : []);
				const placed = error instanceof ApiError && error.details.length > homeless.length;
				fill(said, (!placed || homeless.length > 0) && failure(error, undefined, homeless));
			}
		});
	});
	return form;
}

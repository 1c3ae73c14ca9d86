// Labelled inputs, and the server's complaints about them at their place.
import { h, type Live, type Props, setProp } from "../lib/dom.ts";
import type { Detail } from "../lib/http.ts";
import { icon } from "./icon.ts";

const CONTROL = "mt-1.5 block min-h-10 w-full rounded-control border border-edge bg-surface px-3 text-sm text-ink "
	+ "placeholder:text-soft aria-invalid:border-bad";

export interface Choice {
	value: string;
	label: Live;
}

export function textField(label: Live, props: Props & { name: string }): HTMLElement {
	return wrap(label, props.name, h("input", { ...props, class: CONTROL }));
}

export function selectField(label: Live, name: string, choices: Choice[], chosen: string): HTMLElement {
	const options = choices.map(({ value, label: words }) => h("option", { value, selected: value === chosen }, words));
	return wrap(label, name, h("select", { name, class: `${CONTROL} appearance-none pr-9` }, ...options),
		h("span", { class: "pointer-events-none absolute right-3 bottom-3 text-soft" }, icon("down")));
}

function wrap(label: Live, name: string, ...control: HTMLElement[]): HTMLElement {
	return h("div", { "data-field": name },
		h("label", { class: "relative block text-sm font-medium" }, label, ...control),
		h("p", { class: "mt-1 text-sm text-bad empty:hidden", lang: "en" }));
}

/* Puts each complaint at the field it names and the focus on the first; gives back those that name no field here. */
export function complain(form: HTMLFormElement, details: Detail[]): Detail[] {
	clearComplaints(form);
	const homeless = details.filter(({ path, message }) => {
		const field = form.querySelector(`[data-field="${CSS.escape(path.replace(/^\//, ""))}"]`);
		const control = field?.querySelector("input, select");
		const note = field?.querySelector("p");
		if (!control || !note)
			return true;
		note.id = `${form.id}-${path.slice(1)}-error`;
		note.textContent = message;
		setProp(control, "aria-invalid", "true");
		setProp(control, "aria-describedby", note.id);
		return false;
	});
	form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
	return homeless;
}

export function clearComplaints(form: HTMLFormElement): void {
	for (const control of form.querySelectorAll("[aria-invalid]")) {
		setProp(control, "aria-invalid", null);
		setProp(control, "aria-describedby", null);
	}
	for (const note of form.querySelectorAll("[data-field] > p"))
		note.textContent = "";
}

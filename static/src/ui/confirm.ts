// Asks before something is gone for good. Escape and "Cancel" mean no; the focus returns to where it was.
import { h, type Live } from "../lib/dom.ts";
import { say } from "../lib/i18n.ts";
import { button } from "./button.ts";

export interface Question {
	title: Live;
	text: Live;
	yes: Live;
}

export function confirmed({ title, text, yes }: Question): Promise<boolean> {
	return new Promise((resolve) => {
		const dialog: HTMLDialogElement = h("dialog", {
			class: "m-auto w-[min(26rem,calc(100vw-2rem))] rounded-card border border-line bg-surface p-6 text-ink shadow-float "
				+ "backdrop:bg-black/50",
			"aria-labelledby": "confirm-title",
			"aria-describedby": "confirm-text",
			onclose: () => {
				resolve(dialog.returnValue === "yes");
				dialog.remove();
			},
		},
			h("h2", { id: "confirm-title", class: "text-base font-semibold" }, title),
			h("p", { id: "confirm-text", class: "mt-2 text-sm text-soft break-words" }, text),
			h("div", { class: "mt-6 flex justify-end gap-2" },
				button("plain", { onclick: () => dialog.close(""), autofocus: true }, say("cancel")),
				button("danger", { class: "border border-bad/40", onclick: () => dialog.close("yes") }, yes)));
		document.body.append(dialog);
		dialog.showModal();
	});
}

// A button that copies, and says whether it did.
import { type Child, fill, type Live } from "../lib/dom.ts";
import { say, t } from "../lib/i18n.ts";
import { announce } from "./announce.ts";
import { busy, button, type Look } from "./button.ts";
import { icon } from "./icon.ts";

const SHOWN_MS = 2_000;

export interface CopyLook {
	look: Look;
	name: Live;
	label?: Live;
}

export function copyButton({ look, name, label }: CopyLook, text: () => string | Promise<string>): HTMLButtonElement {
	const idle: Child[] = [icon("copy"), label];
	const target = button(look, { "aria-label": label ? null : name, title: label ? null : name }, ...idle);
	let timer = 0;

	const show = (done: boolean): void => {
		fill(target, icon(done ? "check" : "cross"), label && say(done ? "copied" : "copyFailed"));
		announce(t(done ? "copied" : "copyFailed"));
		clearTimeout(timer);
		timer = window.setTimeout(() => fill(target, ...idle), SHOWN_MS);
	};
	target.addEventListener("click", () => busy(target, async () => {
		try {
			await navigator.clipboard.writeText(await text());
			show(true);
		} catch {
			show(false);
		}
	}));
	return target;
}

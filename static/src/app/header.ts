// The page's head: what this is, which version, language and theme.
import { health } from "../features/health/state.ts";
import { fill, h } from "../lib/dom.ts";
import { type Key, lang, type Lang, say, setLang } from "../lib/i18n.ts";
import { nextTheme, theme, type Theme } from "../lib/theme.ts";
import { badge } from "../ui/badge.ts";
import { icon, type IconName } from "../ui/icon.ts";

const LANGS: Lang[] = ["en", "de"];
const THEMES: Record<Theme, [IconName, Key]> = {
	system: ["screen", "themeSystem"],
	light: ["sun", "themeLight"],
	dark: ["moon", "themeDark"],
};
const CONTROL = "grid min-w-9 place-items-center rounded-control text-xs font-semibold transition-colors cursor-pointer";

export function header(): HTMLElement {
	return h("header", { class: "border-b border-line bg-surface" },
		h("div", { class: "mx-auto flex h-16 max-w-6xl items-center justify-between gap-3 px-4 sm:px-6" },
			h("div", { class: "flex min-w-0 items-center gap-3" },
				h("img", { src: "/favicon.svg", alt: "", width: 32, height: 32 }),
				h("span", { class: "font-semibold tracking-tight" }, "Life-Agent"),
				version()),
			h("div", { class: "flex items-center gap-2" }, langSwitch(), themeButton())));
}

function version(): HTMLElement {
	const place = h("span", { "data-testid": "version" });
	health.watch((state) => {
		if (state.is === "known")
			fill(place, badge("neutral", h("span", { class: "sr-only" }, say("version"), " "), state.health.version));
	});
	return place;
}

function langSwitch(): HTMLElement {
	const buttons = LANGS.map((name) => h("button", { type: "button", lang: name, onclick: () => setLang(name) },
		h("span", { "aria-hidden": "true" }, name.toUpperCase()),
		h("span", { class: "sr-only" }, name === "en" ? "English" : "Deutsch")));
	lang.watch((now) => {
		for (const button of buttons) {
			const chosen = button.lang === now;
			button.ariaPressed = String(chosen);
			button.className = `${CONTROL} h-8 ${chosen ? "bg-sunken text-ink" : "text-soft hover:text-ink"}`;
		}
	});
	const look = "flex rounded-control border border-line p-0.5";
	return h("div", { role: "group", "aria-label": say("language"), class: look }, ...buttons);
}

function themeButton(): HTMLElement {
	const words = (): string => say(THEMES[theme.get()][1])();
	const button = h("button", {
		type: "button", "aria-label": words, title: words, onclick: nextTheme,
		class: `${CONTROL} size-9.5 border border-line text-soft hover:bg-sunken hover:text-ink`,
	});
	theme.watch((now) => {
		fill(button, icon(THEMES[now][0]));
		button.ariaLabel = words();
		button.title = words();
	});
	return button;
}

// Two languages. say() gives live text for h(); t() gives the text of this moment.
import { de, deErrors } from "./de.ts";
import { type Live, refresh } from "./dom.ts";
import { en } from "./en.ts";
import { recall, remember } from "./memory.ts";
import { store } from "./store.ts";

export type Key = keyof typeof en;
export type Lang = "en" | "de";
type Args = Record<string, string | number>;

const KEY = "la.lang";
const words: Record<Lang, Record<Key, string>> = { en, de };

export const lang = store<Lang>(firstLang());

lang.watch((now) => {
	document.documentElement.lang = now;
	refresh(document.documentElement);
});

export function setLang(next: Lang): void {
	remember(KEY, next);
	lang.set(next);
}

export function t(key: Key, args: Args = {}): string {
	return words[lang.get()][key].replace(/\{(\w+)\}/g, (_whole, name: string) => String(args[name] ?? ""));
}

export function say(key: Key, args: Args = {}): Live {
	return () => t(key, args);
}

/* The server speaks English; the codes it may send have a German sentence here. */
export function sayError(code: string, message: string): Live {
	return () => (lang.get() === "de" ? deErrors[code] : undefined) ?? message;
}

function firstLang(): Lang {
	const known = recall(KEY);
	if (known === "en" || known === "de")
		return known;
	return navigator.language.toLowerCase().startsWith("de") ? "de" : "en";
}

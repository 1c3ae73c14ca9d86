// Light, dark, or what the system says. public/theme.js applies the remembered choice before the first paint.
import { recall, remember } from "./memory.ts";
import { store } from "./store.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "la.theme";
const ORDER: Theme[] = ["system", "light", "dark"];
const known = recall(KEY);

export const theme = store<Theme>(known === "light" || known === "dark" ? known : "system");

export function nextTheme(): void {
	const next = ORDER[(ORDER.indexOf(theme.get()) + 1) % ORDER.length] ?? "system";
	remember(KEY, next === "system" ? null : next);
	if (next === "system")
		delete document.documentElement.dataset.theme;
	else
		document.documentElement.dataset.theme = next;
	theme.set(next);
}

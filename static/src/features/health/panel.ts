// The health card: one sentence for all, and a tile for each check.
import type { HealthCheck } from "../../lib/api.gen.ts";
import { type Child, fill, h } from "../../lib/dom.ts";
import { en } from "../../lib/en.ts";
import { clock } from "../../lib/format.ts";
import { type Key, say, t } from "../../lib/i18n.ts";
import { badge } from "../../ui/badge.ts";
import { card } from "../../ui/card.ts";
import { icon } from "../../ui/icon.ts";
import { skeleton } from "../../ui/skeleton.ts";
import { health, type HealthState } from "./state.ts";

const GRID = "mt-5 grid grid-cols-1 gap-2.5 sm:grid-cols-2 lg:grid-cols-5";

export function healthPanel(): HTMLElement {
	const checked = h("p", { class: "text-sm text-soft tabular-nums", "data-testid": "health-checked" });
	const summary = h("div", { role: "status", class: "mt-4 min-h-10" });
	const tiles = h("div", {});
	const drawn = { summary: "", tiles: "" };

	health.watch((state) => {
		fill(checked, state.is !== "asking" && (() => t("healthChecked", { time: clock(state.at)() })));
		const next = looks(state);
		if (next.summary !== drawn.summary)
			fill(summary, ...sum(state));
		if (next.tiles !== drawn.tiles)
			fill(tiles, detail(state));
		Object.assign(drawn, next);
	});
	return card({ title: say("healthTitle"), side: checked }, summary, tiles);
}

/* What each part shows, so that an answer that changes nothing is neither drawn nor read aloud again. */
function looks(state: HealthState): { summary: string; tiles: string } {
	if (state.is !== "known")
		return { summary: state.is, tiles: state.is };
	const { status, checks } = state.health;
	const tiles = Object.entries(checks).map(([name, { ok, note }]) => [name, ok, ok ? "" : note]);
	return { summary: `known ${status}`, tiles: JSON.stringify(tiles) };
}

function sum(state: HealthState): Child[] {
	if (state.is === "asking")
		return [h("p", { class: "text-sm text-soft" }, say("healthAsking"))];
	const good = state.is === "known" && state.health.status === "ok";
	const words: Key = state.is === "away" ? "healthAway" : good ? "healthOk" : "healthBad";
	const tone = good ? "bg-good-tint text-good" : "bg-bad-tint text-bad";
	return [h("p", { class: "flex items-center gap-3 text-lg font-semibold tracking-tight" },
		h("span", { class: `grid size-9 shrink-0 place-items-center rounded-full ${tone}` },
			icon(good ? "check" : "alert", "size-5")),
		say(words))];
}

function detail(state: HealthState): Child {
	if (state.is === "asking")
		return h("div", { class: GRID }, ...Array.from({ length: 5 }, () => skeleton("h-11 lg:h-19")));
	if (state.is === "away")
		return h("p", { class: "mt-4 text-sm text-soft" }, say("healthAwayText"));
	return h("ul", { class: GRID, "data-testid": "health-checks" },
		...Object.entries(state.health.checks).map(([name, check]) => tile(name, check)));
}

/* The service's own note, in English, says why something is unavailable. */
function tile(name: string, { ok, note }: HealthCheck): HTMLElement {
	return h("li", { class: "rounded-control border border-line px-3.5 py-2.5 lg:py-3" },
		h("div", { class: "flex items-center justify-between gap-2 lg:flex-col lg:items-start" },
			h("span", { class: "text-sm font-medium" }, nameOf(name)),
			badge(ok ? "good" : "bad", icon(ok ? "check" : "cross", "size-3"), say(ok ? "ok" : "unavailable"))),
		!ok && note && h("p", { class: "mt-2 text-xs text-soft break-words", lang: "en" }, note));
}

/* A check the dictionary does not know yet keeps the name the service gives it. */
function nameOf(name: string): Child {
	const key = `check_${name}`;
	return key in en ? say(key as Key) : name;
}

// Collects rows and prints them as one table: a figure of ours, what it stands beside, their ratio, the goal, OK or MISS.
import { writeFileSync } from 'node:fs';
import * as config from './config.mjs';

export const rows = [];
export const details = {}; // everything measured, for the JSON

// what: the row's name; ours and theirs: figures in `unit`; beside: whose or what theirs is.
// atMost bounds ours / theirs; atLeast bounds theirs / ours of a cost, or ours / theirs of a rate. Without a bound the row is told only.
// absolute: the bound is on time itself, so that --check leaves it alone.
export function row({ what, unit, ours, beside, theirs, atMost, atLeast, rate = false, absolute = false }) {
	if (theirs === undefined) return;
	const cheaper = atLeast !== undefined && !rate;
	const ratio = cheaper ? theirs / ours : ours / theirs;
	const goal = atMost !== undefined ? `<= ${atMost} x` : atLeast !== undefined ? `>= ${atLeast} x` : '';
	const good = !goal || (atMost !== undefined ? ratio <= atMost : ratio >= atLeast);
	rows.push({
		what,
		unit,
		ours,
		beside,
		theirs,
		ratio,
		goal,
		absolute,
		verdict: goal ? (good ? 'OK' : 'MISS') : '',
	});
}

const short = (n) =>
	Math.abs(n) >= 1000 ? Math.round(n).toLocaleString('en') : Math.abs(n) >= 100 ? n.toFixed(0) : n.toPrecision(3);

// One line of a measured case while the run goes on.
export function tell(section, title, result) {
	(details[section] ??= {})[title] = result;
	const parts = Object.entries(result.parts ?? {})
		.map(([name, us]) => `${name} ${us.toFixed(1)}`)
		.join(', ');
	const bad =
		result.refused || result.unanswered ? `  refused ${result.refused}, unanswered ${result.unanswered}` : '';
	console.log(
		`  ${section.padEnd(8)} ${title.padEnd(26)} ${short(result.cpu).padStart(6)} us/request (${parts})  ${short(result.rate)}/s` +
			`  p50 ${short(result.p50 / 1000)} ms  p99 ${short(result.p99 / 1000)} ms${bad}`,
	);
}

export function printTable() {
	console.log();
	const heads = ['row', 'ours', 'beside', '', 'ratio', 'goal', ''];
	const cells = rows.map((one) => [
		one.what,
		`${short(one.ours)} ${one.unit}`,
		short(one.theirs),
		one.beside,
		`${short(one.ratio)} x`,
		one.goal,
		one.verdict,
	]);
	const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((line) => line[i].length)));
	for (const line of [heads, ...cells])
		console.log(
			line
				.map((cell, i) =>
					i === 1 || i === 2 || i === 4 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]),
				)
				.join('  ')
				.trimEnd(),
		);
}

export function save(settings) {
	const file = `${config.stateDir}/results.json`;
	writeFileSync(file, JSON.stringify({ settings, rows, details }, null, '\t') + '\n');
	return file;
}

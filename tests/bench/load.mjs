// Puts load on a server and tells what it cost: wrk for HTTP/1.1, h2load for HTTP/2 and for exact counts.
import { readFileSync, rmSync } from 'node:fs';
import { cpuOf, run } from './proc.mjs';
import * as config from './config.mjs';

// Result of one load: n answers, rate a second, p50 and p99 in us, refused (not 2xx), unanswered, bytes.
export async function wrk(
	url,
	{ tokens = '-', method = 'GET', body, seconds = config.seconds, connections = config.connections } = {},
) {
	const script = `${config.here}/load.lua`;
	const args = [
		'-t1',
		`-c${connections}`,
		`-d${seconds}s`,
		'--timeout',
		'10s',
		'-s',
		script,
		url,
		'--',
		tokens,
		method,
	];
	const out = await run('wrk', body ? [...args, body] : args);
	const result = JSON.parse(out.slice(out.lastIndexOf('\n{')));
	const n = result.n - result.refused;
	return { ...result, n, rate: n / (result.micros / 1e6) };
}

// Several streams on each of a few connections, all with the first token of the file.
export async function h2load(url, { tokens, seconds = config.seconds, clients = 8, streams = 4 } = {}) {
	const log = `${config.stateDir}/h2load.log`;
	rmSync(log, { force: true });
	const out = await run('h2load', [
		'-t1',
		`-c${clients}`,
		`-m${streams}`,
		`-D${seconds}`,
		`--log-file=${log}`,
		...bearer(tokens),
		url,
	]);
	const micros = readFileSync(log, 'utf8')
		.trim()
		.split('\n')
		.map((line) => Number(line.split('\t')[2]))
		.sort((a, b) => a - b);
	const at = (part) => micros[Math.floor(micros.length * part)] ?? 0;
	return { ...counts(out), rate: counts(out).n / seconds, p50: at(0.5), p99: at(0.99) };
}

// An exact number of requests over HTTP/1.1; one that waits for five seconds counts as unanswered.
export async function exactly(n, url, { tokens, file, clients = config.connections } = {}) {
	const body = file ? ['-d', file, '-H', 'content-type: application/json'] : [];
	const counted = counts(
		await run('h2load', ['--h1', '-t1', '-N5s', `-c${clients}`, `-n${n}`, ...body, ...bearer(tokens), url]),
	);
	return { ...counted, unanswered: n - counted.n - counted.refused };
}

const bearer = (file) => (file ? ['-H', `authorization: Bearer ${readFileSync(file, 'utf8').split('\n')[0]}`] : []);

function counts(out) {
	const [, good, ...other] = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(out);
	const [, errored, timeout] = /(\d+) errored, (\d+) timeout/.exec(out);
	return {
		n: Number(good),
		refused: other.reduce((sum, n) => sum + Number(n), 0),
		unanswered: Number(errored) + Number(timeout),
	};
}

// Runs a load and adds the CPU us a request of each group of process trees, and their sum. A group `whole` holds the others: what they
// leave of it is told as `other`.
export async function measured(load, groups) {
	const cpuNow = () => Object.fromEntries(Object.entries(groups).map(([group, pids]) => [group, cpuOf(pids)]));
	const before = cpuNow();
	const result = await load();
	const after = cpuNow();
	if (result.n < 99 * (result.refused ?? 0) || !result.n) throw new Error(`refused: ${JSON.stringify(result)}`);
	const { whole, ...parts } = Object.fromEntries(
		Object.keys(groups).map((group) => [group, (after[group] - before[group]) / result.n]),
	);
	const sum = Object.values(parts).reduce((a, b) => a + b, 0);
	if (whole !== undefined) parts.other = whole - sum;
	return { ...result, parts, cpu: whole ?? sum };
}

// A case for `alternate`: one stack under wrk, with its CPU.
export function onPlain(stack, path, options = {}) {
	return () => measured(() => wrk(stack.plain + path, { tokens: stack.tokens, ...options }), stack.groups());
}

export const median = (values) => {
	const sorted = [...values].sort((a, b) => a - b);
	return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

// Runs the cases in turn, `config.rounds` times; gives each case its medians and its spread of CPU cost.
export async function alternate(cases) {
	const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
	for (let round = 0; round < config.rounds; round++)
		for (const [name, once] of Object.entries(cases)) results[name].push(await once());
	return Object.fromEntries(Object.entries(results).map(([name, list]) => [name, summary(list)]));
}

function summary(list) {
	const middle = (read) => median(list.map(read));
	const numbers = Object.keys(list[0]).filter((key) => typeof list[0][key] === 'number');
	const parts = Object.fromEntries(
		Object.keys(list[0].parts ?? {}).map((key) => [key, middle((one) => one.parts[key])]),
	);
	const spread = [Math.min(...list.map((one) => one.cpu)), Math.max(...list.map((one) => one.cpu))];
	return {
		...Object.fromEntries(numbers.map((key) => [key, middle((one) => one[key])])),
		parts,
		spread,
		refused: Math.max(...list.map((one) => one.refused ?? 0)),
		unanswered: Math.max(...list.map((one) => one.unanswered ?? 0)),
	};
}

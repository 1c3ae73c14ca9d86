// Runs the sections asked for (all of them, or those named in the arguments or in BENCH_ONLY) and prints the table.
import * as config from './config.mjs';
import { stopAll } from './proc.mjs';
import { printTable, rows, save } from './report.mjs';
import { prepareState, removeState, startLifeAgent } from './stack.mjs';
import { startPeers } from './peers.mjs';
import { sections } from './sections.mjs';

const words = process.argv.slice(2);
const check = words.includes('--check');
const asked = [...words.filter((word) => word !== '--check'), ...config.only];
const chosen = asked.length ? Object.keys(sections).filter((name) => asked.includes(name)) : Object.keys(sections);
const unknown = asked.filter((name) => !sections[name]);
const began = Date.now();
let failures = 0;

async function main() {
	if (unknown.length)
		throw new Error(`no section ${unknown.join(', ')}; there are: ${Object.keys(sections).join(' ')}`);
	console.log(
		`${config.rounds} round(s) of ${config.seconds} s each, ${config.connections} connections, ${config.cores} cores; sections: ${chosen.join(' ')}`,
	);
	await prepareState();
	const our = await startLifeAgent();
	const peers = chosen.some((name) => sections[name].peers) ? await startPeers(our) : {};
	for (const name of chosen) await runSection(name, our, peers);
}

// A section that cannot be run is told and counted; the others go on.
async function runSection(name, our, peers) {
	try {
		await our.freshTokens();
		await sections[name].run({ our, peers });
	} catch (error) {
		failures++;
		console.error(`${name}: ${error.message}`);
	}
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(name, () => stopAll().finally(() => process.exit(130)));

try {
	await main();
} catch (error) {
	failures++;
	console.error(`bench: ${error.message}`);
} finally {
	await stopAll();
}
if (rows.length) {
	printTable();
	const misses = rows.filter((one) => one.verdict === 'MISS');
	const took = Math.round((Date.now() - began) / 1000);
	console.log(`\n${rows.length} rows, ${misses.length} missed, ${took} s; all of it: ${save({ ...config })}`);
	if (check && misses.some((one) => !one.absolute)) failures++;
}
if (!failures) removeState();
process.exit(failures ? 1 : 0);

// How long a program takes from its start to its first good answer, with PostgreSQL and nginx running.
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import * as config from './config.mjs';
import { median } from './load.mjs';
import { folderOf, parentOf, run, stop, until } from './proc.mjs';
import { details, row } from './report.mjs';

const starts = Math.max(3, config.rounds);

export async function coldStart({ our, peers }) {
	const stacks = {
		our: () => startOurs(our),
		...Object.fromEntries(Object.values(peers).map((peer) => [peer.name, () => startPeer(peer)])),
	};
	const times = Object.fromEntries(Object.keys(stacks).map((name) => [name, []]));
	for (let i = 0; i < starts; i++)
		for (const [name, once] of Object.entries(stacks)) times[name].push(await once());
	const ms = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
	details.cold = times;
	row({
		what: 'start to first answer',
		unit: 'ms',
		ours: ms.our,
		beside: 'goal, ms',
		theirs: 100,
		atMost: 1,
		absolute: true,
	});
	for (const { name, title } of Object.values(peers))
		row({ what: 'start to first answer', unit: 'ms', ours: ms.our, beside: title, theirs: ms[name] });
}

// The supervisor is told to take api down, at once since nobody is served, then up. It starts a program at most once a
// second, so it is waited until that has gone by.
async function startOurs(our) {
	const service = folderOf(parentOf(our.groups().app[0]));
	await run('s6-svc', ['-wD', '-T', '10000', '-dk', service]);
	await until(async () => Number(await run('s6-svstat', ['-o', 'updownfor', service])) >= 1, 5, 'api was down for a second');
	const began = performance.now();
	await run('s6-svc', ['-u', service]);
	return untilListed(our, began);
}

async function startPeer(peer) {
	await stop(peer.program);
	const began = performance.now();
	await peer.launch();
	return untilListed(peer, began);
}

// Milliseconds from then until a list is answered.
async function untilListed(stack, began) {
	const authorization = `Bearer ${readFileSync(stack.tokens, 'utf8').split('\n')[0]}`;
	await until(
		() => isListed(`${stack.plain}/quests?limit=20`, { authorization }),
		30,
		`${stack.title} answers`,
		2,
	);
	return performance.now() - began;
}

function isListed(url, headers) {
	return new Promise((done) => {
		request(url, { headers, timeout: 5000 }, (answer) => {
			answer.resume();
			answer.on('end', () => done(answer.statusCode === 200));
		})
			.on('error', () => done(false))
			.end();
	});
}

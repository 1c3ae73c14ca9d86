// What is measured: one function a section. `peers: true` where the peers are needed.
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import * as config from './config.mjs';
import { alternate, exactly, h2load, measured, onPlain, wrk } from './load.mjs';
import { memoryOf, nameOf, heapOf, tree } from './proc.mjs';
import { row, tell } from './report.mjs';
import { coldStart } from './cold.mjs';
import { growth } from './growth.mjs';
import { rowSecurity } from './security.mjs';
import { tokenCheck } from './token.mjs';

export const sections = {
	list: { peers: true, run: list },
	tls: { peers: true, run: overTls },
	health: { peers: true, run: health },
	insert: { peers: true, run: insert },
	rls: { run: rowSecurity },
	token: { run: tokenCheck },
	cold: { peers: true, run: coldStart },
	memory: { peers: true, run: memory },
	growth: { peers: true, run: growth },
	burst: { run: burst },
};

const listPath = '/quests?limit=20';
const newQuest = JSON.stringify({
	title: 'A new quest',
	body: 'Some body text of a quest, fifty characters long.',
});

// Measures the same case on every stack, after a short warm-up, and tells each.
async function onEvery(section, stacks, one) {
	const cases = Object.fromEntries(stacks.map((stack) => [stack.name, one(stack)]));
	const results = await alternate(cases);
	for (const stack of stacks) tell(section, stack.title, results[stack.name]);
	return results;
}

async function warmUp(stacks, path, options) {
	for (const stack of stacks) await wrk(stack.plain + path, { tokens: stack.tokens, seconds: 1, ...options });
}

const everyone = ({ our, peers }) => [our, ...Object.values(peers)];
const cost = (what) => ({ what: `${what}: CPU a request`, unit: 'us' });

async function list(stacks) {
	await warmUp(everyone(stacks), listPath);
	const byKey = { ...stacks.our, name: 'key', title: 'Life-Agent by API key', tokens: stacks.our.serviceKey };
	const all = [...everyone(stacks), byKey];
	const { our, key, floor, fastify, fastapi } = await onEvery('list', all, (stack) => onPlain(stack, listPath));
	row({ ...cost('list'), ours: our.cpu, beside: 'C floor', theirs: floor?.cpu, atMost: 1.5 });
	row({
		what: 'list: rate',
		unit: '/s',
		ours: our.rate,
		beside: 'C floor',
		theirs: floor?.rate,
		atLeast: 0.8,
		rate: true,
	});
	row({ what: 'list: p99', unit: 'us', ours: our.p99, beside: 'C floor', theirs: floor?.p99, atMost: 1.5 });
	row({ ...cost('list'), ours: our.cpu, beside: 'Fastify', theirs: fastify.cpu, atLeast: 4 });
	row({ ...cost('list'), ours: our.cpu, beside: 'FastAPI', theirs: fastapi.cpu, atLeast: 10 });
	row({ ...cost('list by API key'), ours: key.cpu, beside: 'by token', theirs: our.cpu });
}

async function overTls(stacks) {
	const overHttps = (stack) => () =>
		measured(() => wrk(stack.tls + listPath, { tokens: stack.tokens }), stack.groups());
	const overHttp2 = (stack) => () =>
		measured(() => h2load(stack.tls + listPath, { tokens: stack.tokens }), stack.groups());
	const cases = { plain: onPlain(stacks.our, listPath) };
	for (const stack of everyone(stacks))
		Object.assign(cases, {
			[`https ${stack.name}`]: overHttps(stack),
			[`http2 ${stack.name}`]: overHttp2(stack),
		});
	const results = await alternate(cases);
	for (const [name, result] of Object.entries(results)) tell('tls', name, result);
	row({
		...cost('list, TLS HTTP/1.1'),
		ours: results['https our'].cpu,
		beside: 'our plain',
		theirs: results.plain.cpu,
		atMost: 1.25,
	});
	row({
		...cost('list, TLS HTTP/2'),
		ours: results['http2 our'].cpu,
		beside: 'our plain',
		theirs: results.plain.cpu,
		atMost: 1.5,
	});
	for (const { name, title } of Object.values(stacks.peers)) {
		row({
			...cost('list, TLS HTTP/1.1'),
			ours: results['https our'].cpu,
			beside: title,
			theirs: results[`https ${name}`].cpu,
		});
		row({
			...cost('list, TLS HTTP/2'),
			ours: results['http2 our'].cpu,
			beside: title,
			theirs: results[`http2 ${name}`].cpu,
		});
	}
}

async function health(stacks) {
	await warmUp(everyone(stacks), '/healthz');
	const { our, floor, fastify, fastapi } = await onEvery('health', everyone(stacks), (stack) =>
		onPlain(stack, '/healthz', { tokens: '-' }),
	);
	row({ ...cost('health'), ours: our.cpu, beside: 'C floor', theirs: floor?.cpu, atMost: 1.25 });
	row({ ...cost('health'), ours: our.cpu, beside: 'Fastify', theirs: fastify.cpu });
	row({ ...cost('health'), ours: our.cpu, beside: 'FastAPI', theirs: fastapi.cpu });
}

async function insert(stacks) {
	const { our } = stacks;
	const options = { method: 'POST', body: newQuest };
	await warmUp(everyone(stacks), '/quests', options);
	const results = await onEvery('insert', everyone(stacks), (stack) => async () => {
		await our.psql('checkpoint');
		return onPlain(stack, '/quests', options)();
	});
	row({ ...cost('insert'), ours: results.our.cpu, beside: 'C floor', theirs: results.floor?.cpu });
	row({ ...cost('insert'), ours: results.our.cpu, beside: 'Fastify', theirs: results.fastify.cpu, atLeast: 2.2 });
	row({ ...cost('insert'), ours: results.our.cpu, beside: 'FastAPI', theirs: results.fastapi.cpu, atLeast: 4 });
	await our.psql(`delete from app.quest where title = 'A new quest'; vacuum analyze app.quest;`);
}

// Eight clients for each worker, while others hold connections open that they have used, so that nginx holds its own open too.
async function burst({ our }) {
	const { email, password } = our.people[0];
	const body = JSON.stringify({ email, password });
	const file = `${config.stateDir}/login.json`;
	writeFileSync(file, body);
	const clients = (program) => 8 * Math.max(1, tree(our.pid).filter((pid) => nameOf(pid) === program).length - 1);
	const loads = {
		list: { url: our.plain + listPath, count: 5000, clients: clients('api'), one: { tokens: our.tokens } },
		login: {
			url: `${our.plain}/auth/login`,
			count: 4 * clients('auth'),
			clients: clients('auth'),
			one: { method: 'POST', body, file },
		},
	};
	const held = await holdConnections(200);
	for (const [name, { url, count, clients: connections, one }] of Object.entries(loads)) {
		const asked = await exactly(count, url, { ...one, clients: connections });
		const { result } = await alternate({
			result: () => measured(() => wrk(url, { ...one, connections }), our.groups()),
		});
		tell('burst', `${name}, ${connections} clients`, result);
		row({
			what: `burst, ${name}: answered`,
			unit: '',
			ours: asked.n,
			beside: 'asked',
			theirs: count,
			atLeast: 1,
			rate: true,
		});
		const bound = 5 * result.p50 + 10_000;
		row({
			what: `burst, ${name}: p99`,
			unit: 'us',
			ours: result.p99,
			beside: '5 x p50 + 10 ms',
			theirs: bound,
			atMost: 1,
		});
	}
	held.forEach((socket) => socket.destroy());
}

// Opens connections that each get one answer of either program and then stay.
function holdConnections(count) {
	const ask = (i) =>
		(i % 2 ? 'GET /me' : 'POST /auth/refresh') + ' HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';
	return Promise.all(
		Array.from(
			{ length: count },
			(_, i) =>
				new Promise((done, fail) => {
					const socket = createConnection(config.port(1), '127.0.0.1', () => socket.write(ask(i)));
					socket.once('data', () => done(socket));
					socket.on('error', fail);
				}),
		),
	);
}

async function memory({ our, peers }) {
	const load = (n) => exactly(n, our.plain + listPath, { tokens: our.tokens });
	const [api] = our.groups().app;
	await load(Math.min(50_000, config.growthRequests)); // until every worker has met its busiest moment
	const before = heapOf([api]);
	const { n } = await load(config.growthRequests);
	if (n !== config.growthRequests)
		throw new Error(`${n} of ${config.growthRequests} requests were answered well`);
	const grown = Math.max(0, heapOf([api]) - before);
	const after = memoryOf([api]);
	const programs = tree(our.pid).filter((pid) => ['api', 'auth'].includes(nameOf(pid)));
	row({ what: 'memory of api after load', unit: 'MiB', ours: after, beside: 'goal, MiB', theirs: 12, atMost: 1 });
	row({
		what: 'memory of our programs idle',
		unit: 'MiB',
		ours: memoryOf(topmost(programs)),
		beside: 'goal, MiB',
		theirs: 60,
		atMost: 1,
	});
	row({
		what: `growth over ${config.growthRequests} requests`,
		unit: 'MiB',
		ours: grown,
		beside: 'goal, MiB',
		theirs: 1,
		atMost: 1,
	});
	for (const { title, program } of Object.values(peers))
		row({
			what: 'memory of api after load',
			unit: 'MiB',
			ours: after,
			beside: title,
			theirs: memoryOf([program.pid]),
		});
}

// Of these processes, those that are nobody's child among them.
const topmost = (pids) => pids.filter((pid) => !pids.some((other) => other !== pid && tree(other).includes(pid)));

// P12, P40: many idle, greedy and slow clients take nothing from the others; what is too much is turned away with a word, never left waiting.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, password, signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

const SLOW_MS = 6000, SLOW = 200, READERS = 60;
let i, user, pids;

before(async () => {
	i = await la.start();
	user = await signUp(i, 'good');
	const makers = [...Array(8)].map(() => new Client(i, { token: user.token }));
	await Promise.all(makers.map(async (c) => {
		for (let n = 0; n < 13; n++) assert.equal((await c.post('/quests', { title: 'large', body: 'x'.repeat(10000) })).status, 201);
		c.close();
	}));
	pids = workers();
}, { timeout: 60000 });
after(() => la.stop(i));

const workers = () => ['api', 'auth'].map((p) => la.workersOf(i, p).join());
const address = (n) => `127.0.${2 + (n >> 5)}.${1 + (n & 31)}`;
const p99 = (list) => { const s = list.map((r) => r.ms).sort((a, b) => a - b); return Math.round(s[Math.floor(s.length * 0.99)] ?? 0); };

// Clients that ask one after the other until `going` says no. → every answer
async function ask(count, going, one, options = {}) {
	const answers = [];
	await Promise.all([...Array(count).keys()].map(async (n) => {
		const c = new Client(i, { token: user.token, from: address(n), ...options });
		while (going()) answers.push(await one(c));
		c.close();
	}));
	return answers;
}

const forMs = (ms) => { const end = Date.now() + ms; return () => Date.now() < end; };
const list = (c) => c.get('/quests?limit=5');
const login = (c) => c.post('/auth/login', { email: user.email, password });

function assertGood(answers, least) {
	const bad = answers.filter((r) => r.status !== 200);
	assert.deepEqual(bad.slice(0, 3).map((r) => r.error ?? r.text), [], `${bad.length} of ${answers.length}`);
	assert.ok(answers.length >= least, `only ${answers.length} answers`);
}

// Every answer is 200, or says that it is too much and when to come back.
function assertPolite(answers) {
	const rude = answers.filter((r) => r.status !== 200 && !([429, 503].includes(r.status) && r.json?.error.code && Number(r.headers['retry-after']) > 0));
	assert.deepEqual(rude.slice(0, 3).map((r) => r.error ?? `${r.status} ${r.text}`), []);
	return answers.filter((r) => r.status !== 200).length;
}

test('quest_list: 256 idle kept connections and 64 active ones: everybody is answered', async (t) => {
	const idle = [...Array(256).keys()].map((n) => new Client(i, { tls: true, from: address(n) }));
	assertGood(await Promise.all(idle.map((c) => c.get('/healthz'))), 256);
	const answers = await ask(64, forMs(3000), list, { tls: true });
	assertGood(answers, 500);
	assertGood(await Promise.all(idle.map((c) => c.get('/healthz'))), 256);
	idle.forEach((c) => c.close());
	t.diagnostic(`${answers.length} answers, p99 ${p99(answers)} ms`);
});

test('quest_list: 160 clients from one address: answered or turned away', async (t) => {
	const answers = await ask(160, forMs(2000), (c) => c.get('/quests?limit=100'), { from: '127.0.0.9' });
	const away = assertPolite(answers);
	assert.ok(answers.length - away > 50);
	t.diagnostic(`${answers.length} answers, ${away} of them turned away, slowest ${Math.round(Math.max(...answers.map((r) => r.ms)))} ms`);
});

test('account_login: 64 at once and normal traffic: nobody waits for ever, normal requests all work', async (t) => {
	const base = await ask(8, forMs(2000), list);
	const [logins, normal] = await Promise.all([ask(64, forMs(3000), login), ask(8, forMs(3000), list)]);
	assertGood(base, 50);
	assertGood(normal, 50);
	const away = assertPolite(logins);
	assert.ok(logins.length - away > 20);
	t.diagnostic(`${logins.length} logins, ${away} turned away, slowest ${Math.round(Math.max(...logins.map((r) => r.ms)))} ms; p99 of others ${p99(normal)} ms, before ${p99(base)} ms`);
});

test('account_login: 40 a second: what others notice of it', async (t) => {
	const base = await ask(4, forMs(1500), list), going = forMs(3000);
	const logins = [], clients = [...Array(40)].map((_, n) => new Client(i, { from: address(n) }));
	const pacing = (async () => { for (let n = 0; going(); n++) { logins.push(login(clients[n % 40])); await pause(25); } })();
	const normal = await ask(4, going, list);
	await pacing;
	assertPolite(await Promise.all(logins));
	assertGood(normal, 50);
	clients.forEach((c) => c.close());
	t.diagnostic(`${logins.length} logins; p99 of others ${p99(normal)} ms, before ${p99(base)} ms, limit on a quiet machine ${2 * p99(base) + 20} ms`);
});

// A connection that sends `head` and then a byte now and then.
function dribble(n, head) {
	const s = connect({ host: '127.0.0.1', port: i.http, localAddress: address(n) });
	s.on('error', () => {});
	s.on('connect', () => s.write(head));
	const timer = setInterval(() => s.write('a'), 400);
	s.on('close', () => clearInterval(timer));
	return s;
}

test('slow headers and slow bodies: 400 of them, and the good clients notice nothing', async (t) => {
	const base = await ask(8, forMs(1500), list);
	const slow = [...Array(SLOW).keys()].flatMap((n) => [
		dribble(n, 'GET /quests HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
		dribble(n, `POST ${n % 2 ? '/quests' : '/auth/login'} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{`)]);
	const [good, logins] = await Promise.all([ask(8, forMs(SLOW_MS), list), ask(1, forMs(SLOW_MS), login)]);
	const open = slow.filter((s) => !s.destroyed).length;
	slow.forEach((s) => s.destroy());
	assertGood(good, 100);
	assertGood(logins, 5);
	t.diagnostic(`p99 of good clients ${p99(good)} ms, before ${p99(base)} ms; ${open} of ${slow.length} slow ones still there after ${SLOW_MS} ms`);
});

test('slow readers: 60 of a large list, and the good clients notice nothing', async (t) => {
	const base = await ask(8, forMs(1000), list), began = Date.now();
	const readers = [...Array(READERS).keys()].map((n) => {
		const s = connect({ host: '127.0.0.1', port: i.http, localAddress: address(n) });
		s.write(`GET /quests?limit=100 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${user.token}\r\n\r\n`);
		s.pause();
		s.on('error', () => {});
		return s;
	});
	const good = await ask(8, forMs(4000), list);
	assertGood(good, 100);
	const whole = await Promise.all(readers.map(async (s) => {
		const parts = [];
		s.on('data', (d) => parts.push(d)).resume();
		await once(s, 'close');
		return JSON.parse(Buffer.concat(parts).toString().split('\r\n\r\n')[1]).items.length;
	}));
	assert.ok(whole.every((n) => n === 100), 'a slow reader got a cut answer');
	t.diagnostic(`p99 of good clients ${p99(good)} ms, before ${p99(base)} ms; all slow readers had their megabyte after ${Date.now() - began} ms`);
});

test('starvation: the workers are the same as before', () => {
	assert.deepEqual(workers(), pids);
	assert.deepEqual(la.crashes(i), []);
});

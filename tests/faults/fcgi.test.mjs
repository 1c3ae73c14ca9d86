// P18: whatever is written to the programs' own sockets, no worker dies of it and the next good request is answered.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import * as f from './kit/fcgi.mjs';
import { Client, signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';
import { counters } from './kit/load.mjs';

let i, pids, starts, roll;
const good = {
	api: () => f.request('GET', '/healthz'),
	auth: () => f.request('POST', '/auth/refresh', { body: '{"refresh_token":"none"}' }),
};
const goodStatus = { api: 200, auth: 401 };

before(async () => {
	i = await la.start();
	await signUp(i, 'fcgi');
	pids = workers();
	starts = await workerStarts();
	roll = f.dice(20261124);
}, { timeout: 60000 });
after(() => la.stop(i));

const sock = (program) => `${i.state}/run/${program}.sock`;
const workers = () => ['api', 'auth'].map((p) => la.workersOf(i, p).join());

async function workerStarts() {
	const c = new Client(i), { text } = await c.get('/metrics');
	c.close();
	return [...counters(text)].filter(([name]) => name.startsWith('worker_starts_total')).join();
}

// The same workers still run, none was replaced, and both programs answer, by their sockets and through nginx.
async function unharmed() {
	for (const program of ['api', 'auth'])
		assert.equal(f.answerOf(await f.talk(sock(program), [good[program]()], 8000)).status, goodStatus[program], `${program} answers`);
	const c = new Client(i);
	assert.equal((await c.get('/healthz')).status, 200);
	assert.equal((await c.post('/auth/refresh', { refresh_token: 'none' })).status, 401);
	c.close();
	assert.deepEqual(workers(), pids);
	assert.equal(await workerStarts(), starts);
	assert.deepEqual(la.crashes(i), []);
}

// Each list of pieces goes to both programs, a few at once.
async function throwAt(cases, ms = 300) {
	for (const program of ['api', 'auth'])
		for (let n = 0; n < cases.length; n += 8) await Promise.all(cases.slice(n, n + 8).map((pieces) => f.talk(sock(program), pieces, ms)));
	await unharmed();
}

const noise = (n) => Buffer.from(Array.from({ length: n }, () => roll(256)));

test('socket: garbage, other protocols, wrong versions', () => throwAt([
	...[1, 7, 8, 9, 64, 4096, 65536, 200000].map((n) => [noise(n)]),
	[Buffer.alloc(65536)], [Buffer.alloc(65536, 255)], [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')], [Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252])],
	...[0, 2, 255].map((version) => [f.record(f.BEGIN, 1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]), { version })]),
]));

test('socket: requests cut short at every byte', async () => {
	for (const program of ['api', 'auth']) {
		const whole = good[program]();
		for (let n = 0; n < whole.length; n += 16)
			await Promise.all([...Array(Math.min(16, whole.length - n)).keys()].map((k) => f.talk(sock(program), [whole.subarray(0, n + k), 'end'], 300)));
	}
	await unharmed();
});

test('socket: lengths that lie', () => throwAt([
	[f.begin(), f.record(f.PARAMS, 1, f.pair('A', 'b', 0x7fffffff, 0x7fffffff)), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
	[f.begin(), f.record(f.PARAMS, 1, f.pair('A', 'b', 1, 0x7fffffff)), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
	[f.begin(), f.record(f.PARAMS, 1, Buffer.from([0x80])), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
	[f.begin(), f.record(f.PARAMS, 1, Buffer.from([255, 255, 255, 255])), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
	[f.record(f.BEGIN, 1, Buffer.alloc(8), { length: 65535 })], [f.record(f.BEGIN, 1, '')], [f.record(f.BEGIN, 1, Buffer.alloc(900, 1))],
	[f.begin(), f.record(f.PARAMS, 1, 'x', { length: 60000, padding: 255 })],
	[f.request('POST', '/quests', { body: '{"title":"a"}', more: { CONTENT_LENGTH: '999999999' } }), 'end'],
	[f.request('POST', '/quests', { body: '{"title":"a"}', more: { CONTENT_LENGTH: '-1' } })],
	[f.request('POST', '/auth/login', { body: '{"email":"a"}', more: { CONTENT_LENGTH: '3' } })],
	[f.request('POST', '/auth/login', { body: '{}', more: { CONTENT_LENGTH: '99999999999999999999' } })],
]));

test('socket: parameters too many and too large', () => {
	const big = f.pair('HTTP_X_BIG', 'x'.repeat(60000));
	return throwAt([
		[f.begin(), ...Array(40).fill(f.record(f.PARAMS, 1, big)), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
		[f.begin(), ...Array(60).fill(f.record(f.PARAMS, 1, Buffer.concat(Array(1000).fill(f.pair('A', 'b'))))), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
		[f.begin(), f.record(f.PARAMS, 1, Buffer.concat(Array(3).fill(f.pair('REQUEST_METHOD', 'GET')))), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
		[f.begin(), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
		[f.begin(), f.record(f.PARAMS, 1, f.pair('', '')), f.record(f.PARAMS, 1), f.record(f.STDIN, 1)],
	]);
});

test('socket: records out of order', () => throwAt([
	[f.begin(), f.begin(), f.begin(2)], [f.begin(1), f.begin(2), f.record(f.ABORT, 2), f.record(f.ABORT, 1)],
	[f.begin(0)], [f.record(f.STDIN, 1, 'x'), f.record(f.PARAMS, 1, 'x')], [f.record(f.ABORT, 1)], [f.record(f.ABORT, 7, 'x')],
	[f.begin(1, 2)], [f.begin(1, 3)], [f.begin(1, 99)], [f.record(f.GET_VALUES, 0, f.pair('FCGI_MAX_CONNS', ''))], [f.record(f.GET_VALUES, 0, noise(900))],
	[f.record(77, 0, 'x')], [f.record(77, 1, 'x')], [f.record(3, 1, Buffer.alloc(8))], [f.record(6, 1, 'x'), f.record(7, 1, 'x'), f.record(10, 0, 'x')],
	[f.begin(), f.record(f.PARAMS, 1, f.pair('REQUEST_METHOD', 'GET')), f.record(f.ABORT, 1)],
	[f.request('POST', '/quests', { body: '{"title":"a"}', more: { CONTENT_LENGTH: '100' } }).subarray(0, -8), f.record(f.ABORT, 1)],
	[f.request('GET', '/healthz', { keep: 1 }), f.request('GET', '/healthz', { keep: 1, id: 2 }), f.record(f.STDIN, 1, 'late')],
	[f.request('GET', '/quests', { keep: 1 }), f.request('GET', '/quests', { keep: 1 }), 'end'],
]));

test('socket: good requests changed here and there', async () => {
	for (const program of ['api', 'auth']) {
		const changed = [...Array(240)].map(() => {
			const bytes = Buffer.from(good[program]());
			for (let n = 1 + roll(4); n > 0; n--) bytes[roll(bytes.length)] = roll(256);
			return [bytes, 'end'];
		});
		for (let n = 0; n < changed.length; n += 24) await Promise.all(changed.slice(n, n + 24).map((pieces) => f.talk(sock(program), pieces, 300)));
	}
	await unharmed();
});

test('socket: a byte at a time, and half closed', async () => {
	for (const program of ['api', 'auth']) {
		const slow = [...good[program]()].flatMap((b) => [Buffer.from([b]), 1]);
		assert.equal(f.answerOf(await f.talk(sock(program), slow, 9000)).status, goodStatus[program]);
		const half = f.answerOf(await f.talk(sock(program), [good[program](), 'end'], 3000)).status;
		assert.ok(Number.isNaN(half) || half === goodStatus[program]);
	}
	await unharmed();
});

test('socket: a forged identity is not looked at', async () => {
	const more = { REMOTE_USER: 'admin', HTTP_REMOTE_USER: 'admin', HTTP_X_USER_ID: 'admin', AUTH_TYPE: 'Basic' };
	assert.equal(f.answerOf(await f.talk(sock('api'), [f.request('GET', '/me', { more })], 2000)).status, 401);
});

test('socket: 1,000 connections opened and dropped', async () => {
	for (const program of ['api', 'auth'])
		for (let n = 0; n < 500; n += 50)
			await Promise.all([...Array(50).keys()].map((k) => new Promise((done) => {
				const s = connect(sock(program));
				s.on('error', () => {});
				s.on('close', done);
				s.on('connect', () => { if (k % 2) s.write(f.begin()); s.destroy(); });
			})));
	await unharmed();
});

test('socket: connections that stop in mid-request hold nobody up for long', async () => {
	for (const program of ['api', 'auth']) {
		const stuck = [...Array(8)].map(() => { const s = connect(sock(program)); s.on('error', () => {}); s.write(good[program]().subarray(0, 20)); return s; });
		const c = new Client(i), r = program === 'api' ? await c.get('/healthz') : await c.post('/auth/refresh', { refresh_token: 'none' }, { limit: 29000 });
		c.close();
		stuck.forEach((s) => s.destroy());
		assert.ok(r.status === goodStatus[program] && r.ms < 10000, `${program}: ${r.status ?? r.error} after ${Math.round(r.ms)} ms`);
	}
	await unharmed();
});

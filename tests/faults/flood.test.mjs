// P12: five hundred logins a second are offered, and the other routes hardly notice: what is too much is turned away, hashes take only what time and memory
// is theirs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { after, before, test } from 'node:test';
import { setInterval as ticks } from 'node:timers/promises';
import { Client, signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

const PER_SECOND = 500, ROUND_S = 3, ROUNDS = 3, MIB = 1 << 20;
let i, user;

before(async () => {
	// Limits per address would hide the question; what the sanitizer keeps of freed memory is none of the workers'.
	i = await la.start({ CONN_PER_ADDRESS: '0', ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:quarantine_size_mb=1' });
	user = await signUp(i, 'flood');
	const c = new Client(i, { token: user.token });
	for (let n = 0; n < 20; n++) assert.equal((await c.post('/quests', { title: `q${n}` })).status, 201);
	c.close();
}, { timeout: 60000 });
after(() => la.stop(i));

const p99 = (answers) => answers.map((r) => r.ms).sort((a, b) => a - b)[Math.floor(answers.length * 0.99)];
const rss = () => la.workersOf(i, 'auth').map(la.rssOf).reduce((a, b) => a + b, 0);

// Eight people who read a list, each thirty times a second or as fast as it comes. → every answer
async function normal(seconds) {
	const end = Date.now() + seconds * 1000, answers = [];
	await Promise.all(Array.from({ length: 8 }, async () => {
		const c = new Client(i, { token: user.token });
		for await (const _ of ticks(33)) {
			if (Date.now() >= end) break;
			answers.push(await c.get('/quests?limit=20'));
		}
		c.close();
	}));
	return answers;
}

async function flood(seconds) {
	const child = spawn(process.execPath, [`${import.meta.dirname}/kit/flood.mjs`, i.http, PER_SECOND, seconds, user.email, 'nobody@example.org'].map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
	const parts = [];
	child.stdout.on('data', (d) => parts.push(d));
	await once(child, 'close');
	return JSON.parse(Buffer.concat(parts));
}

test(`account_login: ${PER_SECOND} a second are offered: other routes' p99 stays below twice what it was and 20 ms`, async (t) => {
	const quiet = [], flooded = [], statuses = {}, before = rss();
	let offered = 0, most = 0;
	const look = setInterval(() => { most = Math.max(most, rss()); }, 100);
	t.after(() => clearInterval(look));

	await normal(1);
	for (let round = 0; round < ROUNDS; round++) {
		quiet.push(...await normal(ROUND_S));
		const [answers, logins] = await Promise.all([normal(ROUND_S), flood(ROUND_S)]);
		flooded.push(...answers);
		offered += logins.offered;
		for (const [s, n] of Object.entries(logins.statuses)) statuses[s] = (statuses[s] ?? 0) + n;
	}
	const [was, is] = [p99(quiet), p99(flooded)], grown = Math.round((most - before) / MIB), allowed = cpus().length * 19 + 64;
	t.diagnostic(`p99 ${Math.round(was)} ms, under the flood ${Math.round(is)} ms; ${offered} logins offered, answered ${JSON.stringify(statuses)}; memory grew by ${grown} of ${allowed} MiB`);
	assert.deepEqual([...quiet, ...flooded].filter((r) => r.status !== 200).slice(0, 3), []);
	assert.ok(offered >= PER_SECOND * ROUND_S * ROUNDS * 0.8, `only ${offered} logins were offered`);
	assert.deepEqual(Object.keys(statuses).filter((s) => !['401', '429', '503'].includes(s)), []);
	assert.ok(statuses[401] > 50 && statuses[503] > statuses[401], 'what is too much is turned away');
	assert.ok(is < 2 * was + 20, `p99 went from ${was} to ${is} ms`);
	assert.ok(grown < allowed, `memory grew by ${grown} MiB`);
});

test('account_login: afterwards everything is as before', async () => {
	const c = new Client(i);
	await la.until(async () => (await c.post('/auth/login', { email: 'nobody@example.org', password: 'not the password' })).status === 401, 10000);
	assert.equal((await c.get('/healthz')).status, 200);
	c.close();
	assert.deepEqual(la.crashes(i), []);
});

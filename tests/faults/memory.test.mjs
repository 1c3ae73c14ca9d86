// P23, P46: the workers of api are as large after 200,000 requests (or forty seconds of them) as after 20,000, and hold no more descriptors than at rest.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Client, signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

const WARM = 20000, ALL = 200000, MOST_MS = 40000, LANES = 8, BATCH = 20, A_CONNECTION = 5000, MIB = 1 << 20;
const skip = la.sanitized && 'AddressSanitizer keeps what is freed: run this with TEST_BIN=build/plain/bin';
let i, requests;

before(async () => {
	if (skip) return;
	i = await la.start({ CONN_PER_ADDRESS: '0' });
	const user = await signUp(i, 'memory'), c = new Client(i, { token: user.token });
	let id;
	for (let n = 0; n < 20; n++) id = (await c.post('/quests', { title: `quest ${n}`, body: 'x'.repeat(200), tags: ['a', 'b'] })).json.id;
	c.close();
	const line = (method, path, body = '') => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${user.token}\r\n` +
		(body ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : '') + `\r\n${body}`;
	requests = [line('GET', '/quests?limit=20'), line('GET', `/quests/${id}`), line('GET', '/me'), line('GET', '/healthz'), line('PATCH', `/quests/${id}`, '{"status":"active"}')];
}, { timeout: 60000 });
after(() => { if (i) la.stop(i); });

// One connection's share, pipelined in batches. → how many answers were 200
function burst(n) {
	return new Promise((done, fail) => {
		const s = connect(i.http, '127.0.0.1');
		let sent = 0, good = 0, answered = 0, rest = '';
		const more = () => { s.write(Array.from({ length: BATCH }, () => requests[sent++ % requests.length]).join('')); };
		s.on('connect', more);
		s.on('error', fail);
		s.on('data', (d) => {
			const text = rest + d.toString('latin1');
			for (const m of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) { answered++; good += m[1] === '200'; }
			rest = /H(T(T(P(\/(1(\.(1( (\d{0,2})?)?)?)?)?)?)?)?)?$/.exec(text)?.[0] ?? '';
			if (answered < sent) return;
			if (sent < n) more();
			else { s.destroy(); done(good); }
		});
	});
}

async function ask(total, until) {
	let left = total, good = 0;
	await Promise.all([...Array(LANES)].map(async () => {
		while (left > 0 && Date.now() < until) {
			left -= A_CONNECTION;
			const n = await burst(A_CONNECTION);
			good += n;
		}
	}));
	return { asked: total - left, good };
}

const each = (fn) => la.workersOf(i, 'api').map(fn);

test('memory: no growth and no descriptor left over after 200,000 requests', { skip }, async (t) => {
	const fds = each(la.fdsOf), pids = each(String);
	const warm = await ask(WARM, Infinity), small = each(la.rssOf), began = Date.now();
	const rest = await ask(ALL - WARM, began + MOST_MS), large = each(la.rssOf);
	assert.deepEqual([warm.good, rest.good], [warm.asked, rest.asked]);
	assert.deepEqual(each(String), pids);
	const growth = large.map((n, k) => n - small[k]);
	t.diagnostic(`${warm.asked + rest.asked} requests, ${Math.round(rest.asked / (Date.now() - began) * 1000)} a second; growth ${growth.map((n) => (n / MIB).toFixed(2)).join(', ')} MiB on ${(small[0] / MIB).toFixed(1)}`);
	assert.ok(growth.every((n) => n < MIB));
	await la.until(() => each(la.fdsOf).every((n, k) => n <= fds[k]), 20000, 'descriptors are as before');
});

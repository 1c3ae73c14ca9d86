// The first key of all, asked for by many at once; and a limit that two hosts keep together.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { once } from 'node:events';
import { answerOf, request, talk } from './kit/fcgi.mjs';
import { Client } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

const CALLERS = 50, LIMIT = 100, LANES = 8;
let i, admin, second;

before(async () => { i = await la.start({ API_TOKENS: 'svc-7f3a9c1e5b2d8046', CONN_PER_ADDRESS: '0' }); }, { timeout: 60000 });
after(() => { if (second) la.kill(second.pid, 'SIGTERM'); la.stop(i); });

// asks(n, fn): n at once, each over a connection of its own.
const asks = (n, fn) => Promise.all(Array.from({ length: n }, async (_, k) => {
	const c = new Client(i, { tls: true, from: `127.0.0.${k + 1}` });
	try { return await fn(c, k); } finally { c.close(); }
}));
const scope = { type: 'session', namespace: 'demo' };
const issue = (c, body, headers) => c.post('/api/v1/auth/keys', body, { headers });

test('the first key is not for whoever comes through another proxy, or with a bad credential', async () => {
	for (const headers of [{ 'x-forwarded-for': '10.0.0.1' }, { 'x-real-ip': '10.0.0.1' }, { forwarded: 'for=10.0.0.1' }, { via: '1.1 x' }, { 'x-api-key': 'bkg_a_x' }])
		assert.deepEqual((await asks(1, (c) => issue(c, { scope }, headers))).map((r) => r.status), [401], JSON.stringify(headers));
	assert.deepEqual(la.sql(i, "select count(*) from app.api_key where type not in ('personal', 'service')"), [['0']]);
});

test(`of ${CALLERS} callers at once exactly one gets the first key, an admin's whatever he asked for`, async () => {
	const replies = await asks(CALLERS, (c) => issue(c, { scope }));
	const made = replies.filter((r) => r.status === 201);

	assert.deepEqual([made.length, replies.filter((r) => r.status === 401).length], [1, CALLERS - 1], replies.map((r) => r.status).join(' '));
	assert.deepEqual(made[0].json.info.scope, { type: 'admin' });
	assert.deepEqual(la.sql(i, "select type, count(*) from app.api_key where type not in ('personal', 'service') group by 1"), [['admin', '1']]);
	admin = made[0].json;
	const [next] = await asks(1, (c) => issue(c, { scope }, { authorization: `Bearer ${admin.token}` }));
	assert.equal(next.status, 201);
});

test('nor is there another first key when that one has ended', async () => {
	const [{ status }] = await asks(1, (c) => issue(c, { scope: { type: 'admin' } }, { authorization: `Bearer ${admin.token}` }));
	assert.equal(status, 201);
	la.sql(i, 'update app.api_key set revoked_at = now()');
	assert.deepEqual((await asks(1, (c) => issue(c, { scope }))).map((r) => r.status), [401]);
	la.sql(i, "update app.api_key set revoked_at = null where type <> 'personal'");
});

// A second host: another parent with its workers and its shared memory, on the same database.
async function startSecond() {
	const state = `${i.top}/second`, api = statSync(`${i.state}/secrets/api/jwt.key`);
	for (const dir of [state, `${state}/run`]) {
		mkdirSync(dir);
		chownSync(dir, api.uid, api.gid);
	}
	const line = readFileSync(`${i.state}/s6/api/run`, 'utf8').split('\n').find((l) => l.startsWith('exec env -i'));
	const command = line.replace('READY_FD=3', 'READY_FD=-1').replace(`STATE_DIR=${i.state}'`, `STATE_DIR=${state}'`);
	assert.notEqual(command, line);
	const log = openSync(`${i.top}/second.log`, 'w');
	second = spawn('bash', ['-c', command], { stdio: ['ignore', log, log] });
	second.socket = `${state}/run/api.sock`;
	await la.until(() => existsSync(second.socket), 20000);
}

test(`two hosts together let a key ask ${LIMIT} times a minute, and not once more`, async () => {
	await startSecond();
	const [{ json: { token } }] = await asks(1, (c) => issue(c, { scope: { type: 'namespace', namespace: 'demo' }, rate_limit: LIMIT }, { authorization: `Bearer ${admin.token}` }));
	const sockets = [`${i.state}/run/api.sock`, second.socket], ok = [0, 0];
	let refused = 0;

	await Promise.all(sockets.flatMap((path, host) => Array.from({ length: LANES }, async () => {
		for (let n = 0; n < LIMIT / 4; n++) {
			const { status } = answerOf(await talk(path, [request('GET', '/me', { more: { HTTP_X_API_KEY: token } })], 10000));
			if (status === 200) ok[host]++;
			else {
				assert.equal(status, 429);
				refused++;
			}
		}
	})));
	assert.equal(ok[0] + ok[1], LIMIT, `${ok}`);
	assert.ok(ok[0] >= 10 && ok[1] >= 10, `both had a share: ${ok}`);
	assert.equal(refused, 2 * LANES * (LIMIT / 4) - LIMIT);
	const exit = once(second, 'exit');
	second.kill('SIGTERM');
	await exit;
	assert.deepEqual(readFileSync(`${i.top}/second.log`, 'utf8').split('\n').filter((l) => /runtime error|Sanitizer|"level":"error"/.test(l)), []);
	second = undefined;
});

test('and nothing crashed', () => assert.deepEqual(la.crashes(i), []));

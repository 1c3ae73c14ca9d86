// P26: no secret in any log, file, row, argument or environment, whatever goes wrong; and whatever is asked for, its log line is one line of JSON.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Client } from './kit/http.mjs';
import * as la from './kit/instance.mjs';
import { naughty } from './kit/naughty.mjs';

const draw = () => `kanarie-${randomBytes(12).toString('hex')}`;
const canary = { password: draw(), wrongPassword: draw(), apiKey: draw(), otherKey: draw(), junk: draw() };
let i, user;

before(async () => {
	i = await la.start({ API_TOKENS: canary.apiKey, CONN_PER_ADDRESS: '0' });
	canary.link = /#link=(\S+)/.exec(i.startText)[1];
	const c = new Client(i), r = await c.post('/auth/signup', { email: 'canary@example.org', password: canary.password });
	assert.equal(r.status, 201);
	Object.assign(canary, { access: r.json.access_token, refresh: r.json.refresh_token });
	for (const name of ['jwt', 'audit', 'checkpoint'])
		for (const [n, line] of readFileSync(`${i.state}/secrets/${name}.key`, 'utf8').trim().split('\n').entries()) canary[`${name}${n}`] = line.split(':')[1];
	canary.refreshKey = readFileSync(`${i.state}/secrets/refresh.key`, 'utf8').trim();
	canary.factorKey = readFileSync(`${i.state}/secrets/factor.key`, 'utf8').trim();
	const origin = { headers: { origin: 'http://localhost', authorization: `Bearer ${canary.access}` } };
	const page = await c.post('/auth/login', { email: 'canary@example.org', password: canary.password, session: 'cookie' }, origin);
	[canary.accessCookie, canary.refreshCookie] = page.headers['set-cookie'].map((line) => /=([^;]+)/.exec(line)[1]);
	canary.totp = (await c.post('/auth/totp', { current_password: canary.password }, origin)).json.secret;
	const code = execFileSync('oathtool', ['--totp', '--base32', '-'], { input: canary.totp, encoding: 'utf8' }).trim();
	const spare = await c.post('/auth/totp/confirm', { code }, origin);
	spare.json.recovery_codes.forEach((text, n) => { canary[`recovery${n}`] = text; });
	assert.equal((await c.post('/auth/totp/remove', { recovery_code: canary.recovery0 }, origin)).status, 204);
	user = { email: 'canary@example.org', token: r.json.access_token };
	await drawMore(c);
	c.close();
}, { timeout: 60000 });
after(() => la.stop(i));

// What is shown once: keys, and an invite of the admin who came by the link.
async function drawMore(c) {
	const admin = { headers: { authorization: `Bearer ${(await c.post('/auth/link', { token: canary.link })).json.access_token}` } }, own = { headers: { authorization: `Bearer ${user.token}` } };
	const made = await c.post('/auth/keys', { name: 'made' }, own), rotated = await c.send('POST', `/auth/keys/${made.json.info.id}/rotate`, undefined, own);
	const invite = await c.post('/api/v1/admin/invites', {}, admin);
	Object.assign(canary, { adminAccess: admin.headers.authorization.slice(7), madeKey: made.json.key, rotatedKey: rotated.json.key, invite: invite.json.token });
	for (const [name, secret] of Object.entries(canary)) assert.ok(secret?.length > 12, name); // long enough to be found nowhere by chance
}

// Every way a secret can be sent, right and wrong.
async function useSecrets(c) {
	const { email } = user, form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, login = (body, o) => c.post('/auth/login', body, o);
	const answers = [
		await login({ email, password: canary.password }), await login({ email, password: canary.wrongPassword }), await login(`{"email":"${email}","password":"${canary.password}`),
		await login(`username=${email}&password=${canary.password}`, form), await login(`username=${email}&password=${canary.password}&password=${canary.wrongPassword}`, form),
		await login({ email, password: [canary.password] }), await login({ email, pasword: canary.password }), await login({ email: canary.password, password: email }),
		await c.post('/auth/signup', { email, password: canary.password }), await c.post('/auth/signup', { email: 'x', password: canary.wrongPassword }),
		await c.post(`/auth/login?password=${canary.password}`, {}), await c.get(`/quests?access_token=${canary.access}&key=${canary.apiKey}`), await c.get(`/nowhere?${canary.password}`),
		await c.post('/auth/refresh', { refresh_token: canary.refresh }), await c.post('/auth/refresh', { refresh_token: `${canary.refresh}x` }), await c.post('/auth/link', { token: canary.link }),
		await c.get('/me', { headers: { authorization: `Bearer ${canary.access}x` } }), await c.get('/me', { headers: { authorization: canary.access } }),
		await c.get('/me', { headers: { authorization: `Basic ${Buffer.from(`${email}:${canary.password}`).toString('base64')}` } }),
		await c.get('/me', { headers: { cookie: `__Host-access=${canary.accessCookie}; __Host-refresh=${canary.refreshCookie}` } }), await login({ email, password: canary.password, recovery_code: canary.recovery1 }),
		await c.get('/me', { headers: { 'x-api-key': canary.apiKey } }), await c.get('/me', { headers: { 'x-api-key': canary.otherKey } }),
		await c.get('/me', { headers: { 'x-api-key': canary.apiKey, authorization: `Bearer ${canary.access}` } }), await c.get('/quests', { headers: { cookie: `s=${canary.junk}`, referer: `https://localhost/?${canary.junk}` } }),
		await c.get('/me', { headers: { 'x-api-key': canary.madeKey } }), await c.get('/me', { headers: { authorization: `Bearer ${canary.rotatedKey}` } }), await c.get(`/me?api_key=${canary.rotatedKey}`),
		await c.post('/auth/keys', { name: canary.rotatedKey.slice(0, 5), key: canary.madeKey }, { headers: { 'x-api-key': canary.rotatedKey } }),
		await c.post('/auth/signup', { email: 'bad', password: canary.password, invite: canary.invite }), await c.post('/auth/signup', { email, password: canary.password, invite: `${canary.invite}x` }),
		await c.get(`/api/v1/audit/events?event_type=${canary.junk}`, { headers: { authorization: `Bearer ${canary.adminAccess}` } }), await c.get('/api/v1/audit/export', { headers: { authorization: `Bearer ${canary.adminAccess}` } }),
		await c.post('/quests', `{"title":1,"x":"${canary.junk}"`, { headers: { 'x-api-key': canary.apiKey } }), await c.get('/healthz', { headers: { 'x-forwarded-for': canary.junk, 'x-long': 'x'.repeat(20000) } }),
	];
	const told = answers.filter((r) => r.status >= 400 && Object.values(canary).some((s) => r.text.includes(s)));
	assert.deepEqual(told.map((r) => r.text), [], 'an error told a secret');
	for (const r of answers) if (r.json?.access_token) canary[`pair${Object.keys(canary).length}`] = r.json.refresh_token;
}

test('account_login and the rest: secrets are used, rightly and wrongly, while things break', async () => {
	const c = new Client(i), going = (pid, s) => la.until(() => ![-1, 0, pid].includes(la.pidOf(i, s)), 15000, `${s} is back`);
	await useSecrets(c);
	for (const part of ['auth', 'api', 'postgres']) {
		const pid = la.pidOf(i, part);
		la.svc(i, part === 'postgres' ? '-r' : '-k', part);
		await useSecrets(c);
		await going(pid, part);
	}
	await la.until(async () => (await c.get('/healthz')).status === 200, 10000);
	await useSecrets(c);
	c.close();
});

function secretsFile() {
	writeFileSync(`${i.top}/canaries`, `${Object.values(canary).join('\n')}\n`, { mode: 0o600 });
	return `${i.top}/canaries`;
}

test('secrets: none in logs, database files or any other file of the instance', () => {
	const r = spawnSync('grep', ['-rlaF', '-f', secretsFile(), i.state, '--exclude-dir=secrets'], { encoding: 'utf8' });
	assert.equal(r.stdout, '');
	assert.equal(r.status, 1, r.stderr);
	const hits = spawnSync('grep', ['-rlaF', '-f', secretsFile(), `${i.state}/secrets`], { encoding: 'utf8' }).stdout.trim().split('\n');
	assert.ok(hits.length >= 4 && hits.every((f) => f.endsWith('.key')), 'the search finds what is there');
});

test('secrets: in the database a password is an argon2id hash, everything else a digest or nothing', () => {
	const columns = la.sql(i, "select table_name, column_name from information_schema.columns where table_schema = 'app' and data_type in ('text', 'ARRAY')");
	for (const [table, column] of columns) {
		const text = la.sql(i, `select "${column}"::text from app."${table}" where "${column}" is not null`).join('\n');
		for (const [name, secret] of Object.entries(canary)) assert.ok(!text.includes(secret), `${name} stands in ${table}.${column}`);
	}
	const hashes = la.sql(i, 'select password_hash from app.account where password_hash is not null').flat();
	assert.ok(hashes.length > 0 && hashes.every((h) => /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/.test(h)));
});

test('secrets: none in a dump of all tables, nor in the audit log', () => {
	const dump = spawnSync('runuser', ['-u', 'postgres', '-G', 'life-agent', '--', 'pg_dump', '--data-only', '-h', `${i.state}/run/pg`, '-U', 'postgres', 'life_agent'],
		{ cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, encoding: 'latin1', maxBuffer: 1 << 28 });
	assert.equal(dump.status, 0, dump.stderr);
	assert.match(dump.stdout, /COPY app\.audit_chain /);
	const log = readFileSync(`${i.state}/audit/audit.jsonl`, 'utf8');
	assert.match(log, /"type":"invite\.created"/);
	for (const [name, secret] of Object.entries(canary)) assert.ok(!dump.stdout.includes(secret) && !log.includes(secret), name);
});

// Processes that have to do with this instance: by folder, argument or environment.
function ourProcesses() {
	return readdirSync('/proc').filter((p) => /^\d+$/.test(p) && Number(p) !== process.pid).map((pid) => {
		const read = (f) => { try { return readFileSync(`/proc/${pid}/${f}`, 'latin1'); } catch { return ''; } };
		const cwd = (() => { try { return readlinkSync(`/proc/${pid}/cwd`); } catch { return ''; } })();
		return { pid, comm: read('comm').trim(), session: read('stat').replace(/.*\) /s, '').split(' ')[3], cmdline: read('cmdline'), environ: read('environ'), cwd };
	}).filter((p) => [p.cmdline, p.environ, p.cwd].some((t) => t.includes(i.state)));
}

// What of it knows a secret. The operator's own command (its launcher, its shell, and what finds its folder) has what he gave it in its environment.
function whoKnows(operator) {
	const own = (p) => p.pid === operator || p.session === operator && ['setsid', 'run', 'bash', 'dirname', 'realpath'].includes(p.comm);
	return ourProcesses().flatMap((p) => Object.entries(canary).filter(([, s]) => p.cmdline.includes(s) || (!own(p) && p.environ.includes(s))).map(([name]) => `${name} in ${p.comm}`));
}

test('secrets: none in arguments or environments, also while it is started again', async () => {
	assert.ok(ourProcesses().length > 15);
	assert.deepEqual(whoKnows(), []);
	const seen = [], { child, done } = la.verbStart(i, 'run');
	let running = true;
	done.finally(() => { running = false; });
	await la.until(() => { seen.push(...whoKnows(String(child.pid))); return !running; }, 60000);
	assert.equal((await done).status, 0);
	assert.deepEqual(seen, []);
});

// Raw, because clients refuse to send such things. → status
function raw(head, body = '') {
	return new Promise((done) => {
		const s = connect(i.http, '127.0.0.1'), parts = [];
		s.on('error', () => {});
		s.on('data', (d) => parts.push(d));
		s.on('close', () => done(Number(/^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(parts).toString('latin1'))?.[1])));
		s.write(Buffer.concat([Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`), Buffer.from(body)]));
	});
}

const common = (id) => `Host: localhost\r\nX-Request-Id: ${id}\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: application/json\r\n`;
const kinds = {
	title: (s, id) => raw(`POST /quests HTTP/1.1\r\n${common(id)}`, JSON.stringify({ title: s, tags: [s] })),
	path: (s, id) => raw(`GET /quests/a${encodeURIComponent(s.toWellFormed())} HTTP/1.1\r\n${common(id)}`),
	header: (s, id) => raw(`GET /quests HTTP/1.1\r\n${common(id)}User-Agent: ${s}\r\nAccept: ${s}\r\nOrigin: ${s}\r\nX-API-Key: ${s}\r\n`),
};

test('log: 200 naughty strings as titles, paths and headers: one line of JSON for each request', async (t) => {
	const asked = [];
	for (const [kind, send] of Object.entries(kinds))
		for (let n = 0; n < naughty.length; n += 10)
			asked.push(...await Promise.all(naughty.slice(n, n + 10).map(async (s, k) => { const id = `${kind}-${n + k}-end`; return { id, status: await send(s, id) }; })));
	let count, off;
	const settled = () => {
		count = new Map();
		for (const line of la.linesOf(i, 'api')) { const { request_id: id } = JSON.parse(line); count.set(id, (count.get(id) ?? 0) + 1); }
		// nginx answers by itself what is no HTTP; then there is no line at all.
		off = asked.filter(({ id, status }) => count.get(id) !== 1 && !(count.get(id) === undefined && [400, 404, 414].includes(status)));
		return off.length === 0;
	};
	await la.until(settled, 5000).catch(() => assert.deepEqual(off, []));
	assert.ok(asked.filter(({ id }) => id.startsWith('title')).every(({ id }) => count.get(id) === 1), 'every title reached the program');
	t.diagnostic(`${asked.length} requests, ${[...count].filter(([id]) => /-end$/.test(id)).length} logged, the others refused by nginx`);
});

test('log: every line of api and auth is JSON, without a raw control byte, and nothing was dropped', async () => {
	for (const program of ['api', 'auth']) {
		const lines = la.linesOf(i, program);
		assert.ok(lines.length > 20);
		for (const line of lines) { assert.ok(typeof JSON.parse(line).time === 'string'); assert.doesNotMatch(line, /[\x00-\x1f\x7f]/); }
	}
	const c = new Client(i), r = await c.get('/metrics');
	c.close();
	for (const [, n] of r.text.matchAll(/^log_lines_dropped_total\S* (\d+)$/gm)) assert.equal(n, '0');
	assert.deepEqual(la.crashes(i), []);
});

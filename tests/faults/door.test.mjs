// P16: no request of ours reaches a private address, whatever URL it was given and whatever a name server says. All of it, the instance too, runs in a network
// of its own, in which this machine has an address of every kind and listens on all of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { after, before, test } from 'node:test';
import { createSecureContext, createServer as createTls } from 'node:tls';
import { Client } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

// What this file says goes on to whoever runs it: the process in the namespaces inherits our output.
if (!process.env.LA_DOOR) {
	const inside = spawnSync('unshare', ['--net', '--mount', '--propagation', 'private', process.execPath, import.meta.filename],
		{ stdio: 'inherit', env: { ...process.env, LA_DOOR: 'inside' } });
	process.exit(inside.status ?? 1);
}

const PUBLIC = ['93.184.216.34', '2606:2800:220:1::34'];
const PRIVATE = ['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.0.0.5', '172.16.0.5', '192.168.0.5', '169.254.169.254', '100.64.0.5', '100.100.100.200', '192.0.0.192', '192.0.2.5', '192.88.99.5',
	'198.18.0.5', '198.51.100.5', '203.0.113.5', '240.0.0.5', '::1', '::', '::ffff:127.0.0.1', '::ffff:10.0.0.5', '64:ff9b::7f00:1', '64:ff9b::a00:5', '64:ff9b:1::5', '2002:7f00:1::5',
	'2001:0:7f00:1::5', '2001:db8::5', '2001:2::5', '3fff::5', '100::5', 'fc00::5', 'fd00:ec2::254', 'fe80::5', 'fec0::5', '5f00::5'];
const PORTS = [443, 8443, 80, 22, 6379, 8444];
const LISTED = 9200;
const work = mkdtempSync('/tmp/la-door-');
const hits = new Map(); // "address port" -> connections
const asked = new Map(); // name -> A queries
const run = (...words) => { const r = spawnSync(words[0], words.slice(1), { encoding: 'utf8' }); assert.equal(r.status, 0, `${words.join(' ')}: ${r.stderr}`); };
const tries = Number(process.env.DOOR_TRIES ?? 1000);
const servers = [];
let i, c, rows = 0;

// --- the network --------------------------------------------------------------------------------------------------------------------

function makeNetwork() {
	run('ip', 'link', 'set', 'lo', 'up');
	for (const a of [...PUBLIC, ...PRIVATE].filter((x) => !/^(127\.|0\.0|::1?$|::ffff|fe80)/.test(x)))
		run('ip', 'addr', 'add', a.includes(':') ? `${a}/128` : `${a}/32`, 'dev', 'lo', ...(a.includes(':') ? ['nodad'] : []));
	writeFileSync(`${work}/resolv.conf`, 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n');
	run('mount', '--bind', `${work}/resolv.conf`, '/etc/resolv.conf');
}

function makeCertificates() {
	const openssl = (...words) => run('openssl', ...words);
	openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=door', '-keyout', `${work}/ca.key`, '-out', `${work}/ca.pem`);
	openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=door.test', '-keyout', `${work}/key`, '-out', `${work}/csr`);
	writeFileSync(`${work}/names`, 'subjectAltName=DNS:*.door.test\n');
	openssl('x509', '-req', '-in', `${work}/csr`, '-CA', `${work}/ca.pem`, '-CAkey', `${work}/ca.key`, '-days', '2', '-extfile', `${work}/names`, '-out', `${work}/cert`);
	openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=bad.door.test', '-addext', 'subjectAltName=DNS:*.door.test',
		'-keyout', `${work}/bad.key`, '-out', `${work}/bad.pem`);
	const file = (name) => readFileSync(`${work}/${name}`);
	return { good: { key: file('key'), cert: file('cert') }, bad: createSecureContext({ key: file('bad.key'), cert: file('bad.pem') }) };
}

// Every connection counts before a byte of it is read; on the TLS ports a webhook is then taken.
async function listen({ good, bad }) {
	const web = createPlain((req, res) => req.resume().on('end', () => res.writeHead(204).end()));
	const tls = createTls({ ...good, SNICallback: (name, done) => done(null, name === 'bad.door.test' ? bad : null) }, (s) => { s.on('error', () => {}); web.emit('connection', s); });
	tls.on('tlsClientError', () => {});
	for (const port of PORTS) {
		const server = createTcp({ pauseOnConnect: false }, (s) => {
			const at = `${s.localAddress.replace('::ffff:', '')} ${port}`;
			hits.set(at, (hits.get(at) ?? 0) + 1);
			s.on('error', () => {});
			if (port === 443 || port === 8443) tls.emit('connection', s);
			else s.destroy();
		}).listen(port, '::');
		await once(server, 'listening');
		servers.push(server);
	}
	const listed = createPlain((req, res) => req.resume().on('end', () => res.writeHead(302, { location: `${req.url === '/tls' ? 'https' : 'http'}://127.0.0.1:${req.url === '/tls' ? 443 : 8444}/` }).end()))
		.listen(LISTED, '127.0.0.1');
	await once(listed, 'listening');
	servers.push(listed);
}

// --- the name server: what a name answers is written in its first label -------------------------------------------------------------

const bytesOf = (a) => (a.includes(':') ? v6(a) : Buffer.from(a.split('.').map(Number)));
function v6(text) {
	const dotted = /(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
	if (dotted) text = dotted[1] + [...bytesOf(dotted[2])].map((b) => b.toString(16).padStart(2, '0')).join('').replace(/^(....)/, '$1:');
	const [head, tail] = text.split('::').map((s) => s.split(':').filter(Boolean)), all = tail ? [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail] : head;
	return Buffer.from(all.map((h) => h.padStart(4, '0')).join(''), 'hex');
}

const to = (...list) => list;
function answer(name, n) {
	const [label] = name.split('.'), [kind, at] = label.split('-');
	switch (kind) {
	case 'public': case 'bad': return to(...PUBLIC);
	case 'private': return to(PRIVATE[at]);
	case 'both': return to(PRIVATE[at], PUBLIC[0]);
	case 'rebind': return n % 2 ? to(PUBLIC[0]) : to('127.0.0.1', '::1'); // first public, then not
	case 'flip': return n % 2 ? to(PRIVATE[at % PRIVATE.length]) : to(PUBLIC[0]);
	case 'silent': return undefined;
	default: return to();
	}
}

async function serveNames() {
	const server = createSocket('udp4');
	server.on('message', (q, from) => {
		const labels = [];
		let at = 12;
		for (; q[at]; at += q[at] + 1) labels.push(q.toString('latin1', at + 1, at + 1 + q[at]));
		const name = labels.join('.'), type = q.readUInt16BE(at + 1), question = q.subarray(12, at + 5);
		if (type === 1) asked.set(name, (asked.get(name) ?? 0) + 1);
		const list = answer(name, asked.get(name) ?? 1);
		if (!list) return;
		const fit = list.filter((a) => a.includes(':') === (type === 28)).map(bytesOf);
		const records = fit.map((b) => Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, b.length]), b]));
		server.send(Buffer.concat([q.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, fit.length, 0, 0, 0, 0]), question, ...records]), from.port, from.address);
	});
	server.bind(53, '127.0.0.1');
	await once(server, 'listening');
	servers.push(server);
}

// --- webhooks -----------------------------------------------------------------------------------------------------------------------

const path = '/api/v1/admin/webhooks';
async function hook(url) {
	const r = await c.post(path, { url, events: ['key.issued'], active: false });
	assert.equal(r.status, 201, `${url}: ${r.text}`);
	return r.json.id;
}
async function tell(id) {
	const r = await c.post(`${path}/${id}/test`);
	assert.equal(r.status, 202, r.text);
	rows++;
	return r.json.event_id;
}
// Every delivery has been tried, or is on its way for a second time.
const tried = (ms) => la.until(() => Number(la.sql(i, 'select count(*) from app.webhook_delivery where error is not null or delivered_at is not null')[0][0]) >= rows, ms, 'every delivery was tried');
const fates = (ids) => new Map(la.sql(i, `select webhook_id, state, coalesce(error, '') from app.webhook_delivery where webhook_id in (${ids.map((id) => `'${id}'`)})`).map(([id, state, error]) => [id, { state, error }]));
const inside = () => [...hits].filter(([at]) => !PUBLIC.includes(at.split(' ')[0]));
const nothingInside = () => assert.deepEqual(inside(), [], 'something private was connected to');
const NOT_PUBLIC = 'its name leads to an address that is not public';

before(async () => {
	makeNetwork();
	await listen(makeCertificates());
	await serveNames();
	i = await la.start({ OUTBOUND_CA_FILE: '', CONN_PER_ADDRESS: '0', OUTBOUND_ALLOW: `127.0.0.1:${LISTED}`, JOBS_WORKERS: '4' });
	// the programs' users reach no folder of ours: the authority is put where they read their programs
	writeFileSync(`${i.top}/ca.pem`, readFileSync(`${work}/ca.pem`), { mode: 0o644 });
	i.env.OUTBOUND_CA_FILE = `${i.top}/ca.pem`;
	assert.equal(la.verb(i, 'run').status, 0);
	c = new Client(i);
	c.token = (await c.post('/auth/link', { token: /#link=(\S+)/.exec(i.startText)[1] })).json.access_token;
}, { timeout: 120000 });
after(() => { c?.close(); if (i) la.stop(i); rmSync(work, { recursive: true }); for (const s of servers) s.close?.() ?? s.unref(); });

test('what is public is reached, by name and by both kinds of addresses, and its certificate counts: the listeners do hear', async () => {
	const good = await hook('https://public.door.test/'), bad = await hook('https://bad.door.test/'), literal = await hook(`https://[${PUBLIC[1]}]:8443/`);
	for (const id of [good, bad, literal]) await tell(id);
	await tried(20000);
	const all = fates([good, bad, literal]);
	assert.deepEqual(all.get(good), { state: 'delivered', error: '' });
	for (const id of [bad, literal]) assert.deepEqual(all.get(id), { state: 'pending', error: 'its certificate does not hold' });
	assert.ok([...hits.values()].reduce((a, b) => a + b, 0) >= 3);
	nothingInside();
});

test('a URL that came past the check when it was taken leads nowhere when it is sent', async () => {
	const urls = readFileSync(new URL('../refused_urls', import.meta.url), 'utf8').split('\n').filter((u) => u && !u.startsWith('# '));
	const ids = [];
	for (const url of urls) {
		const id = await hook('https://public.door.test/');
		la.sql(i, `update app.webhook set url = '${url.replaceAll("'", "''")}' where id = '${id}'`);
		ids.push(id);
		await tell(id);
	}
	assert.ok(urls.length >= 120);
	await tried(60000);
	for (const [at, { state, error }] of [...fates(ids).values()].entries()) assert.ok(state === 'pending' && /^(must|is too long)/.test(error), `${urls[at]}: ${state} ${error}`);
	nothingInside();
});

test('a name that leads to a private address of any kind, alone or beside a public one, leads nowhere private', async () => {
	const alone = [], beside = [];
	for (const at of PRIVATE.keys()) {
		alone.push(await hook(`https://private-${at}.door.test/`));
		beside.push(await hook(`https://both-${at}.door.test:8443/`));
	}
	for (const id of [...alone, ...beside]) await tell(id);
	await tried(60000);
	for (const [id, { state, error }] of fates(alone)) assert.deepEqual([state, error], ['pending', NOT_PUBLIC], PRIVATE[alone.indexOf(id)]);
	for (const [id, { state, error }] of fates(beside)) assert.ok(state === 'delivered' || error === NOT_PUBLIC, `${PRIVATE[beside.indexOf(id)]}: ${state} ${error}`);
	assert.ok([...asked.keys()].filter((n) => n.startsWith('private-')).length === PRIVATE.length, 'every name was looked up');
	nothingInside();
});

test('a redirect of a listed server into the private network is an answer, and no more', async () => {
	const ids = [await hook(`http://127.0.0.1:${LISTED}/`), await hook(`http://127.0.0.1:${LISTED}/tls`)];
	for (const id of ids) await tell(id);
	await tried(20000);
	for (const { state, error } of fates(ids).values()) assert.deepEqual([state, error], ['pending', 'it answered 302']);
	nothingInside();
});

test('a name server that keeps silent holds a runner for the time of one call, and not for its own', async () => {
	const id = await hook('https://silent.door.test/'), from = Date.now();
	await tell(id);
	await tried(14000);
	assert.equal(fates([id]).get(id).error, 'it took too long');
	assert.ok(Date.now() - from < 13000, `it took ${Date.now() - from} ms`);
});

test(`${tries} tries with names that change their mind between two look-ups: not one connection inside`, async () => {
	const names = Array.from({ length: 40 }, (_, n) => (n % 2 ? `flip-${n}` : `rebind-${n}`)), ids = [];
	for (const name of names) ids.push(await hook(`https://${name}.door.test/`));
	for (let n = 0; n < tries; n++) await tell(ids[n % ids.length]);
	await tried(180000);
	const outcomes = la.sql(i, `select state, coalesce(error, ''), count(*) from app.webhook_delivery where webhook_id in (${ids.map((id) => `'${id}'`)}) group by 1, 2`);
	const count = (is) => outcomes.filter(is).reduce((n, [, , k]) => n + Number(k), 0);
	assert.equal(count(([state, error]) => state !== 'delivered' && error !== NOT_PUBLIC), 0, JSON.stringify(outcomes));
	assert.ok(count(([, error]) => error === NOT_PUBLIC) >= tries / 4, `they changed their mind too seldom: ${JSON.stringify(outcomes)}`);
	assert.ok(count(([state]) => state === 'delivered') >= tries / 4);
	nothingInside();
});

test('nothing crashed meanwhile', () => assert.deepEqual(la.crashes(i), []));

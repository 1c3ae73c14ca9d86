// Everything that can be killed, stopped or reloaded is, while 64 clients write and read: nothing acknowledged is lost, no answer is wrong.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';
import { Ledger, Visitor, Writer, counters, lostWrites } from './kit/load.mjs';

const USERS = 8, CLIENTS = 64, VISITORS = 2, HANG_MS = 10000, GOOD_MS = 2000;
const ledger = new Ledger();
let i, going = true, work, watcher;

before(async () => {
	i = await la.start({ CONN_PER_ADDRESS: '0' });
	const users = [];
	for (let u = 0; u < USERS; u++) users.push(await signUp(i, `user${u}`));
	users.forEach((user, u) => { user.titles = new RegExp(`^c(${[...Array(CLIENTS).keys()].filter((c) => c % USERS === u).join('|')})-s\\d+$`); });
	ledger.begin('undisturbed');
	const clients = [...Array(CLIENTS).keys()].map((n) => new (n < VISITORS ? Visitor : Writer)(i, ledger, n, users[n % USERS], n % 4 === 1));
	work = Promise.all(clients.map((c) => c.run(() => going)));
	watcher = watchMetrics();
}, { timeout: 60000 });
after(() => la.stop(i));

// Counters never go down, whoever dies.
async function watchMetrics() {
	const client = new Client(i);
	let last = new Map(), polls = 0;
	while (going) {
		const r = await client.get('/metrics');
		if (r.status === 200) {
			const now = counters(r.text);
			for (const [name, v] of last) if (!(now.get(name) >= v)) ledger.wrong.push(`metrics: ${name} went from ${v} to ${now.get(name)}`);
			last = now;
			polls++;
		}
		await pause(100);
	}
	client.close();
	return polls;
}

// Whether PostgreSQL lets sessions in: it refuses who we are, not that we come.
function accepts() {
	return new Promise((done) => {
		const s = connect(`${i.state}/run/pg/.s.PGSQL.5432`);
		const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0life_agent\0\0', 'latin1'), head = Buffer.alloc(4);
		head.writeUInt32BE(body.length + 4);
		s.on('connect', () => s.write(Buffer.concat([head, body])));
		s.on('data', (d) => { done(!d.includes('57P03')); s.destroy(); });
		s.on('error', () => done(false));
		s.on('close', () => done(false));
	});
}

const isGood = async () => {
	const c = new Client(i), r = await c.get('/healthz');
	c.close();
	return r.status === 200;
};

// A fault, then: PostgreSQL back (if it was away), the service good, and no refusal asked for later than two seconds after.
async function fault(name, act, { drops = true, database = false } = {}) {
	const phase = ledger.begin(name);
	await act();
	if (database) await la.until(accepts, 20000, 'PostgreSQL accepts');
	const accepted = Date.now();
	await la.until(isGood, HANG_MS, 'healthz is 200');
	const good = Date.now(), before = phase.answered;
	await la.until(() => phase.answered > before + 500 && Date.now() > accepted + GOOD_MS, HANG_MS, 'the clients go on');
	const quiet = ledger.begin(`${name}, after`);
	await la.until(() => quiet.answered > 300, HANG_MS, 'the clients go on');
	if (database) assert.ok(good - accepted < GOOD_MS, `good again ${good - accepted} ms after PostgreSQL accepted`);
	assert.ok(phase.lastExcuse < accepted + GOOD_MS, `refused ${phase.lastExcuse - accepted} ms after the fault was over`);
	assert.ok(quiet.lastExcuse < quiet.began && quiet.broken === 0, 'refused after the fault was over');
	if (!drops) assert.deepEqual([phase.excused, phase.broken], [0, 0], `dropped requests: ${JSON.stringify(phase.codes)}`);
	assert.deepEqual(ledger.takeWrong(), []);
	assert.ok(phase.slowest < HANG_MS, `an answer took ${phase.slowest} ms`);
	return good - accepted;
}

async function killWorkers(program, times) {
	for (let k = 0; k < times; k++) {
		const pid = await la.until(() => la.any(la.workersOf(i, program)), 8000, 'a worker is there');
		la.kill(pid, 'SIGKILL');
		await la.until(() => !la.isAlive(pid), 1000);
		await pause(Math.random() * 500);
	}
}

test('load: 64 clients, nothing disturbed', () => fault('none', () => {}, { drops: false }));

test('worker: SIGKILL of api workers, again and again', () => fault('kill api workers', () => killWorkers('api', 10)));

test('worker: SIGKILL of auth workers', () => fault('kill auth workers', () => killWorkers('auth', 4)));

test('worker: SIGTERM of an api worker', () => fault('SIGTERM api worker', () => la.kill(la.any(la.workersOf(i, 'api')), 'SIGTERM')));

test('parent: SIGKILL of the api parent', () => fault('kill api parent', async () => {
	const pid = la.pidOf(i, 'api');
	la.kill(pid, 'SIGKILL');
	await la.until(() => ![-1, 0, pid].includes(la.pidOf(i, 'api')) && la.workersOf(i, 'api').length === 2, 5000, 'a new parent has workers');
	await la.until(isGood, 5000, 'healthz is 200');
}));

test('database: SIGKILL of a backend', () => fault('kill a backend', async () => {
	const pid = la.any(la.backendsOf(i));
	la.kill(pid, 'SIGKILL');
	await la.until(() => !la.isAlive(pid), 1000);
}, { database: true }));

test('database: restart', () => fault('restart PostgreSQL', async () => {
	const pid = la.pidOf(i, 'postgres');
	la.svc(i, '-r', 'postgres');
	await la.until(() => ![-1, 0, pid].includes(la.pidOf(i, 'postgres')), 15000, 'a new postmaster');
}, { database: true }));

test('database: every backend stopped for five seconds', () => fault('SIGSTOP backends', async () => {
	const pids = la.childrenOf(la.pidOf(i, 'postgres'));
	pids.forEach((p) => la.kill(p, 'SIGSTOP'));
	const end = Date.now() + 5000;
	await la.until(() => Date.now() > end, 6000);
	pids.forEach((p) => la.kill(p, 'SIGCONT'));
}, { database: true }));

test('reload: nginx alone drops nothing', () => fault('SIGHUP nginx', () => { la.svc(i, '-h', 'nginx'); }, { drops: false }));

test('reload: a new generation of api drops nothing', () => fault('SIGHUP api', async () => {
	const old = la.workersOf(i, 'api');
	la.svc(i, '-h', 'api');
	await la.until(() => la.workersOf(i, 'api').some((p) => !old.includes(p)), 5000, 'a new generation');
}, { drops: false }));

test('reload: ops/reload drops nothing', () => fault('ops/reload', async () => {
	const out = await la.verbStart(i, 'reload').done;
	assert.equal(out.status, 0, out.text);
}, { drops: false }));

test('load: every acknowledged write is there, once, and counters never went down', async (t) => {
	going = false;
	await work;
	const polls = await watcher;
	const rows = la.sql(i, 'select title, id, owner_id, body from app.quest');
	assert.deepEqual(lostWrites(ledger, rows).slice(0, 5), []);
	assert.deepEqual(ledger.takeWrong(), []);
	assert.deepEqual(la.crashes(i), []);
	assert.ok(polls > 50);
	t.diagnostic(`${ledger.creates.size} creates and ${ledger.patches.size} patched quests acknowledged, ${rows.length} rows, ${polls} looks at /metrics`);
	ledger.table().split('\n').forEach((line) => t.diagnostic(line));
});

// Rolling restarts of everything that serves, under constant load: no request fails, and the old generations end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';
import { Ledger, Visitor, Writer, lostWrites } from './kit/load.mjs';

const CLIENTS = 32, RESTARTS = 10, DRAIN_MS = 40000;
const ledger = new Ledger(), parts = ['api', 'auth', 'nginx'];
let i, going = true, work;

before(async () => {
	i = await la.start({ CONN_PER_ADDRESS: '0' });
	const user = await signUp(i, 'deploy');
	user.titles = /^c\d+-s\d+$/;
	ledger.begin('restarts');
	work = Promise.all([...Array(CLIENTS).keys()].map((n) => new (n < 2 ? Visitor : Writer)(i, ledger, n, user, n % 2 === 1).run(() => going)));
}, { timeout: 60000 });
after(() => la.stop(i));

const answeredMore = (n) => {
	const { phase } = ledger, from = phase.answered;
	return la.until(() => phase.answered > from + n, 15000, 'the clients go on');
};

// In every second one nginx goes on, and must let the old generation of api go by itself.
async function restart(n) {
	const now = n % 2 ? ['api', 'auth'] : parts, old = now.map((p) => la.workersOf(i, p));
	for (const p of now) la.svc(i, '-h', p);
	for (const [k, p] of now.entries())
		await la.until(() => la.workersOf(i, p).filter((pid) => !old[k].includes(pid)).length >= 2, 10000, `a new generation of ${p}`);
	await answeredMore(300);
}

test('deploy: ten rolling restarts of api, auth and nginx, no request fails', async () => {
	const pids = parts.map((p) => la.pidOf(i, p));
	for (let n = 0; n < RESTARTS; n++) await restart(n);
	assert.deepEqual(parts.map((p) => la.pidOf(i, p)), pids, 'the parents stayed');
	const { phase } = ledger;
	assert.deepEqual([phase.excused, phase.broken], [0, 0], ledger.table());
	assert.deepEqual(ledger.takeWrong(), []);
});

test('deploy: the old generations end under load, and drop nothing by it', async (t) => {
	ledger.begin('old generations end');
	const counts = () => parts.map((p) => la.workersOf(i, p).length);
	await la.until(() => counts().join() === '2,4,2', DRAIN_MS, 'old workers end').catch((e) => { throw new Error(`${e.message}; still there: ${counts()}`); });
	await answeredMore(300);
	going = false;
	await work;
	t.diagnostic(ledger.table().split('\n').join(' | '));
	const { phase } = ledger;
	assert.deepEqual([phase.excused, phase.broken], [0, 0], ledger.table());
	assert.deepEqual(ledger.takeWrong(), []);
	assert.deepEqual(lostWrites(ledger, la.sql(i, 'select title, id, owner_id, body from app.quest')).slice(0, 5), []);
	assert.deepEqual(la.crashes(i), []);
});

test('status: knows the ports of what runs without being told', () => {
	const { HTTPS_PORT, HTTP_PORT, ...env } = i.env, out = la.verb({ ...i, env }, 'status');
	assert.equal(out.status, 0, out.text);
	assert.match(out.text, new RegExp(`^url +https://localhost:${HTTPS_PORT}$`, 'm'));
	assert.match(out.text, /^healthz +200 /m);
});

// P6: 5,000 jobs and 8 runners, which are killed 200 times, stopped past their leases, cut off from the database between effect and commit, and made to
// believe that an hour has gone by: each effect is there once, made by who held the lease, and no job is left over.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as la from './kit/instance.mjs';

const RUNNERS = 8, KILLS = 200, LEASE_MS = 1000;
const JOBS = { effect_late: 4, effect_shaky: 200, effect_outside: 1296, effect_inside: 3500 };
const program = `${la.root}${la.bin.replace(/bin$/, 'test/jobs_runner')}`;
let i, db, state, lost = 0, words = '', going = false;
const runners = new Set();

before(async () => {
	i = await la.start({ JOBS_WORKERS: '1' });
	state = `${i.top}/runners`;
	mkdirSync(`${state}/run`, { recursive: true });
	spawnSync('chown', ['-R', 'la-jobs', state]);
	la.sql(i, `create table app.effect (job uuid not null, fence bigint not null);
		create index on app.effect (job);
		create table app.outside (job uuid primary key, tries integer not null default 1);
		grant insert on app.effect to app_job;
		grant select (job) on app.effect to app_job;
		grant select, insert, update on app.outside to app_job;`);
	db = la.session(i);
}, { timeout: 60000 });
after(async () => {
	going = false;
	runners.forEach((r) => r.kill('SIGKILL'));
	await db?.close();
	if (i) la.stop(i);
});

// Another takes the place of one that dies.
function startRunner() {
	const run = spawn('s6-setuidgid', ['la-jobs', program], {
		env: { ...i.env, STATE_DIR: state, WEBHOOK_KEY_FILE: `${i.state}/secrets/jobs/webhook.key`, DB_CONNINFO: `host=${i.state}/run/pg port=5432 dbname=life_agent user=app_job` }, stdio: ['ignore', 'ignore', 'pipe'],
	});
	runners.add(run);
	run.stderr.setEncoding('utf8').on('data', (d) => {
		lost += d.split('"end":"lost"').length - 1;
		words += d.split('\n').filter((l) => l && !l.startsWith('{')).join('\n');
	});
	run.on('exit', () => { runners.delete(run); if (going) startRunner(); });
}

function startRunners() {
	going = true;
	for (let n = 0; n < RUNNERS; n++) startRunner();
}

async function stopRunners() {
	going = false;
	runners.forEach((r) => r.kill('SIGKILL'));
	await la.until(() => runners.size === 0, 5000);
}

const add = (kind, n) => la.sql(i, `select count(app.job_add('${kind}', '{}', now() - interval '${kind === 'effect_late' ? 2 : 1} minutes')) from generate_series(1, ${n});`);
const number = (text) => Number(la.sql(i, text)[0][0]);
const left = () => number("select count(*) from app.job where kind like 'effect%' and state <> 'done';");

// What must never be, by name; all 0 when all is well.
const faults = () => ({
	missing: number("select count(*) from app.job j where kind like 'effect%' and not exists (select from app.effect e where e.job = j.id) and not exists (select from app.outside o where o.job = j.id);"),
	twice: number('select count(*) - count(distinct job) from app.effect;'),
	'by who had lost the lease': number('select count(*) from app.effect e join app.job j on j.id = e.job where e.fence <> j.fence;'),
	strange: number('select count(*) from app.effect e where not exists (select from app.job j where j.id = e.job);'),
});
const none = { missing: 0, twice: 0, 'by who had lost the lease': 0, strange: 0 };

async function disturb() {
	let kills = 0;
	for (let n = 0; kills < KILLS; n++) {
		const victim = la.any([...runners]);
		if (n % 8 === 3) {
			victim.kill('SIGSTOP');
			setTimeout(() => victim.kill('SIGCONT'), LEASE_MS * 1.5);
		} else if (victim.kill('SIGKILL')) {
			kills++;
		}
		if (n % 8 === 5) await db.say("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_job' and state = 'active' order by random() limit 1;");
		if (n % 12 === 7) await db.say("update app.job set lease_until = lease_until - interval '1 hour' where state = 'running';");
		await pause(Math.random() * 130);
	}
	return kills;
}

test('jobs: 5,000 jobs, 8 runners, 200 kills: each effect once', { timeout: 120000 }, async (t) => {
	for (const [kind, n] of Object.entries(JOBS)) add(kind, n);
	const began = Date.now();
	startRunners();
	const kills = await disturb(), seconds = (Date.now() - began) / 1000, behind = left();
	await la.until(() => left() === 0, 30000, 'every job is done').catch((e) => t.diagnostic(e.message));
	t.diagnostic(`${kills} kills in ${seconds} s, ${behind} jobs left then; all over after ${(Date.now() - began) / 1000} s`);
	await stopRunners();
	const again = number("select count(*) from app.job where kind like 'effect%' and attempts > 1;"), tries = number('select sum(tries) - count(*) from app.outside;');
	t.diagnostic(`${again} jobs had to be claimed again, ${lost} ends came too late, ${tries} effects elsewhere were repeated`);
	assert.equal(left(), 0);
	assert.deepEqual(faults(), none);
	assert.equal(number("select count(*) from app.job where kind like 'effect%';"), 5000);
	assert.ok(behind > 0 && again > KILLS / 2 && tries > 0, 'the kills fell into idleness');
	assert.equal(words, '');
	assert.deepEqual(la.crashes(i), []);
});

// Half of the runners wait until the other half has taken over their jobs, and act then.
async function runLate() {
	la.sql(i, "delete from app.effect; delete from app.outside; delete from app.job where kind like 'effect%';");
	lost = 0;
	add('effect_late', RUNNERS / 2);
	startRunners();
	await la.until(() => left() === 0, 20000, 'every job is done');
	await stopRunners();
	return faults();
}

test('jobs: who acts after his lease is refused, and the same eyes see it when the fence is not looked at', { timeout: 60000 }, async (t) => {
	const [finish] = /create or replace function app\.job_finish[\s\S]*?\$\$;/.exec(readFileSync(`${la.root}sql/access/job.sql`, 'utf8'));
	assert.deepEqual(await runLate(), none);
	assert.equal(lost, RUNNERS / 2, 'each of them came too late and was refused');
	la.sql(i, `set role app_owner; ${finish.replace('fence = p_fence and ', '')}`);
	const without = await runLate();
	la.sql(i, `set role app_owner; ${finish}`);
	t.diagnostic(`without the fence: ${JSON.stringify(without)}`);
	assert.ok(without['by who had lost the lease'] > 0);
});

const jobOf = (id) => la.sql(i, `select state, attempts, coalesce(last_error, '') from app.job where id = '${id}';`)[0];
const isUp = () => la.pidOf(i, 'jobs') > 0 && la.workersOf(i, 'jobs').length === 1;

// A row that somebody else holds keeps the deletion waiting, for two seconds at most.
test('jobs: a runner that is told to stop gives back what it cannot finish', { timeout: 30000 }, async () => {
	la.sql(i, `insert into app.principal (id, namespace_id, kind) select '00000000-0000-7000-8000-000000000001', id, 'person' from app.namespace;
		insert into app.session (principal_id, revoked_at) values ('00000000-0000-7000-8000-000000000001', now() - interval '1 year');`);
	await db.say("begin; select from app.session where revoked_at < now() - interval '1 month' for update;");
	const [[id]] = la.sql(i, "select app.job_add('session_expire');");
	await la.until(() => jobOf(id)[0] === 'running', 5000);
	la.svc(i, '-d', 'jobs');
	await la.until(() => la.pidOf(i, 'jobs') === -1, 10000, 'the program has ended');
	assert.deepEqual(jobOf(id), ['queued', '0', '']);
	await db.say('rollback;');
	la.svc(i, '-u', 'jobs');
	await la.until(() => jobOf(id)[0] === 'done', 10000);
	assert.match(la.logOf(i, 'jobs'), new RegExp(`"job":"${id}","attempt":1,"end":"yielded"`));
});

test('jobs: a row that somebody holds keeps nobody from the next', { timeout: 20000 }, async () => {
	const held = la.sql(i, "select app.job_add('job_prune', '{}', now() + interval '1 second');")[0][0];
	await db.say(`begin; select from app.job where id = '${held}' for update;`);
	await la.until(() => number(`select (due_at < now())::int from app.job where id = '${held}';`), 5000);
	const [[id]] = la.sql(i, "select app.job_add('job_prune');");
	await la.until(() => jobOf(id)[0] === 'done', 6000);
	assert.equal(jobOf(held)[0], 'queued');
	await db.say('rollback;');
	await la.until(() => jobOf(held)[0] === 'done', 6000);
});

test('jobs: one that fails waits for another attempt', { timeout: 30000 }, async () => {
	la.sql(i, "insert into app.session (principal_id, revoked_at) values ('00000000-0000-7000-8000-000000000001', now() - interval '1 year');");
	await db.say("begin; select from app.session where revoked_at < now() - interval '1 month' for update;");
	const [[id]] = la.sql(i, "select app.job_add('session_expire');");
	await la.until(() => jobOf(id)[2] === 'busy', 10000, 'an attempt failed');
	await db.say('rollback;');
	await la.until(() => jobOf(id)[0] === 'done', 15000);
	assert.ok(Number(jobOf(id)[1]) > 1);
});

test('jobs: the runners outlive a restart of PostgreSQL', { timeout: 40000 }, async () => {
	await la.until(isUp, 5000);
	const pids = [la.pidOf(i, 'jobs'), ...la.workersOf(i, 'jobs')];
	await db.close();
	db = null;
	la.svc(i, '-r', 'postgres');
	const id = await la.until(() => { try { return la.sql(i, "select app.job_add('job_prune');")[0][0]; } catch { return null; } }, 20000, 'PostgreSQL takes a job');
	await la.until(() => jobOf(id)[0] === 'done', 10000);
	assert.deepEqual([la.pidOf(i, 'jobs'), ...la.workersOf(i, 'jobs')], pids);
	assert.deepEqual(la.crashes(i), []);
});

// The signed log: nothing lost, doubled or forked while writers write and sealers die; whatever is changed in it, in file or database, is found by the
// verifier (P25); and while it cannot be written, nothing changes.
import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Client, password } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

const WRITERS = 8, EACH = Number(process.env.AUDIT_EVENTS ?? 1500), KILLS = 15, FLIPS = 150;
const clean = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' };
const sealers = []; // of our own, beside the instance's
let i, admin;

before(async () => {
	i = await la.start({ CONN_PER_ADDRESS: '0', AUDIT_SEGMENT_MB: '1', AUDIT_WAIT_MOST: '2' });
	admin = await signIn();
}, { timeout: 60000 });
after(async () => { await Promise.all(sealers.map((s) => s.stop())); admin?.close(); la.stop(i); });

async function signIn() {
	const c = new Client(i), r = await c.post('/auth/link', { token: /#link=(\S+)/.exec(i.startText)[1] });
	assert.equal(r.status, 200);
	c.token = r.json.access_token;
	return c;
}

// --- the log and its verifier -------------------------------------------------------------------------------------------------------

const folder = () => `${i.state}/audit`;
const filesIn = (dir) => readdirSync(dir).filter((f) => /^audit(-\d{8}T\d{6}Z)?\.jsonl$/.test(f)).sort((a, b) => (a === 'audit.jsonl') - (b === 'audit.jsonl') || (a < b ? -1 : 1)).map((f) => `${dir}/${f}`);
const textOf = (dir) => filesIn(dir).map((f) => readFileSync(f, 'utf8')).join('');
const linesOf = (text) => text.split('\n').filter(Boolean).map((l) => JSON.parse(l));
const lastSeq = (text) => Number(/.*"seq":(\d+),.*\n$/.exec(text)?.[1] ?? 0);

// → {status, text} of bkg-audit, with every key there is
function verify(files, { points = `${folder()}/checkpoints.jsonl`, hmac = true } = {}) {
	const keys = ['--checkpoints', points, '--public-key', `${folder()}/public.keys`, ...(hmac ? ['--hmac-key', `${i.state}/secrets/audit.key`] : [])];
	const r = spawnSync(`${la.root}${la.bin}/bkg-audit`, ['verify', ...files, ...keys], { encoding: 'utf8', env: { ...clean, ASAN_OPTIONS: 'detect_leaks=0' } });
	return { status: r.status, text: r.stdout + r.stderr };
}

const good = (files, options) => { const r = verify(files, options); assert.equal(r.status, 0, r.text); return r.text; };
const tampered = (files, why, options) => { const r = verify(files, options); assert.equal(r.status, 1, r.text); assert.match(r.text, why); };

function written(text, name = 'copy.jsonl') {
	writeFileSync(`${i.top}/${name}`, text);
	return [`${i.top}/${name}`];
}

const count = (what) => Number(la.sql(i, `select count(*) from app.${what}`)[0][0]);
const allSealed = () => la.until(() => count('audit_pending') === 0 && lastSeq(textOf(folder()).slice(-2000)) === count('audit_chain'), 20000, 'every event is sealed and written');

// The sealer stopped in good order leaves a checkpoint over everything.
async function withSealerStopped(fn) {
	await allSealed();
	spawnSync('s6-svc', ['-wD', '-T', '20000', '-d', `${i.state}/s6/audit`]);
	try { return await fn(); } finally { spawnSync('s6-svc', ['-wu', '-T', '20000', '-u', `${i.state}/s6/audit`]); }
}

// The whole log as the database has it, page by page.
async function exported() {
	let all = '';
	for (;;) {
		const r = await admin.get(`/api/v1/audit/export?limit=5000&after_seq=${lastSeq(all.slice(-4000))}`);
		assert.equal(r.status, 200, r.text);
		assert.equal(r.headers['content-type'], 'application/x-ndjson; charset=utf-8');
		if (!r.text) return all;
		all += r.text;
	}
}

// --- nothing lost ---------------------------------------------------------------------------------------------------------------------

// One that commits each event by itself, as programs do.
function writer(n) {
	const child = spawn('runuser', ['-u', 'postgres', '-G', 'life-agent', '--', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', `${i.state}/run/pg`, '-U', 'postgres', '-d', 'life_agent'],
		{ cwd: '/', env: clean, stdio: ['pipe', 'ignore', 'inherit'] });
	child.stdin.end(`set synchronous_commit = off;
		do $$ begin for k in 1..${EACH} loop
			perform app.audit('test.written', null, jsonb_build_object('writer', ${n}, 'k', k, 'text', E'"\\\\ \\u00e4 , }'));
			if k % 50 = 0 then perform app.audit('test.undone', null); rollback; perform app.audit('test.written', null, jsonb_build_object('writer', ${n}, 'k', k)); end if;
			commit; end loop; end $$;\n`);
	return once(child, 'exit').then(([status]) => assert.equal(status, 0));
}

// The program as a second host would run it: the same database, a folder of its own.
function secondHost() {
	const state = `${i.top}/second`;
	makeFolders(state);
	return { state, ...sealer(state) };
}

function makeFolders(state) {
	const [uid, gid] = ['-u', '-g'].map((f) => Number(spawnSync('id', [f, 'la-audit'], { encoding: 'utf8' }).stdout));
	for (const d of ['', '/audit', '/run']) { mkdirSync(`${state}${d}`); chownSync(`${state}${d}`, uid, gid); }
}

function sealer(state) {
	const env = { ...clean, ASAN_OPTIONS: i.env.ASAN_OPTIONS, STATE_DIR: state, DB_CONNINFO: `host=${i.state}/run/pg port=5432 dbname=life_agent user=app_audit`,
		AUDIT_KEY_FILE: `${i.state}/secrets/audit/audit.key`, CHECKPOINT_KEY_FILE: `${i.state}/secrets/audit/checkpoint.key` };
	const child = spawn('s6-setuidgid', ['la-audit', `${i.state}/bin/audit`], { cwd: '/', env, stdio: ['ignore', 'ignore', 'inherit'] });
	const gone = once(child, 'exit');
	sealers.push({ pid: child.pid, stop: () => { child.kill('SIGTERM'); return gone; } });
	return sealers.at(-1);
}

test('audit: eight writers, two hosts, sealers killed at any point: one chain, no event lost or doubled', { timeout: 200000 }, async () => {
	const before = count('audit_event'), second = secondHost(), kills = [];
	let writing = true;
	const work = Promise.all(Array.from({ length: WRITERS }, (_, n) => writer(n))).finally(() => { writing = false; });
	assert.equal(la.verb(i, 'reload').status, 0); // for a moment two of one host
	while (writing || kills.length < KILLS) {
		const [pid] = la.workersOf(i, 'audit'), parent = la.pidOf(i, 'audit');
		if (pid) { la.kill(kills.length % 4 ? pid : parent, 'SIGKILL'); kills.push(pid); }
		const seen = lastSeq(textOf(folder()).slice(-2000));
		if (writing && kills.length < KILLS) await la.until(() => !writing || lastSeq(readFileSync(filesIn(folder()).at(-1), 'utf8').slice(-2000)) > seen + randomInt(400), 20000, 'the sealer goes on');
		else await la.until(() => !writing || kills.length < KILLS, 100000);
	}
	await work;
	await withSealerStopped(() => {
		const text = textOf(folder()), lines = linesOf(text), ids = la.sql(i, 'select id from app.audit_event').flat();
		assert.equal(ids.length, before + WRITERS * EACH, 'every event that was committed, and none that was not');
		assert.deepEqual(lines.map((l) => l.seq), ids.map((_, n) => n + 1), 'one line for each number');
		assert.deepEqual(lines.map((l) => l.id).sort(), ids.sort(), 'one line for each event');
		assert.deepEqual(la.sql(i, 'select seq, event_id from app.audit_chain order by seq').map(([, id]) => id), lines.map((l) => l.id), 'in the order of the chain');
		const last = {};
		for (const l of lines.filter((l) => l.type === 'test.written')) {
			assert.ok(l.payload.k > (last[l.payload.writer] ?? 0), 'what a writer did later stands later');
			last[l.payload.writer] = l.payload.k;
		}
		assert.ok(filesIn(folder()).length > 1, 'the log was cut into files');
		assert.match(good(filesIn(folder())), new RegExp(`^good: ${ids.length} entries; signatures hold; checkpoints hold, up to entry ${ids.length}\n`));
	});
	await la.until(() => lastSeq(textOf(`${second.state}/audit`).slice(-2000)) === count('audit_chain'), 20000, 'the second host follows');
	await second.stop();
	assert.equal(textOf(`${second.state}/audit`), textOf(folder()), 'both hosts keep the same log');
	good(filesIn(`${second.state}/audit`), { points: `${second.state}/audit/checkpoints.jsonl` });
	assert.deepEqual(la.crashes(i), []);
});

test('audit: one sealer holds a folder; another waits and takes over', async () => {
	const other = sealer(i.state), [holder] = la.workersOf(i, 'audit');
	const opened = (pid) => readdirSync(`/proc/${pid}/fd`).filter((f) => { try { return /audit\.jsonl$/.test(readlinkSync(`/proc/${pid}/fd/${f}`)); } catch { return false; } }).length;
	const worker = await la.until(() => la.childrenOf(other.pid)[0], 5000);
	await la.until(() => Number(la.sql(i, "select count(*) from pg_stat_activity where usename = 'app_audit'")[0][0]) === 2, 5000, 'both are connected');
	for (let n = 0; n < 5; n++) {
		la.sql(i, "select app.audit('test.held', null)");
		await allSealed();
		assert.deepEqual([opened(holder), opened(worker)], [1, 0]);
	}
	spawnSync('s6-svc', ['-wD', '-T', '20000', '-d', `${i.state}/s6/audit`]);
	await la.until(() => opened(worker) === 1, 5000, 'the other one takes over');
	la.sql(i, "select app.audit('test.held', null)");
	await allSealed();
	await other.stop();
	spawnSync('s6-svc', ['-wu', '-T', '20000', '-u', `${i.state}/s6/audit`]);
	await withSealerStopped(() => good(filesIn(folder())));
});

test('audit: an event is sealed within a quarter of a second', async () => {
	const waits = [];
	for (let n = 0; n < 15; n++) {
		la.sql(i, "select app.audit('test.timed', null)");
		const committed = performance.now();
		await la.until(() => count('audit_pending') === 0, 5000);
		waits.push(performance.now() - committed);
	}
	waits.sort((a, b) => a - b);
	assert.ok(waits[7] < 250, `p50 is ${waits[7]} ms`);
});

test('audit: a log that lost its end, or half a line of it, is completed from the database', async () => {
	await allSealed();
	for (const cut of [1, 700, 5000]) {
		const [path, text] = await withSealerStopped(() => {
			const path = filesIn(folder()).at(-1), text = readFileSync(path, 'utf8');
			truncateSync(path, Math.max(0, statSync(path).size - cut));
			return [path, text];
		});
		await la.until(() => readFileSync(path, 'utf8').startsWith(text), 10000, 'it is as it was');
		assert.equal(readFileSync(path, 'utf8').slice(0, text.length), text);
	}
	await withSealerStopped(() => good(filesIn(folder())));
});

// --- P25 ------------------------------------------------------------------------------------------------------------------------------

test('audit: flips, deletions, swaps and cuts anywhere in the files are found by the program itself', { timeout: 120000 }, async () => {
	await withSealerStopped(() => {
		const allPoints = readFileSync(`${folder()}/checkpoints.jsonl`, 'utf8').match(/.*\n/g), nth = allPoints.findIndex((p) => JSON.parse(p).seq >= 1000), points = `${i.top}/points`;
		writeFileSync(points, allPoints.slice(0, nth + 1).join(''));
		const bytes = Buffer.from(textOf(folder()).match(/.*\n/g).slice(0, JSON.parse(allPoints[nth]).seq).join('')), starts = [0];
		for (let at = 0; (at = bytes.indexOf(10, at)) >= 0;) starts.push(++at);
		const entries = starts.length - 1, line = (n) => bytes.subarray(starts[n - 1], starts[n]);
		for (let n = 0; n < FLIPS; n++) {
			const at = randomInt(bytes.length), changed = Buffer.from(bytes);
			changed[at] ^= 1 << randomInt(8);
			tampered(written(changed), new RegExp(`: entry ${starts.findLastIndex((s) => s <= at) + 1}: `), { points });
		}
		for (let n = 0; n < 10; n++) {
			const k = 1 + randomInt(entries - 1), head = bytes.subarray(0, starts[k - 1]), tail = bytes.subarray(starts[k]);
			tampered(written(Buffer.concat([head, tail])), new RegExp(`: entry ${k}: another entry stands in its place`), { points, hmac: n % 2 === 0 });
			tampered(written(Buffer.concat([head, line(k + 1), line(k), bytes.subarray(starts[k + 1])])), new RegExp(`: entry ${k}: `), { points, hmac: n % 2 === 0 });
			tampered(written(head), new RegExp(`: entry ${k}: it is missing at the end`), { points, hmac: n % 2 === 0 });
			tampered(written(bytes.subarray(0, starts[k - 1] + 5)), new RegExp(`: entry ${k}: the file ends inside it`), { points, hmac: n % 2 === 0 });
		}
		good(written(bytes), { points });
		const changed = readFileSync(points);
		changed[randomInt(changed.length)] ^= 4;
		writeFileSync(points, changed);
		assert.equal(verify(written(bytes), { points }).status, 1);
	});
});

const restore = (table, where, fn) => {
	la.sql(i, `create table public.kept as select * from app.${table} where ${where}`);
	return Promise.resolve(fn()).finally(() => la.sql(i, `delete from app.${table} where ${where}; insert into app.${table} select * from public.kept; drop table public.kept`));
};

test('audit: what a superuser changes in the database is found in its export, and told with the event', async () => {
	la.sql(i, "select app.audit('test.made', null, '{\"a\": 1}') from generate_series(1, 10)");
	await withSealerStopped(() => {});
	const n = count('audit_chain'), [[id]] = la.sql(i, `select event_id from app.audit_chain where seq = ${n - 5}`), k = n - 5;
	const now = async () => written(await exported());
	const shown = async () => (await admin.get('/api/v1/audit/events?limit=200')).json.items.find((e) => e.id === id)?.signature_valid;

	good(await now());
	assert.equal(await shown(), true);
	for (const change of ["payload = '{\"n\": 2}'", 'actor_id = app.uuid7()', "actor_type = 'agent'", "event_type = 'other.thing'", 'entity_id = app.uuid7()', "recorded_at = recorded_at - interval '1 ms'"])
		await restore('audit_event', `id = '${id}'`, async () => {
			la.sql(i, `update app.audit_event set ${change} where id = '${id}'`);
			tampered(await now(), new RegExp(`: entry ${k}: its signature does not hold`));
			assert.equal(await shown(), false);
		});
	await restore('audit_event', `id = '${id}'`, async () => {
		la.sql(i, `delete from app.audit_event where id = '${id}'`);
		tampered(await now(), new RegExp(`: entry ${k}: its signature does not hold`));
	});
	for (const change of ['hash = sha256(hash)', 'sig = sha256(sig)', 'prev = sha256(prev)', "kid = 'other'"])
		await restore('audit_chain', `seq = ${k}`, async () => {
			la.sql(i, `update app.audit_chain set ${change} where seq = ${k}`);
			if (!change.startsWith('hash')) tampered(await now(), new RegExp(`: entry ${k}: `)); // the hash is not part of the line
			assert.equal(await shown(), false);
		});
	await restore('audit_chain', `seq = ${k}`, async () => {
		la.sql(i, `update app.audit_chain set event_id = app.uuid7() where seq = ${k}`);
		tampered(await now(), new RegExp(`: entry ${k}: `));
	});
	await restore('audit_chain', `seq = ${k}`, async () => {
		la.sql(i, `delete from app.audit_chain where seq = ${k}`);
		tampered(await now(), new RegExp(`: entry ${k}: another entry stands in its place`));
	});
	good(await now());
});

test('audit: a database whose trail was cut, or taken back to an earlier state, stops every change until somebody looks', async () => {
	la.sql(i, "select app.audit('test.made', null) from generate_series(1, 10)");
	await withSealerStopped(() => {});
	const n = count('audit_chain');

	await restore('audit_chain', `seq > ${n - 3}`, async () => {
		la.sql(i, `delete from app.audit_chain where seq > ${n - 3}`);
		tampered(written(await exported()), new RegExp(`: entry ${n - 2}: it is missing at the end`));
		await la.until(async () => (await admin.post('/quests', { title: 'x' })).status === 503, 5000, 'changes are refused');
		const { json } = await admin.get('/healthz');
		assert.equal(json.checks.audit.note, `the database ends at entry ${n - 3}, the log at ${n}`);
	});
	await la.until(async () => (await admin.post('/quests', { title: 'x' })).status === 201, 5000, 'and taken again');
});

// --- fail closed ------------------------------------------------------------------------------------------------------------------------

test('audit: a dead sealer stops changes after the time that an event may wait, and nothing else', async () => {
	const c = new Client(i);
	spawnSync('s6-svc', ['-wD', '-T', '20000', '-d', `${i.state}/s6/audit`]);
	try {
		assert.equal((await admin.post('/auth/keys', { name: 'while it waits' })).status, 201);
		const refused = await la.until(async () => { const r = await admin.post('/auth/keys', { name: 'k' }); return r.status === 503 && r; }, 8000, 'changes are refused');
		assert.deepEqual([refused.json.error.code, refused.headers['retry-after']], ['audit_unavailable', '1']);
		for (const path of ['/quests', '/me', '/auth/keys', '/api/v1/audit/events']) assert.equal((await admin.get(path)).status, 200, path);
		assert.equal((await admin.get('/api/v1/audit/events?limit=1')).json.items[0].signature_valid, null, 'what is not sealed says so');
		assert.equal((await c.post('/auth/signup', { email: 'late@example.org', password })).json.error.code, 'audit_unavailable');
		assert.equal((await admin.get('/healthz')).json.checks.audit.ok, false);
		assert.ok(Number(/^bkg_audit_wait_seconds (\d+)$/m.exec((await admin.get('/metrics')).text)[1]) >= 2);
	} finally { spawnSync('s6-svc', ['-wu', '-T', '20000', '-u', `${i.state}/s6/audit`]); }
	await la.until(async () => (await admin.post('/auth/keys', { name: 'again' })).status === 201, 8000, 'changes are taken again');
	c.close();
});

test('audit: a full disk under the log stops changes, reads go on, and room alone mends it', { skip: process.getuid() !== 0 && 'needs to mount' }, async () => {
	const filler = `${folder()}/filler`, kept = `${i.top}/kept`, { uid, gid } = statSync(folder());
	const move = (from, to) => { for (const f of readdirSync(from)) { copyFileSync(`${from}/${f}`, `${to}/${f}`); chownSync(`${to}/${f}`, uid, gid); } };
	mkdirSync(kept);
	await withSealerStopped(() => {
		move(folder(), kept);
		const r = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=24m,mode=0750,uid=${uid},gid=${gid}`, 'none', folder()], { encoding: 'utf8' });
		assert.equal(r.status, 0, r.stderr);
		move(kept, folder());
	});
	try {
		spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096'], { stdio: 'ignore' });
		await la.until(async () => (await admin.post('/auth/keys', { name: 'k' })).status === 503, 8000, 'changes are refused');
		assert.match((await admin.get('/healthz')).json.checks.audit.note, /No space left on device|no event is being sealed/);
		await la.until(async () => /No space left on device/.test((await admin.get('/healthz')).json.checks.audit.note), 5000, 'the disk is blamed');
		assert.equal((await admin.get('/auth/keys')).status, 200);
		assert.ok(Number(/^bkg_audit_write_failures_total (\d+)$/m.exec((await admin.get('/metrics')).text)[1]) > 0);
		unlinkSync(filler);
		await la.until(async () => (await admin.post('/auth/keys', { name: 'again' })).status === 201, 8000, 'changes are taken again');
		await withSealerStopped(() => good(filesIn(folder())));
	} finally {
		await withSealerStopped(() => {
			rmSync(kept, { recursive: true });
			mkdirSync(kept);
			if (existsSync(filler)) unlinkSync(filler);
			move(folder(), kept);
			spawnSync('umount', [folder()]);
			move(kept, folder());
		});
	}
	assert.equal(createHash('sha256').update(textOf(folder())).digest('hex'), createHash('sha256').update(await exported()).digest('hex'), 'file and database hold the same bytes');
});

test('audit: a new key signs on, and what the old ones signed still verifies', async () => {
	for (const key of ['audit', 'checkpoint']) {
		const file = `${i.state}/secrets/${key}.key`, text = readFileSync(file, 'utf8');
		unlinkSync(file);
		writeFileSync(file, `new-${key}:${createHash('sha256').update(`${key}${randomInt(1 << 30)}`).digest('hex')}\n${text}`, { mode: 0o400 });
	}
	assert.equal(la.verb(i, 'reload').status, 0);
	await la.until(async () => (await admin.post('/auth/keys', { name: 'after' })).status === 201 && linesOf(textOf(folder()).split('\n').slice(-3).join('\n')).at(-1)?.kid === 'new-audit', 10000, 'the new key signs');
	assert.equal((await la.until(async () => (await admin.get('/api/v1/audit/events?limit=1')).json.items[0].signature_valid !== null && admin.get('/api/v1/audit/events?limit=1'), 5000)).json.items[0].signature_valid, true);
	await withSealerStopped(() => good(filesIn(folder())));
	assert.deepEqual((await admin.get('/api/v1/audit/key')).json.items.map((k) => k.kid)[0], 'new-checkpoint');
	assert.deepEqual(la.crashes(i), []);
});

// P2: no identity outlives its request on a pooled connection, whatever breaks in between. One worker, six connections, many askers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, excuse, signUp } from './kit/http.mjs';
import * as la from './kit/instance.mjs';

const USERS = 10, SWITCHES = 5000, LANES = 8, LINKS = 6;
const absent = '01900000-0000-7000-8000-000000000000';
let i, users, dead, holder;

before(async () => {
	i = await la.start({ API_WORKERS: '1', PUBLIC_READ: '1', CONN_PER_ADDRESS: '0' });
	users = [];
	for (let u = 0; u < USERS; u++) users.push(await newcomer(`user${u}`, `u${u}`));
	dead = await newcomer('gone', 'gone');
	const c = new Client(i, { token: dead.token });
	assert.equal((await c.post('/auth/logout')).status, 200);
	c.close();
}, { timeout: 60000 });
after(() => la.stop(i));

async function newcomer(name, mark) {
	const user = await signUp(i, name), c = new Client(i, { token: user.token });
	user.mark = mark;
	for (const kind of ['free', 'locked']) user[kind] = (await c.post('/quests', { title: `${mark} ${kind}` })).json.id;
	c.close();
	return user;
}

// What each asker must get. Each returns what is wrong, or nothing.
const mine = (who, q) => q?.owner_id === who.id && q.title.startsWith(`${who.mark} `);
const asks = {
	list: async (c, who) => {
		const r = await c.get('/quests?limit=100');
		if (r.status === 200 && (who ? r.json.items.length >= 2 && r.json.items.every((q) => mine(who, q)) : r.json.items.length === 0)) return r;
		return { ...r, wrong: true };
	},
	get: async (c, who) => {
		const r = await c.get(`/quests/${who?.free ?? absent}`);
		return { ...r, wrong: who ? r.status !== 200 || !mine(who, r.json) : r.status !== 404 };
	},
	foreign: async (c, who) => {
		const r = await c.get(`/quests/${la.any(users.filter((u) => u !== who)).free}`);
		return { ...r, wrong: r.status !== 404 };
	},
	me: async (c, who) => {
		const r = await c.get('/me');
		return { ...r, wrong: who ? r.status !== 200 || r.json.user.id !== who.id : r.status !== 401 };
	},
	update: async (c, who) => {
		const r = await c.patch(`/quests/${(who ?? la.any(users)).free}`, { body: who?.mark ?? 'nobody' });
		return { ...r, wrong: who ? r.status !== 200 || !mine(who, r.json) || r.json.body !== who.mark : r.status !== 401 };
	},
	create: async (c, who) => {
		const r = await c.post('/quests', { title: `${who?.mark ?? 'nobody'} new` });
		return { ...r, wrong: who ? r.status !== 201 || !mine(who, r.json) : r.status !== 401 };
	},
};

// A signed-out session: its statement runs for nobody, on a connection that somebody has just left.
async function askDead(c) {
	const r = await la.any([() => c.get('/quests'), () => c.post('/quests', { title: 'gone new' }), () => c.patch(`/quests/${la.any(users).free}`, { body: 'gone' })])();
	return { ...r, wrong: r.status !== 401 };
}

const breaks = {
	abort: async (c, who) => { await c.patch(`/quests/${who.free}`, { body: who.mark }, { abortAfter: Math.random() * 3 }); return {}; },
	sqlError: async (c, who) => {
		const r = await c.patch(`/quests/${who.free}`, { body: who.mark, version: 999999 });
		return { ...r, wrong: r.status !== 409 };
	},
	timeout: async (c, who) => {
		const r = await c.patch(`/quests/${who.locked}`, { body: who.mark });
		return { ...r, wrong: !['busy', 'timeout'].includes(r.json?.error?.code) };
	},
};

// Many switches of asker over the same few connections; `share` of them broken. → {leaks, counts}
async function switches(total, share) {
	const leaks = [], counts = { excused: 0 };
	let left = total, last;
	const one = async (c) => {
		const who = la.any([...users, null, null, 'dead'].filter((w) => w !== last));
		last = who;
		c.token = who === 'dead' ? dead.token : who?.token;
		const name = who === 'dead' ? 'dead' : who && Math.random() < share ? la.any(['abort', 'abort', 'sqlError', 'timeout']) : la.any(Object.keys(asks));
		counts[name] = (counts[name] ?? 0) + 1;
		const r = await (who === 'dead' ? askDead(c) : (breaks[name] ?? asks[name])(c, who));
		if (r.wrong && !r.error && excuse(r)) counts.excused++;
		else if (r.wrong) leaks.push(`${name} as ${who?.email ?? who}: ${r.status ?? r.error} ${r.text?.slice(0, 200)}`);
	};
	const lane = async () => {
		const c = new Client(i);
		while (left-- > 0) await one(c);
		c.close();
	};
	const run = Promise.all([...Array(LANES)].map(lane));
	return { run, leaks, counts, done: () => total - Math.max(left, 0) };
}

async function killWorker() {
	const [old] = la.workersOf(i, 'api');
	la.kill(old, 'SIGKILL');
	await la.until(() => la.workersOf(i, 'api').some((p) => p !== old), 8000, 'a worker is back');
}

const ready = async () => {
	const c = new Client(i), r = await c.get('/healthz');
	c.close();
	return r.status === 200;
};
const connections = () => Number(la.sql(i, "select count(*) from pg_stat_activity where usename = 'app_user'")[0][0]);
const quests = () => Number(la.sql(i, 'select count(*) from app.quest')[0][0]);

test('enter_session: an identity that stays on the connection is caught by this test', async (t) => {
	// Wherever the actor is set, it is set for the session instead of for the transaction.
	la.sql(i, `do $$ declare f regprocedure; n int := 0; begin
		for f in select oid from pg_proc where pronamespace = 'app'::regnamespace and prosrc ~ 'set_config\\([^)]*, true\\)' loop
			execute replace(pg_get_functiondef(f), ', true)', ', false)'); n := n + 1;
		end loop;
		if n = 0 then raise 'nothing to plant in'; end if;
	end $$`);
	const s = await switches(400, 0);
	await s.run;
	const written = la.sql(i, "select count(*) from app.quest where title = 'gone new'")[0][0];
	assert.ok(s.leaks.length > 0 && written > 0, 'the planted fault was not seen');
	t.diagnostic(`planted: ${s.leaks.length} answers to the wrong asker and ${written} quests written in another's name, of 400 switches`);
	const access = readFileSync(`${la.root}sql/access/0_actor.sql`, 'utf8');
	la.sql(i, `begin; set local role app_owner; set local search_path = app, pg_catalog; ${access}; commit; delete from app.quest where title like '% new'`);
	await killWorker(); // its connections are spoilt
	await la.until(ready, 5000);
});

test('enter_session: 5,000 switches of asker, one in ten broken, and nobody is taken for another', async (t) => {
	holder = la.session(i);
	await holder.say(`begin; select id from app.quest where title like '% locked' for update;`);
	// A row lock is first given up by lock_timeout, later by statement_timeout; connections take what the role says when they open.
	const halves = ["lock_timeout = '40ms'", "lock_timeout = 0; alter role app_user set statement_timeout = '150ms'"];
	for (const [n, limit] of halves.entries()) {
		la.sql(i, `alter role app_user set ${limit}`);
		await killWorker();
		await la.until(ready, 8000);
		const s = await switches(SWITCHES / 2, 0.12);
		let most = 0;
		for (const mark of [800, 1600]) {
			await la.until(() => s.done() > mark, 40000, 'the switches go on');
			most = Math.max(most, connections());
			await killWorker();
		}
		await s.run;
		assert.deepEqual(s.leaks.slice(0, 5), []);
		assert.ok(s.counts.abort > 30 && s.counts.sqlError > 15 && s.counts.timeout > 15);
		assert.ok(most > 0 && most <= LINKS, `${most} connections`);
		t.diagnostic(`half ${n + 1}: ${JSON.stringify(s.counts)}, at most ${most} connections`);
	}
	await holder.close();
});

test('enter_session: afterwards every connection belongs to nobody', async () => {
	la.sql(i, 'alter role app_user reset lock_timeout; alter role app_user reset statement_timeout');
	await la.until(ready, 5000);
	const before = quests(), clients = [...Array(32)].map((_, n) => new Client(i, { token: n % 2 ? dead.token : undefined }));
	const answers = await Promise.all(clients.map((c, n) => n % 2 ? c.post('/quests', { title: 'gone new' }) : c.get('/quests?limit=100')));
	clients.forEach((c) => c.close());
	answers.forEach((r, n) => assert.ok(n % 2 ? r.status === 401 : r.status === 200 && r.json.items.length === 0, `${r.status} ${r.text}`));
	assert.equal(quests(), before);
	assert.equal(connections(), LINKS);
	assert.deepEqual(la.sql(i, "select title, a.email from app.quest q left join app.account a on a.principal_id = q.owner_id " +
		"where split_part(title, ' ', 1) <> case when email = 'gone@example.org' then 'gone' else replace(split_part(email, '@', 1), 'ser', '') end"), []);
	assert.deepEqual(la.crashes(i), []);
});

// Background jobs: the runners do them, a dead one waits for an admin, and the numbers tell.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { call, signUp, until } from "./harness.mjs";
import { logs, psql } from "./instance.mjs";

const admin = await signUp("admin"),
	pro = await signUp("pro");
const path = "/api/v1/admin/jobs";
const list = async (query) => (await call("GET", `${path}?${query}`, { token: admin.token })).json.items;
const retry = (id, token = admin.token) => call("POST", `${path}/${id}/retry`, { token });
const add = async (kind, key = "") => (await psql("select app.job_add($1, p_key => nullif($2, ''))", kind, key))[0][0];
const find = async (id) => (await list("limit=100")).find((j) => j.id === id);
/** Dead after its last attempt; of a kind that no runner takes, so that it stays as it is. */
const bury = async (kind = "no_such_kind") => {
	const id = await add(kind);

	await psql("update app.job set state = 'dead', attempts = 5, max_attempts = 5, last_error = 'timeout', finished_at = now() where id = $1", id);
	return id;
};

test("job_list: every kind with a period has run by itself, and the runners say who did it", async () => {
	const kinds = ["invite_expire", "job_prune", "key_expire", "key_rotate_due", "link_expire", "session_expire"];

	for (const kind of kinds) {
		const [job] = await until(async () => {
			const found = await list(`kind=${kind}&state=done`);

			return found.length && found;
		});

		assert.deepEqual([job.kind, job.attempts, job.last_error, job.lease_until, job.namespace_id], [kind, 1, null, null, null]);
		assert.match(job.worker, /\/\d+$/);
	}
});

test("job_list: by state and kind, page by page, for admins only", async () => {
	const ids = [await bury(), await bury(), await bury()].reverse();
	const first = (await call("GET", `${path}?limit=2&kind=no_such_kind&state=dead`, { token: admin.token })).json;

	assert.deepEqual(
		first.items.map((j) => j.id),
		ids.slice(0, 2),
	);
	assert.equal((await list(`limit=2&kind=no_such_kind&after=${first.next}`))[0].id, ids[2]);
	assert.deepEqual(await list("kind=no_such_kind&state=running"), []);
	assert.equal((await call("GET", `${path}?state=lost`, { token: admin.token })).status, 422);
	assert.equal((await call("GET", path, { token: pro.token })).status, 403);
	assert.equal((await call("GET", path)).status, 401);
});

test("job_retry: a dead job is taken up again, once, and the trail tells", async () => {
	const id = await bury("job_prune");
	const before = (await retry(id)).json;

	assert.deepEqual([before.state, before.attempts, before.finished_at], ["queued", 0, null]);
	const job = await until(async () => (await find(id))?.state === "done" && find(id));
	assert.deepEqual([job.attempts, job.last_error], [1, null]);
	assert.deepEqual((await call("GET", `/api/v1/audit/events?event_type=job.retried&actor=${admin.id}`, { token: admin.token })).json.items[0].payload, {
		kind: "job_prune",
	});
	const again = await retry(id);
	assert.deepEqual([again.status, again.json.error.code], [409, "conflict"]);
	assert.equal((await retry(randomUUID())).status, 404);
	assert.equal((await retry("x")).status, 404);
	assert.equal((await retry(await bury(), pro.token)).status, 403);
	assert.equal((await retry(id, null)).status, 401);
});

test("jobs: one that is asked for is begun at once, not at the next look", async () => {
	const waits = [];

	for (let i = 0; i < 5; i++) {
		const id = await add("job_prune");
		await until(async () => (await find(id))?.state === "done");
		waits.push(Number((await psql("select extract(epoch from finished_at - created_at) from app.job where id = $1", id))[0][0]));
	}
	assert.ok(Math.min(...waits) < 0.5, `they waited ${waits} s`);
});

test("jobs: what is long over goes, what is not stays, and the trail says how much went", async () => {
	const bob = await signUp();
	const ended = async () => (await psql("select id from app.session where principal_id = $1", bob.id)).length;

	await psql(
		`insert into app.session (principal_id, revoked_at) values ($1, now() - interval '31 days'), ($1, now() - interval '29 days');
		insert into app.session (principal_id, expires_at) values ($1, now() - interval '31 days');
		insert into app.login_link (hash, principal_id, expires_at) values (repeat('1', 64), $1, now() - interval '31 days'), (repeat('2', 64), $1, now());
		insert into app.invite (hash, created_by, expires_at, used_at) values (repeat('1', 64), $1, now(), now() - interval '31 days'), (repeat('2', 64), $1, now(), null);
		insert into app.api_key (principal_id, name, hash, type, revoked_at) values ($1, 'old', repeat('1', 64), 'personal', now() - interval '31 days'),
			($1, 'new', repeat('2', 64), 'personal', now()), ($1, 'API_TOKENS x', repeat('3', 64), 'service', now() - interval '31 days')`,
		bob.id,
	);
	for (const kind of ["session_expire", "link_expire", "invite_expire", "key_expire"]) {
		const id = await add(kind);
		await until(async () => (await find(id))?.state === "done");
	}
	assert.equal(await ended(), 2, "his own and the one that ended lately");
	assert.deepEqual(await psql("select left(hash, 1) from app.login_link where principal_id = $1 union all select left(hash, 1) from app.invite where created_by = $1", bob.id), [["2"], ["2"]]);
	assert.deepEqual(await psql("select name from app.api_key where principal_id = $1 order by name", bob.id), [["API_TOKENS x"], ["new"]]);
	for (const [type, count] of [["session.expired", 2], ["link.expired", 1], ["invite.expired", 1], ["key.expired", 1]])
		assert.equal((await call("GET", `/api/v1/audit/events?event_type=${type}&limit=1`, { token: admin.token })).json.items[0].payload.count, count, type);
});

test("jobs: a line in the log for each, and numbers by kind and end", async () => {
	const line = logs("jobs").map((l) => l && JSON.parse(l)).find((l) => l.kind === "session_expire");

	assert.deepEqual([line.message, line.attempt, line.end], ["job", 1, "done"]);
	assert.ok(line.us > 0 && line.job);
	await bury();
	await until(async () => /^job_depth\{state="dead"\} [1-9]/m.test((await call("GET", "/metrics")).text));
	const { text } = await call("GET", "/metrics");
	assert.match(text, /^job_runs_total\{kind="session_expire",end="done"\} [1-9]/m);
	assert.match(text, /^job_seconds_count\{kind="session_expire"\} [1-9]/m);
	assert.match(text, /^job_oldest_seconds \d/m);
	assert.match(text, /^workers\{program="jobs"\} 2$/m);
});

// The trail that everybody leaves, and the signed log that is made of it.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import fs from "node:fs";
import test from "node:test";
import { call, signUp, until } from "./harness.mjs";
import { bin, capture, psql } from "./instance.mjs";

const admin = await signUp("admin"),
	pro = await signUp("pro");
const trail = "/api/v1/audit/events",
	log = "/api/v1/audit/export",
	state = process.env.STATE_DIR;
const get = (path, token = admin.token) => call("GET", path, { token });
const change = (id, json) => call("PATCH", `/api/v1/admin/users/${id}`, { token: admin.token, json });
const linesOf = (text) => text.split("\n").filter(Boolean).map((l) => JSON.parse(l));

test("audit_list: an admin reads all of it by type, actor and time; others their own part", async () => {
	const bob = await signUp();
	await change(bob.id, { role: "advanced" });
	const of = async (query, token) => (await call("GET", `${trail}?${query}`, { token })).json.items;

	const [event] = await of(`event_type=account.changed&actor=${admin.id}&limit=1`, admin.token);
	assert.deepEqual([event.entity_id, event.payload], [bob.id, { role: "advanced" }]);
	assert.ok((await of(`since=${event.recorded_at}&limit=200`, admin.token)).every((e) => e.recorded_at >= event.recorded_at));
	assert.ok((await of(`until=${event.recorded_at}&limit=200`, admin.token)).every((e) => e.recorded_at <= event.recorded_at));
	assert.ok((await of("limit=200", pro.token)).every((e) => e.actor_id === pro.id));
	assert.deepEqual(await of(`actor=${bob.id}`, pro.token), []);
	assert.equal((await call("GET", `${trail}?limit=0`, { token: admin.token })).status, 422);
	assert.equal((await call("GET", `${trail}?since=yesterday`, { token: admin.token })).status, 422);
	assert.equal((await call("GET", trail)).status, 401);
});

test("audit_list: what is written can be changed or deleted by no role of the database but a superuser", async () => {
	for (const role of ["app_owner", "app_user", "app_auth"])
		for (const sql of ["update app.audit_event set payload = '{}'", "delete from app.audit_event"]) {
			const before = await psql("select count(*), max(id::text) from app.audit_event where payload <> '{}'");

			await psql(`set role ${role}; ${sql}`).catch((e) => assert.match(String(e.stderr ?? e), /permission denied/));
			assert.deepEqual(await psql("select count(*), max(id::text) from app.audit_event where payload <> '{}'"), before);
		}
});

test("audit_list: by namespace, by its name or id, and 400 for a span that ends before it begins", async () => {
	const eve = await signUp("pro", { namespace: "elsewhere" }),
		of = async (query) => (await get(`${trail}?limit=200&${query}`)).json.items;
	assert.equal((await call("POST", "/auth/keys", { token: eve.token, json: { name: "k" } })).status, 201);
	const [mine] = await of(`actor=${eve.id}&event_type=key.issued`);

	for (const name of ["elsewhere", mine.namespace_id, mine.namespace_id.toUpperCase()]) {
		const found = await of(`namespace=${name}`);
		assert.ok(found.some((e) => e.id === mine.id) && found.every((e) => e.namespace_id === mine.namespace_id));
	}
	assert.deepEqual(await of("namespace=nowhere"), []);
	const span = (since, until) => get(`${trail}?since=${since}&until=${until}`);
	const late = await span("2026-01-01T00:00:00.001Z", "2026-01-01T01:00:00%2B01:00");
	assert.deepEqual([late.status, late.json.error.code, late.json.error.details[0].path], [400, "bad_request", "/since"]);
	assert.equal((await span("2026-01-01T00:00:00Z", "2026-01-01T01:00:00%2B01:00")).status, 200);
	for (const bad of ["limit=0", "limit=201", "namespace=", "actor=me", "until=2026", "event_type=x"])
		assert.equal((await get(`${trail}?${bad}`)).status, 422, bad);
	assert.equal((await get(`${trail}?seq=1`)).status, 422);
});

test("profile_update: what a person sets leaves a trace too", async () => {
	assert.equal((await call("PATCH", "/profile", { token: pro.token, json: { theme: "dark" } })).status, 200);
	const [event] = (await get(`${trail}?event_type=profile.changed`, pro.token)).json.items;
	assert.deepEqual([event.entity_id, event.payload], [pro.id, { theme: "dark" }]);
});

test("audit_list: each event is sealed soon, with its number and a signature that holds", async () => {
	const bob = await signUp();
	const event = await until(async () => (await get(trail, bob.token)).json.items.find((e) => e.event_type === "auth.login" && e.seq !== null), 3000);

	assert.deepEqual([event.signature_valid, event.actor_type, event.actor_id], [true, "person", bob.id]);
	const [line] = linesOf((await get(`${log}?after_seq=${event.seq - 1}&limit=1`)).text);
	assert.deepEqual(
		[line.v, line.seq, line.id, line.ts, line.ns, line.actor, line.actor_type, line.type, line.entity, line.payload],
		[1, event.seq, event.id, event.recorded_at, event.namespace_id, bob.id, "person", "auth.login", event.entity_id, event.payload],
	);
	assert.deepEqual(Object.keys(line).slice(10), ["kid", "prev", "sig"]);
});

test("audit_export: the log line by line as it stands in the file, page by page, for an admin only", async () => {
	await until(async () => (await psql("select count(*) from app.audit_pending"))[0][0] === "0", 3000);
	const all = (await get(`${log}?limit=5000`)).text,
		lines = linesOf(all);

	assert.deepEqual(
		lines.map((l) => l.seq),
		lines.map((_, n) => n + 1),
	);
	const page = (await get(`${log}?after_seq=3&limit=2`)).text;
	assert.equal(page, all.split("\n").slice(3, 5).join("\n") + "\n");
	assert.equal((await get(`${log}?after_seq=${lines.length + 1000}`)).text, "");
	for (const bad of ["limit=0", "limit=5001", "after_seq=-1", "after_seq=x", "after=x"]) assert.equal((await get(`${log}?${bad}`)).status, 422, bad);
	assert.equal((await get(log, pro.token)).status, 403);
	assert.equal((await call("GET", log)).status, 401);
	if (!state) return;
	const written = await until(() => fs.readFileSync(`${state}/audit/audit.jsonl`, "utf8").startsWith(all), 3000);
	assert.ok(written);
	fs.writeFileSync(`${state}/export`, all);
	assert.match(await capture([`${bin}/bkg-audit`, "verify", `${state}/export`, "--hmac-key", `${state}/secrets/audit.key`]), /^good: /);
});

test("audit_checkpoints, audit_key: the newest statements of the log, which openssl's own Ed25519 verifies with the published key", async () => {
	for (let n = 0; n < 1000; n += 200) await psql("select count(app.audit('test.filled', null)) from generate_series(1, 200)");
	const points = await until(async () => {
		const text = (await get("/api/v1/audit/checkpoints")).text;
		return text && text.split("\n").filter(Boolean);
	}, 8000);
	const { items: keys, next } = (await get("/api/v1/audit/key")).json;

	assert.equal(next, null);
	for (const text of points) {
		const { sig, ...point } = JSON.parse(text),
			key = keys.find((k) => k.kid === point.kid);
		assert.ok(verify(null, JSON.stringify(point), createPublicKey(key.pem), Buffer.from(sig, "base64")));
		assert.deepEqual(Object.keys(point), ["v", "seq", "hash", "count", "ts", "kid", "prev"]);
		assert.ok(key.pem.includes(Buffer.from(`302a300506032b6570032100${key.public_key}`, "hex").toString("base64")));
	}
	assert.equal((await get("/api/v1/audit/checkpoints?limit=1")).text, `${points.at(-1)}\n`);
	for (const bad of ["limit=0", "limit=1001", "after=x"]) assert.equal((await get(`/api/v1/audit/checkpoints?${bad}`)).status, 422, bad);
	assert.equal((await get("/api/v1/audit/key?limit=1")).status, 422);
	for (const path of ["/api/v1/audit/checkpoints", "/api/v1/audit/key"]) {
		assert.equal((await get(path, pro.token)).status, 403);
		assert.equal((await call("GET", path)).status, 401);
	}
});

test("audit: numbers of the log are on /metrics", async () => {
	const { text } = await call("GET", "/metrics");

	assert.match(text, /^bkg_audit_events_total [1-9]\d*$/m);
	assert.match(text, /^bkg_audit_write_failures_total 0$/m);
	assert.match(text, /^bkg_audit_wait_seconds 0$/m);
});

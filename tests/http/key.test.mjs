// Personal keys: made once, narrowed, rotated, ended.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, faults, many, newQuest, signUp } from "./harness.mjs";
import { psql } from "./instance.mjs";

const ada = await signUp(),
	eve = await signUp();
const make = async (json, token = ada.token) => flat(await call("POST", "/auth/keys", { token, json }));
const rotate = async (id, who) => flat(await call("POST", `/auth/keys/${id}/rotate`, who));

/** A reply with the key among its particulars. */
const flat = (reply) => (reply.json?.info ? { ...reply, json: { key: reply.json.key, ...reply.json.info } } : reply);

test("key_create: shows the key once and keeps its hash only", async () => {
	const { status, json } = await make({ name: "build server", scopes: ["quest:read"], days: 30 });

	assert.equal(status, 201);
	assert.match(json.key, /^la_[A-Za-z0-9_-]{8}_[A-Za-z0-9_-]{43}$/);
	assert.equal(json.prefix, json.key.slice(0, 11));
	assert.equal(Math.round((Date.parse(json.expires_at) - Date.parse(json.created_at)) / 86_400_000), 30);
	const dump = JSON.stringify(await psql("select to_jsonb(k) from app.api_key k where id = $1", json.id));
	assert.ok(!dump.includes(json.key.slice(12)));
});

test("key_create: names bad fields and scopes that are not one's own", async () => {
	assert.deepEqual(faults(await make({ name: "", days: 0, more: 1 })), ["/days", "/more", "/name"]);
	for (const scopes of [["system:admin"], ["quest:read", "nonsense"], ["a,"], ["{"], ['"']]) assert.deepEqual(faults(await make({ name: "x", scopes })), ["/scopes"]);
	assert.equal((await make({ name: "x" }, null)).status, 401);
});

test("key_create: a narrowed key passes on no more than it has", async () => {
	const narrow = (await make({ name: "narrow", scopes: ["account:secure", "quest:read"] })).json.key;
	const child = flat(await call("POST", "/auth/keys", { key: narrow, json: { name: "child" } }));

	assert.deepEqual(child.json.scopes.sort(), ["account:secure", "quest:read"]);
	assert.deepEqual(faults(await call("POST", "/auth/keys", { key: narrow, json: { name: "x", scopes: ["quest:write"] } })), ["/scopes"]);
	const reader = (await make({ name: "reader", scopes: ["quest:read"] })).json.key;
	assert.equal((await call("POST", "/auth/keys", { key: reader, json: { name: "x" } })).status, 403);
});

test("a narrowed key may what its scopes say, with the same rows as its owner", async () => {
	const mine = await newQuest(ada.token),
		hidden = await newQuest(eve.token);
	const { key } = (await make({ name: "reader", scopes: ["quest:read"] })).json;

	assert.equal((await call("GET", `/quests/${mine.id}`, { key })).status, 200);
	assert.equal((await call("GET", `/quests/${hidden.id}`, { key })).status, 404);
	assert.equal((await call("POST", "/quests", { key, json: { title: "no" } })).status, 403);
	assert.equal((await call("GET", "/auth/keys", { key })).status, 403);
});

test("key_list: one's own that work, with their last use, never the key", async () => {
	const bob = await signUp();
	const made = await many(3, 1, (i) => make({ name: `key ${i}` }, bob.token));
	await call("GET", "/me", { key: made[0].json.key });
	const first = (await call("GET", "/auth/keys?limit=2", { token: bob.token })).json;
	const rest = (await call("GET", `/auth/keys?limit=2&after=${first.next}`, { token: bob.token })).json;

	assert.deepEqual([...first.items, ...rest.items].map((k) => k.name), ["key 2", "key 1", "key 0"]);
	assert.equal(rest.next, null);
	assert.ok(rest.items[0].last_used_at && !first.items[0].last_used_at);
	assert.ok(!("key" in first.items[0]) && !("hash" in first.items[0]));
	assert.equal((await call("GET", "/auth/keys?limit=0", { token: bob.token })).status, 422);
	assert.equal((await call("GET", "/auth/keys")).status, 401);
});

test("key_rotate: old and new overlap for a day without a failed request", async () => {
	const old = (await make({ name: "rotating", scopes: ["quest:read"] })).json;
	const { status, json } = await rotate(old.id, { token: ada.token });

	assert.equal(status, 201);
	assert.deepEqual([json.name, json.scopes, json.rotated_from], ["rotating", ["quest:read"], old.id]);
	const replies = await many(200, 8, (i) => call("GET", "/quests?limit=1", { key: i % 2 ? old.key : json.key }));
	assert.ok(replies.every((r) => r.status === 200));
	const [[hours]] = await psql("select round(extract(epoch from expires_at - now()) / 3600) from app.api_key where id = $1", old.id);
	assert.equal(hours, "24");
});

test("key_rotate: not somebody else's, not one that grants more than what asks", async () => {
	const whole = (await make({ name: "whole" })).json,
		narrow = (await make({ name: "narrow", scopes: ["account:secure"] })).json;

	assertSame(await rotate(whole.id, { token: eve.token }), await rotate(randomUUID(), { token: eve.token }));
	assert.equal((await rotate(whole.id, { key: narrow.key })).status, 404);
	assert.equal((await rotate(narrow.id, { key: narrow.key })).status, 201);
	assert.equal((await rotate(whole.id, {})).status, 401);
});

test("key_revoke: a key dies with its next request, also while many use it", async () => {
	const { id, key } = (await make({ name: "dying" })).json;
	let ended = false;
	const use = many(300, 8, async () => {
		const after = ended;
		return { after, status: (await call("GET", "/me", { key })).status };
	});

	assertSame(await call("DELETE", `/auth/keys/${id}`, { token: eve.token }), await call("DELETE", `/auth/keys/${randomUUID()}`, { token: eve.token }));
	assert.equal((await call("DELETE", `/auth/keys/${id}`, { token: ada.token })).status, 204);
	ended = true;
	const replies = await use;
	assert.ok(replies.filter((r) => r.after).every((r) => r.status === 401));
	assert.equal((await call("GET", "/me", { key })).status, 401);
	assert.equal((await call("DELETE", `/auth/keys/${id}`, { token: ada.token })).status, 404);
	assert.equal((await call("DELETE", `/auth/keys/${id}`)).status, 401);
});

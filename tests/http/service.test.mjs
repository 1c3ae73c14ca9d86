// Services: programs with a name of their own, kept by admins, those of API_TOKENS among them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { call, faults, newQuest, signUp, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const root = "/api/v1/admin/services";
const admin = await signUp("admin"),
	pro = await signUp("pro");
const make = (json, who = admin) => call("POST", root, { token: who.token, json });
const change = (id, json, who = admin) => call("PATCH", `${root}/${id}`, { token: who.token, json });
const keyOf = (id, json = { name: "k" }, who = admin) => call("POST", `${root}/${id}/keys`, { token: who.token, json });

test("service_create: with role, scopes, namespace and an end, by an admin alone", async () => {
	const { status, json } = await make({ name: "build server", role: "advanced", scopes: ["quest:read"], days: 90 });

	assert.deepEqual([status, json.namespace, json.role, json.scopes, json.disabled], [201, "default", "advanced", ["quest:read"], false]);
	assert.equal(Math.round((Date.parse(json.expires_at) - Date.parse(json.created_at)) / 86_400_000), 90);
	const whole = (await make({ name: "whole" })).json;
	assert.deepEqual([whole.role, whole.scopes, whole.expires_at], ["beginner", [], null]);
	assert.deepEqual(faults(await make({ name: "", role: "king", days: -1, kind: "agent" })), ["/days", "/kind", "/name", "/role"]);
	assert.deepEqual(faults(await make({ name: "x", scopes: ["user:admin"] })), ["/scopes"], "not more than its role");
	assert.deepEqual(faults(await make({ name: "x", namespace: "nowhere" })), ["/namespace"]);
	assert.equal((await make({ name: "x" }, pro)).status, 403);
	assert.equal((await make({ name: "x" }, {})).status, 401);
});

test("service_create: lives in its namespace and sees nothing of another", async () => {
	const name = `svc-${randomUUID().slice(0, 8)}`;
	await call("POST", "/api/v1/namespaces", { token: pro.token, json: { name } });
	const { id, namespace } = (await make({ name: "theirs", namespace: name })).json,
		{ key } = (await keyOf(id)).json;
	const home = await newQuest(pro.token, { visibility: "public" }),
		there = (await call("POST", "/quests", { token: pro.token, headers: { "x-namespace": name }, json: { title: "there", visibility: "public" } })).json;

	assert.equal(namespace, name);
	assert.equal((await call("GET", `/quests/${home.id}`, { key })).status, 404);
	assert.equal((await call("GET", `/quests/${there.id}`, { key })).status, 200);
	assert.equal((await call("GET", "/quests", { key, headers: { "x-namespace": "default" } })).status, 404);
	assert.equal((await call("POST", "/agents", { key, json: { name: "x" } })).status, 403, "only people have agents");
});

test("service_list, service_get: all of them, those of API_TOKENS too", async () => {
	const one = (await make({ name: "one" })).json;
	const first = (await call("GET", `${root}?limit=1`, { token: admin.token })).json;

	assert.equal(first.items[0].id, one.id);
	assert.notEqual((await call("GET", `${root}?limit=1&after=${first.next}`, { token: admin.token })).json.items[0].id, one.id);
	const names = [];
	for (let page = { next: "" }; page.next !== null; names.push(...page.items)) page = (await call("GET", `${root}?limit=100${page.next && `&after=${page.next}`}`, { token: admin.token })).json;
	const planted = names.filter((s) => s.name.startsWith("API_TOKENS "));
	assert.equal(planted.length, process.env.API_TOKENS.split(",").length);
	assert.ok(planted.every((s) => s.role === "pro" && s.namespace === "default"));
	const [key] = process.env.API_TOKENS.split(","),
		{ user } = (await call("GET", "/me", { key })).json;
	assert.ok(planted.some((s) => s.id === user.id && s.name === user.name));
	assert.equal((await call("GET", `${root}/${one.id}`, { token: admin.token })).json.name, "one");
	for (const path of [root, `${root}/${one.id}`]) {
		assert.equal((await call("GET", path, { token: pro.token })).status, 403);
		assert.equal((await call("GET", path)).status, 401);
		assert.equal((await call("GET", `${path}?x=1`, { token: admin.token })).status, 422);
	}
	assert.equal((await call("GET", `${root}/${pro.id}`, { token: admin.token })).status, 404);
});

test("service_update: role, scopes and end are felt with the next request; shut out and let in again", async () => {
	const { id } = (await make({ name: "changing", role: "pro", scopes: ["quest:read", "quest:write"] })).json,
		{ key } = (await keyOf(id)).json;
	const me = async () => (await call("GET", "/me", { key })).json;

	assert.deepEqual((await me()).permissions, ["quest:read", "quest:write"]);
	assert.deepEqual((await change(id, { scopes: ["quest:read"], role: "beginner", name: "changed" })).json.scopes, ["quest:read"]);
	await until(async () => String((await me()).permissions) === "quest:read");
	assert.equal((await me()).user.role, "beginner");
	assert.equal((await change(id, { disabled: true })).json.disabled, true);
	assert.equal((await call("GET", "/me", { key })).status, 401);
	assert.equal((await keyOf(id)).status, 403, "no new key meanwhile");
	assert.equal((await change(id, { disabled: false })).json.disabled, false);
	assert.equal((await call("GET", "/me", { key })).status, 200);
	assert.ok((await change(id, { days: 1 })).json.expires_at);
	await psql("update app.machine set expires_at = now() where principal_id = $1", id);
	assert.equal((await call("GET", "/me", { key })).status, 401);
	assert.equal((await change(id, { days: 0 })).json.expires_at, null);
	assert.equal((await call("GET", "/me", { key })).status, 200);
	assert.deepEqual(faults(await change(id, { role: "king", scopes: ["x"] })), ["/role"]);
	assert.deepEqual(faults(await change(id, { scopes: ["nonsense"] })), ["/scopes"]);
	assert.equal((await change(randomUUID(), { name: "x" })).status, 404);
	assert.equal((await change(id, { name: "x" }, pro)).status, 403);
	assert.equal((await change(id, { name: "x" }, {})).status, 401);
});

test("a service that is an admin neither changes nor deletes itself", async () => {
	const { id } = (await make({ name: "robot", role: "admin" })).json,
		{ key } = (await keyOf(id)).json;

	assert.equal((await call("PATCH", `${root}/${id}`, { key, json: { disabled: true } })).status, 403);
	assert.equal((await call("DELETE", `${root}/${id}`, { key })).status, 403);
	assert.equal((await call("GET", "/me", { key })).status, 200);
});

test("service keys: made within its scopes, listed, ended", async () => {
	const { id } = (await make({ name: "keyed", scopes: ["quest:read", "quest:write"] })).json,
		path = `${root}/${id}/keys`;
	const made = (await keyOf(id, { name: "k", scopes: ["quest:read"] })).json;

	assert.deepEqual(made.info.scopes, ["quest:read"]);
	assert.deepEqual((await call("GET", path, { token: admin.token })).json.items.map((k) => k.id), [made.info.id]);
	assert.deepEqual(faults(await keyOf(id, { name: "k", scopes: ["audit:read"] })), ["/scopes"]);
	assert.deepEqual(faults(await keyOf(id, { name: "" })), ["/name"]);
	assert.equal((await keyOf(randomUUID())).status, 404);
	assert.equal((await keyOf(id, { name: "k" }, pro)).status, 403);
	assert.equal((await call("GET", `${root}/${randomUUID()}/keys`, { token: admin.token })).status, 404);
	assert.equal((await call("GET", `${path}?limit=0`, { token: admin.token })).status, 422);
	assert.equal((await call("GET", path, { token: pro.token })).status, 403);
	assert.equal((await call("DELETE", `${path}/${made.info.id}`, { token: pro.token })).status, 403);
	assert.equal((await call("DELETE", `${path}/${made.info.id}`, { token: admin.token })).status, 204);
	assert.equal((await call("DELETE", `${path}/${made.info.id}`, { token: admin.token })).status, 404);
	assert.equal((await call("GET", "/me", { key: made.key })).status, 401);
	const narrow = (await call("POST", "/auth/keys", { token: admin.token, json: { name: "n", scopes: ["user:admin"] } })).json.key;
	assert.equal((await call("POST", path, { key: narrow, json: { name: "k" } })).status, 422, "a narrowed key makes none that may more");
});

test("service_delete: with all that is its own", async () => {
	const { id } = (await make({ name: "leaving" })).json,
		{ key } = (await keyOf(id)).json;

	assert.equal((await call("DELETE", `${root}/${id}`, { token: pro.token })).status, 403);
	assert.equal((await call("DELETE", `${root}/${id}`, { token: admin.token })).status, 204);
	assert.equal((await call("GET", "/me", { key })).status, 401);
	assert.equal((await call("DELETE", `${root}/${id}`, { token: admin.token })).status, 404);
	const types = (await psql("select event_type from app.audit_event where entity_id = $1 order by id", id)).flat();
	assert.deepEqual(types, ["service.created", "service.deleted"]);
});

// Agents: bound to what their owner may, and ended on every surface with their next request.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, faults, many, newQuest, signUp, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const admin = await signUp("admin"),
	ada = await signUp("pro"),
	eve = await signUp("pro");
const make = (who, fields = {}) => call("POST", "/agents", { token: who.token, json: { name: "night shift", ...fields } });
const keyOf = (agent, who, fields = {}) => call("POST", `/agents/${agent.id}/keys`, { token: who.token, json: { name: "k", ...fields } });
const kill = (agent, who, json = { reason: "writes nonsense" }) => call("POST", `/agents/${agent.id}/kill`, { token: who?.token, json });
const byHand = { grace: 500 };
const all = ["quest:read", "quest:write", "account:read", "audit:read", "namespace:read"];

/** An agent with a key: { id, key, keyId, ... }. */
async function armed(who, fields, keyFields) {
	const { json: agent, status, text } = await make(who, fields);
	assert.equal(status, 201, text);
	const { json } = await keyOf(agent, who, keyFields);

	return { ...agent, key: json.key, keyId: json.info.id };
}

/**
 * Uses a key from eight clients on every worker of both programs while `strike` happens; what came of those who asked after it. What no request of
 * this host does, the workers may hear of `grace` ms later.
 */
async function struck(key, strike, { grace = 0, ...more } = {}) {
	let end = Infinity;
	const replies = [];
	const client = async (i) => {
		while (Date.now() < end) {
			const from = Date.now();
			// The auth program has no route that an agent may use: 403 while it lives, 401 when it is dead.
			const { status, json } = i
				? await call("GET", "/me", { key, ...more })
				: await call("POST", "/auth/password", { key, json: { new_password: "another canary horse" }, ...more });

			replies.push({ auth: !i, from, status, role: json?.user?.role });
		}
	};
	const clients = Promise.all(Array.from({ length: 8 }, (_, i) => client(i)));

	try {
		await until(() => replies.length > 100 && replies.slice(-100).every((r) => r.status === (r.auth ? 403 : 200)));
		await strike();
		const struck = Date.now();
		end = struck + grace + 1200;
		await clients;
		const after = replies.filter((r) => r.from > struck + grace);
		assert.ok(after.filter((r) => r.auth).length > 20 && after.filter((r) => !r.auth).length > 100);
		return after;
	} finally {
		end = 0;
	}
}

test("agent_create: one's own, with no more than one may oneself", async () => {
	const { status, json } = await make(ada);

	assert.deepEqual([status, json.owner_id, json.role, json.scopes, json.killed_at, json.kill_reason], [201, ada.id, "pro", all, null, ""]);
	assert.equal(Math.round((Date.parse(json.expires_at) - Date.parse(json.created_at)) / 86_400_000), 30);
	const advanced = await signUp("advanced");
	assert.equal((await make(advanced)).json.role, "advanced");
	assert.deepEqual(faults(await make(advanced, { role: "pro" })), ["/role"]);
	assert.equal((await make(admin)).json.role, "pro", "no agent is an admin");
	assert.deepEqual(faults(await make(admin, { role: "admin" })), ["/role"]);
	for (const scope of ["account:secure", "account:write", "agent:write", "agent:kill", "user:admin", "system:admin", "namespace:write", "nonsense"])
		assert.deepEqual(faults(await make(admin, { scopes: ["quest:read", scope] })), ["/scopes"], scope);
	assert.deepEqual(faults(await make(ada, { name: "", days: 366, owner_id: eve.id })), ["/days", "/name", "/owner_id"]);
	assert.equal((await make(await signUp())).status, 403, "a beginner has none");
	assert.equal((await make({})).status, 401);
});

test("agent_create: a narrowed key passes on no more than it has", async () => {
	const key = async (scopes) => (await call("POST", "/auth/keys", { token: ada.token, json: { name: "narrow", scopes } })).json.key;
	const narrow = await key(["agent:write", "quest:read"]),
		bare = await key(["agent:write"]);
	const by = (key, path, json) => call("POST", path, { key, json });

	assert.deepEqual((await by(narrow, "/agents", { name: "x" })).json.scopes, ["quest:read"]);
	assert.deepEqual(faults(await by(narrow, "/agents", { name: "x", scopes: ["quest:write"] })), ["/scopes"]);
	assert.equal((await by(bare, "/agents", { name: "x" })).status, 403);
	const wide = (await make(ada)).json;
	assert.deepEqual(faults(await by(narrow, `/agents/${wide.id}/keys`, { name: "x" })), ["/scopes"]);
	assert.deepEqual(faults(await by(narrow, `/agents/${wide.id}/keys`, { name: "x", scopes: ["quest:write"] })), ["/scopes"]);
	assert.equal((await by(narrow, `/agents/${wide.id}/keys`, { name: "x", scopes: ["quest:read"] })).status, 201);
	assert.deepEqual(faults(await call("PATCH", `/agents/${wide.id}`, { key: narrow, json: { scopes: ["quest:write"] } })), ["/scopes"]);
});

test("an agent acts in its own name, within its scopes, and governs nothing", async () => {
	const agent = await armed(ada, { scopes: ["quest:read", "quest:write"], days: 7 });
	const { user, permissions } = (await call("GET", "/me", { key: agent.key })).json;

	assert.deepEqual([user.id, user.kind, user.name, user.owner_id, user.role, user.email], [agent.id, "agent", "night shift", ada.id, "pro", null]);
	assert.equal(user.expires_at, agent.expires_at);
	assert.deepEqual(permissions, ["quest:read", "quest:write"]);
	const quest = (await call("POST", "/quests", { key: agent.key, json: { title: "by the agent" } })).json;
	assert.equal(quest.owner_id, agent.id);
	assert.equal((await call("GET", `/quests/${quest.id}`, { token: ada.token })).status, 404, "private is private to the agent");
	const mine = await newQuest(ada.token);
	assert.equal((await call("GET", `/quests/${mine.id}`, { key: agent.key })).status, 404);
	for (const [method, path, json] of [
		["POST", "/agents", { name: "child" }],
		["GET", "/agents"],
		["POST", `/agents/${agent.id}/keys`, { name: "more" }],
		["POST", `/agents/${agent.id}/kill`, {}],
		["PATCH", `/agents/${agent.id}`, { days: 365 }],
		["POST", "/auth/keys", { name: "k" }],
		["POST", "/auth/delete", { password: "x" }],
		["POST", "/auth/password", { new_password: "another canary horse" }],
		["POST", "/api/v1/namespaces", { name: "by-an-agent" }],
		["GET", "/api/v1/admin/users"],
	])
		assert.equal((await call(method, path, { key: agent.key, ...(json && { json }) })).status, 403, `${method} ${path}`);
});

test("an agent's key made by hand with every scope still governs nothing: the rows say so", async () => {
	const agent = await armed(ada);
	await psql("update app.api_key set scopes = '{agent:write,agent:read,account:secure}' where id = $1", agent.keyId);
	const by = (method, path, json) => call(method, path, { key: agent.key, json });

	await until(async () => (await call("GET", "/me", { key: agent.key })).json.permissions?.includes("agent:write"));
	assert.equal((await by("POST", "/agents", { name: "child" })).status, 403);
	assert.equal((await by("PATCH", `/agents/${agent.id}`, { days: 365 })).status, 403);
	assert.equal((await by("POST", `/agents/${agent.id}/keys`, { name: "k" })).status, 403);
	assert.equal((await by("DELETE", `/agents/${agent.id}`)).status, 403);
});

test("agent_list, agent_get: one's own; an admin sees those of others too", async () => {
	const first = (await make(ada, { name: "first" })).json,
		second = (await make(ada, { name: "second" })).json,
		hers = (await make(eve, { name: "hers" })).json;
	const ids = async (who, query) => (await call("GET", `/agents?${query}`, { token: who.token })).json.items.map((a) => a.id);

	assert.deepEqual((await ids(ada, "limit=2")), [second.id, first.id]);
	const page = (await call("GET", "/agents?limit=1", { token: ada.token })).json;
	assert.equal((await call("GET", `/agents?limit=1&after=${page.next}`, { token: ada.token })).json.items[0].id, first.id);
	assert.ok(!(await ids(ada, "limit=100&all=true")).includes(hers.id));
	assert.deepEqual(await ids(ada, `owner=${eve.id}`), []);
	assert.ok((await ids(admin, `owner=${eve.id}`)).includes(hers.id));
	const everybody = await ids(admin, "all=true&limit=100");
	assert.ok(everybody.includes(first.id) && everybody.includes(hers.id) && !(await ids(admin, "limit=100")).includes(hers.id));
	assert.equal((await call("GET", `/agents/${hers.id}`, { token: admin.token })).json.name, "hers");
	assertSame(await call("GET", `/agents/${hers.id}`, { token: ada.token }), await call("GET", `/agents/${randomUUID()}`, { token: ada.token }));
	assert.equal((await call("GET", "/agents?limit=0", { token: ada.token })).status, 422);
	assert.equal((await call("GET", `/agents/${hers.id}?x=1`, { token: eve.token })).status, 422);
	for (const path of ["/agents", `/agents/${hers.id}`]) assert.equal((await call("GET", path)).status, 401);
});

test("agent_update: narrows its keys at once and never widens them", async () => {
	const agent = await armed(ada, { scopes: ["quest:read", "quest:write"] }),
		writer = (await keyOf(agent, ada, { scopes: ["quest:write"] })).json.key;
	const change = (json, who = ada) => call("PATCH", `/agents/${agent.id}`, { token: who.token, json });
	const permissions = async (key) => (await call("GET", "/me", { key })).json.permissions ?? "dead";
	const settled = async (key) => ((await permissions(key)) === "dead" ? permissions(key) : permissions(key)); // a key that changes is refused once by each worker that knew it

	assert.deepEqual((await change({ scopes: ["quest:read"], name: "day shift", role: "beginner" })).json.scopes, ["quest:read"]);
	await until(async () => String(await settled(agent.key)) === "quest:read");
	assert.equal(await settled(writer), "dead");
	assert.equal((await call("POST", "/quests", { key: agent.key, json: { title: "x" } })).status, 403);
	await change({ scopes: all });
	await until(async () => String(await settled(agent.key)) === "quest:read");
	assert.equal(await settled(writer), "dead");
	const days = (await change({ days: 2 })).json;
	assert.equal(Math.round((Date.parse(days.expires_at) - Date.now()) / 86_400_000), 2);
	assert.deepEqual([days.name, days.role], ["day shift", "beginner"]);
	assert.deepEqual(faults(await change({ scopes: ["system:admin"] })), ["/scopes"]);
	assert.deepEqual(faults(await change({ role: "admin", days: 0 })), ["/days", "/role"]);
	assertSame(await change({ name: "x" }, eve), await call("PATCH", `/agents/${randomUUID()}`, { token: eve.token, json: { name: "x" } }));
	assert.equal((await change({ name: "x" }, {})).status, 401);
	assert.equal((await change({ name: "by an admin" }, admin)).json.name, "by an admin");
});

test("agent_key_create, agent_key_list, agent_key_revoke: made by the owner, shown once, ended by the owner or an admin", async () => {
	const agent = (await make(ada, { scopes: ["quest:read"] })).json,
		path = `/agents/${agent.id}/keys`;
	const made = (await keyOf(agent, ada, { days: 3 })).json;

	assert.deepEqual(made.info.scopes, ["quest:read"]);
	assert.deepEqual((await call("GET", path, { token: ada.token })).json.items.map((k) => k.id), [made.info.id]);
	assert.ok(!(await call("GET", path, { token: ada.token })).text.includes(made.key));
	assert.deepEqual((await call("GET", "/auth/keys?limit=100", { token: ada.token })).json.items.filter((k) => k.id === made.info.id), [], "it is not her own key");
	assert.equal((await call("POST", `/auth/keys/${made.info.id}/rotate`, { token: ada.token })).status, 404);
	assert.equal((await call("DELETE", `/auth/keys/${made.info.id}`, { token: ada.token })).status, 404);
	assert.deepEqual(faults(await keyOf(agent, ada, { scopes: ["quest:write"] })), ["/scopes"]);
	assert.deepEqual(faults(await keyOf(agent, ada, { name: "", days: 0 })), ["/days", "/name"]);
	assert.equal((await keyOf(agent, admin)).status, 403, "an admin does not act as somebody's agent");
	assertSame(await keyOf(agent, eve), await keyOf({ id: randomUUID() }, eve));
	assertSame(await call("GET", path, { token: eve.token }), await call("GET", `/agents/${randomUUID()}/keys`, { token: eve.token }));
	assert.deepEqual((await call("GET", `/agents/${(await make(ada)).json.id}/keys`, { token: ada.token })).json, { items: [], next: null });
	assertSame(await call("DELETE", `${path}/${made.info.id}`, { token: eve.token }), await call("DELETE", `${path}/${randomUUID()}`, { token: eve.token }));
	const other = (await make(ada)).json;
	assert.equal((await call("DELETE", `/agents/${other.id}/keys/${made.info.id}`, { token: ada.token })).status, 404);
	assert.equal((await call("DELETE", `${path}/${made.info.id}`, { token: ada.token })).status, 204);
	assert.equal((await call("GET", "/me", { key: made.key })).status, 401);
	const again = (await keyOf(agent, ada)).json;
	assert.equal((await call("DELETE", `${path}/${again.info.id}`, { token: admin.token })).status, 204);
	for (const [method, at, json] of [["GET", path], ["POST", path, { name: "k" }], ["DELETE", `${path}/${again.info.id}`]])
		assert.equal((await call(method, at, { json })).status, 401);
	assert.equal((await call("GET", `${path}?limit=0`, { token: ada.token })).status, 422);
	assert.equal((await call("DELETE", `${path}/x`, { token: ada.token })).status, 404);
});

test("agent_kill: final, by owner or admin, with its reason", async () => {
	const agent = await armed(ada),
		other = (await make(ada)).json;
	const { status, json } = await kill(agent, ada);

	assert.deepEqual([status, json.killed_by, json.kill_reason], [200, ada.id, "writes nonsense"]);
	assert.equal((await call("GET", "/me", { key: agent.key })).status, 401);
	for (const reply of [await kill(agent, ada), await kill(agent, admin), await call("PATCH", `/agents/${agent.id}`, { token: ada.token, json: { days: 9 } }), await keyOf(agent, ada)])
		assert.deepEqual([reply.status, reply.json.error.code], [409, "agent_killed"]);
	assert.equal((await call("GET", `/agents/${agent.id}`, { token: ada.token })).json.kill_reason, "writes nonsense");
	assertSame(await kill(other, eve), await kill({ id: randomUUID() }, eve));
	assert.equal((await kill(other, null)).status, 401);
	assert.deepEqual(faults(await kill(other, ada, { reason: "x".repeat(201), more: 1 })), ["/more", "/reason"]);
	assert.equal((await kill(other, admin, {})).json.killed_by, admin.id);
	for (const column of ["role = 'beginner'", "disabled_at = null"]) {
		await psql(`update app.principal set ${column.replace("null", "now()")} where id = $1`, ada.id);
		await psql("update app.principal set role = 'pro', disabled_at = null where id = $1", ada.id);
	}
	assert.equal((await call("GET", "/me", { key: agent.key })).status, 401, "and it does not come back with its owner");
	const types = (await psql("select event_type from app.audit_event where entity_id = $1 order by id", agent.id)).flat();
	assert.deepEqual(types, ["agent.created", "agent.killed"]);
});

test("agent_delete: with all that is its own", async () => {
	const agent = await armed(ada);
	await call("POST", "/quests", { key: agent.key, json: { title: "its own" } });

	assertSame(await call("DELETE", `/agents/${agent.id}`, { token: eve.token }), await call("DELETE", `/agents/${randomUUID()}`, { token: eve.token }));
	assert.equal((await call("DELETE", `/agents/${agent.id}`)).status, 401);
	assert.equal((await call("DELETE", `/agents/${agent.id}`, { token: ada.token })).status, 204);
	assert.equal((await call("GET", "/me", { key: agent.key })).status, 401);
	assert.deepEqual(await psql("select id from app.principal where id = $1 union all select id from app.quest where owner_id = $1", agent.id), []);
	assert.equal((await call("DELETE", `/agents/${agent.id}`, { token: ada.token })).status, 404);
});

test("felt within a second on every surface: a kill", async () => {
	const agent = await armed(ada);
	const after = await struck(agent.key, () => kill(agent, ada));

	assert.deepEqual(after.filter((r) => r.status !== 401), []);
});

test("felt within a second on every surface: expiry", async () => {
	const agent = await armed(ada);
	const after = await struck(agent.key, async () => {
		await psql("update app.machine set expires_at = clock_timestamp() + interval '300 ms' where principal_id = $1", agent.id);
		await until(async () => (await psql("select expires_at < clock_timestamp() from app.machine where principal_id = $1", agent.id))[0][0] === "t");
	}, byHand);

	assert.deepEqual(after.filter((r) => r.status !== 401), []);
	assert.equal((await call("PATCH", `/agents/${agent.id}`, { token: ada.token, json: { days: 1 } })).status, 200);
	assert.equal((await call("GET", "/me", { key: agent.key })).status, 200, "its owner may give it more time");
});

test("felt within a second on every surface: an owner who is shut out, and let in again", async () => {
	const owner = await signUp("pro"),
		agent = await armed(owner);
	const shut = (disabled) => call("PATCH", `/api/v1/admin/users/${owner.id}`, { token: admin.token, json: { disabled } });
	const after = await struck(agent.key, () => shut(true));

	assert.deepEqual(after.filter((r) => r.status !== 401), []);
	await shut(false);
	assert.equal((await call("GET", "/me", { key: agent.key })).status, 200);
});

test("felt within a second on every surface: an owner who is lowered, or deletes his account", async () => {
	const owner = await signUp("pro"),
		agent = await armed(owner);
	const lower = (role) => call("PATCH", `/api/v1/admin/users/${owner.id}`, { token: admin.token, json: { role } });
	const after = await struck(agent.key, () => lower("advanced"));

	assert.deepEqual(after.filter((r) => r.role === "pro"), []);
	assert.ok(after.some((r) => r.role === "advanced"));
	assert.equal((await call("GET", `/agents/${agent.id}`, { token: admin.token })).json.role, "advanced");
	await lower("pro");
	await until(async () => (await call("GET", "/me", { key: agent.key })).json.user?.role === "pro");
	const gone = await struck(agent.key, () => psql("delete from app.principal where id = $1", owner.id), byHand);
	assert.deepEqual(gone.filter((r) => r.status !== 401), []);
	assert.deepEqual(await psql("select id from app.principal where id = $1", agent.id), []);
});

test("felt within a second on every surface: the owner's membership, which is the agent's too", async () => {
	const space = (await call("POST", "/api/v1/namespaces", { token: eve.token, json: { name: `agents-${randomUUID().slice(0, 8)}` } })).json,
		members = `/api/v1/namespaces/${space.id}/members`;
	const agent = await armed(ada);
	const add = (id) => call("POST", members, { token: eve.token, json: { principal_id: id } });
	const there = { headers: { "x-namespace": space.name } };

	assert.equal((await add(agent.id)).status, 404, "not without its owner");
	await add(ada.id);
	assert.equal((await call("GET", "/me", { key: agent.key, ...there })).status, 404, "nor with him by itself");
	assert.equal((await add(agent.id)).status, 201);
	const after = await struck(agent.key, () => call("DELETE", `${members}/${ada.id}`, { token: eve.token }), there);
	assert.deepEqual(after.filter((r) => r.status !== (r.auth ? 403 : 404)), []);
	assert.equal((await call("GET", "/me", { key: agent.key })).status, 200, "at home it lives on");
});

test("whatever races, no agent stands above its owner", async () => {
	const owner = await signUp("pro"),
		key = (await call("POST", "/auth/keys", { token: owner.token, json: { name: "k" } })).json.key,
		agent = (await make(owner, { role: "beginner" })).json;
	const lower = (role) => call("PATCH", `/api/v1/admin/users/${owner.id}`, { token: admin.token, json: { role } });

	for (let i = 0; i < 30; i++) {
		await lower("pro");
		await until(async () => (await call("GET", "/me", { key })).status === 200);
		const [, made] = await Promise.all([
			lower("beginner"),
			call("POST", "/agents", { key, json: { name: "racing", role: "pro" } }),
			call("PATCH", `/agents/${agent.id}`, { key, json: { role: i % 2 ? "pro" : "advanced" } }),
		]);

		assert.ok([201, 401, 403].includes(made.status), made.text);
		assert.deepEqual(await psql("select p.role from app.machine m join app.principal p on p.id = m.principal_id where m.owner_id = $1 and p.role <> 'beginner'", owner.id), []);
	}
	assert.ok((await psql("select count(*) from app.machine where owner_id = $1", owner.id))[0][0] > 5, "none was made in time");
});

test("user_update: agents and services are changed by their own routes alone", async () => {
	const agent = await armed(ada);

	for (const json of [{ role: "admin" }, { disabled: true }])
		assert.equal((await call("PATCH", `/api/v1/admin/users/${agent.id}`, { token: admin.token, json })).status, 403);
	assert.equal((await call("GET", "/me", { key: agent.key })).json.user.role, "pro");
});

test("me_export: has the agents", async () => {
	const owner = await signUp("pro"),
		agent = await armed(owner, { name: "exported" });
	await kill(agent, owner);
	const { agents } = (await call("GET", "/me/export", { token: owner.token })).json;

	assert.deepEqual(agents.map((a) => [a.id, a.name, a.kill_reason]), [[agent.id, "exported", "writes nonsense"]]);
});

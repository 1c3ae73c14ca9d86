// Namespaces with members: made, joined, left, and never seen from outside.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, faults, many, newQuest, password, signUp } from "./harness.mjs";
import { psql } from "./instance.mjs";

const root = "/api/v1/namespaces";
const admin = await signUp("admin"),
	ada = await signUp("pro"),
	bob = await signUp(),
	eve = await signUp("pro");
const code = () => `t-${randomBytes(5).toString("hex")}`;
const make = (who, fields = {}) => call("POST", root, { token: who.token, json: { name: code(), ...fields } });
const add = (space, who, json) => call("POST", `${root}/${space.id}/members`, { token: who.token, json });
const end = (space, who, whom) => call("DELETE", `${root}/${space.id}/members/${whom.id}`, { token: who.token });
const as = (space, who) => ({ token: who.token, headers: { "x-namespace": space.name } });

/** A namespace of `who`, with these members. */
async function shared(who, ...members) {
	const { status, json, text } = await make(who);

	assert.equal(status, 201, text);
	for (const m of members) assert.equal((await add(json, who, { principal_id: m.id })).status, 201);
	return json;
}

test("namespace_create: by role pro and above; whoever makes it manages it", async () => {
	const { status, json } = await make(ada, { display_name: "Night shift" });

	assert.deepEqual([status, json.display_name, json.role], [201, "Night shift", "manager"]);
	assert.equal((await make(bob)).status, 403);
	assert.equal((await make(await signUp("advanced"))).status, 403);
	assert.equal((await call("POST", root, { json: { name: code() } })).status, 401);
	assert.equal((await make(eve, { name: json.name })).json.error.code, "name_taken");
	for (const name of ["", "-a", "A", "a b", "ä", "a_b", "x".repeat(64), 1]) assert.deepEqual(faults(await make(ada, { name })), ["/name"]);
	assert.deepEqual(faults(await make(ada, { display_name: "x".repeat(81), owner: ada.id })), ["/display_name", "/owner"]);
	assert.equal((await make(ada, { name: "0".repeat(63) })).status, 201);
});

test("namespace_list, namespace_get: one's own; for an admin all", async () => {
	const bob = await signUp(),
		space = await shared(ada, bob);
	const names = async (who) => (await call("GET", `${root}?limit=100`, { token: who.token })).json.items.map((n) => [n.name, n.role]);

	assert.deepEqual((await names(bob)).filter(([n]) => n !== "default"), [[space.name, "member"]]);
	assert.ok((await names(ada)).some(([n, r]) => n === space.name && r === "manager"));
	assert.ok(!(await names(eve)).some(([n]) => n === space.name));
	assert.ok((await names(admin)).some(([n, r]) => n === space.name && r === null));
	assert.equal((await call("GET", `${root}/${space.id}`, { token: bob.token })).json.name, space.name);
	assertSame(await call("GET", `${root}/${space.id}`, { token: eve.token }), await call("GET", `${root}/${randomUUID()}`, { token: eve.token }));
	const first = (await call("GET", `${root}?limit=1`, { token: bob.token })).json;
	assert.equal((await call("GET", `${root}?limit=1&after=${first.next}`, { token: bob.token })).json.items.length, 1);
	for (const path of [root, `${root}/${space.id}`]) {
		assert.equal((await call("GET", path)).status, 401);
		assert.equal((await call("GET", `${path}?x=1`, { token: bob.token })).status, 422);
	}
});

test("namespace_update: by managers and admins", async () => {
	const space = await shared(ada, bob);
	const change = (who, json) => call("PATCH", `${root}/${space.id}`, { token: who?.token, json });

	assert.equal((await change(ada, { display_name: "One" })).json.display_name, "One");
	assert.equal((await change(admin, { display_name: "Two" })).json.role, null);
	assert.equal((await change(bob, { display_name: "Three" })).status, 403);
	assert.equal((await change(eve, { display_name: "Four" })).status, 404);
	assert.equal((await change(null, { display_name: "Five" })).status, 401);
	assert.deepEqual(faults(await change(ada, { name: "other" })), ["/display_name", "/name"]);
	assert.equal((await call("GET", `${root}/${space.id}`, { token: bob.token })).json.display_name, "Two");
});

test("namespace_delete: only when nothing and nobody else is in it", async () => {
	const space = await shared(ada, bob);
	const gone = (who) => call("DELETE", `${root}/${space.id}`, { token: who?.token });
	const quest = (await call("POST", "/quests", { ...as(space, ada), json: { title: "here" } })).json;

	assert.equal((await gone(ada)).json.error.code, "not_empty");
	assert.equal((await end(space, ada, bob)).status, 204);
	assert.equal((await gone(ada)).json.error.code, "not_empty", "a quest is still there");
	assert.equal((await call("DELETE", `/quests/${quest.id}`, as(space, ada))).status, 204);
	assertSame(await gone(eve), await call("DELETE", `${root}/${randomUUID()}`, { token: eve.token }));
	assert.equal((await gone(null)).status, 401);
	assert.equal((await gone(ada)).status, 204);
	assert.equal((await gone(ada)).status, 404);
	assert.equal((await call("GET", "/me", as(space, ada))).status, 404);
	const [[home]] = await psql("select id from app.namespace where name = 'default'");
	assert.equal((await call("DELETE", `${root}/${home}`, { token: admin.token })).status, 409);
	assert.equal((await call("DELETE", `${root}/${home}`, { token: bob.token })).status, 403);
});

test("namespace_delete: a quest that is being made meanwhile is never lost", async () => {
	for (let i = 0; i < 8; i++) {
		const space = await shared(ada);
		const [made, gone] = await Promise.all([
			call("POST", "/quests", { ...as(space, ada), json: { title: "racing" } }),
			call("DELETE", `${root}/${space.id}`, { token: ada.token }),
		]);
		const [[n]] = await psql("select count(*) from app.quest where namespace_id = $1", space.id);

		assert.ok(made.status === 201 ? gone.status === 409 && n === "1" : gone.status === 204 && [404, 409].includes(made.status), `${made.status} ${gone.status} ${n}`);
	}
});

test("X-Namespace: what is made and seen there stays there, under both names of the header", async () => {
	const bob = await signUp(),
		space = await shared(ada, bob);
	const there = (await call("POST", "/quests", { ...as(space, ada), json: { title: "there", visibility: "public" } })).json,
		hidden = (await call("POST", "/quests", { ...as(space, ada), json: { title: "hidden there" } })).json,
		home = await newQuest(ada.token, { title: "at home", visibility: "public" });
	const titles = async (with_) => (await call("GET", "/quests?limit=100", with_)).json.items.map((q) => q.title);

	assert.deepEqual(await titles(as(space, bob)), ["there"]);
	assert.deepEqual(await titles({ token: bob.token, headers: { "x-cave-namespace": space.name } }), ["there"]);
	assert.deepEqual(await titles(as(space, ada)), ["hidden there", "there"]);
	assert.ok(!(await titles({ token: ada.token })).some((t) => /there/.test(t)) && (await titles({ token: bob.token })).includes("at home"));
	for (const filter of ["mine=true", "status=open", "visibility=public"])
		for (const q of (await call("GET", `/quests?limit=100&${filter}`, { token: ada.token })).json.items) assert.ok(!/there/.test(q.title));
	for (const id of [there.id, hidden.id]) {
		assertSame(await call("GET", `/quests/${id}`, { token: ada.token }), await call("GET", `/quests/${randomUUID()}`, { token: ada.token }));
		assert.equal((await call("PATCH", `/quests/${id}`, { token: ada.token, json: { title: "moved" } })).status, 404);
		assert.equal((await call("DELETE", `/quests/${id}`, { token: ada.token })).status, 404);
	}
	assert.equal((await call("GET", `/quests/${home.id}`, as(space, ada))).status, 404);
	assert.equal((await call("GET", `/quests/${there.id}`, as(space, bob))).status, 200);
	assert.equal((await call("PATCH", `/quests/${there.id}`, { ...as(space, bob), json: { title: "mine" } })).status, 403);
	const me = (await call("GET", "/me", as(space, bob))).json;
	assert.equal(me.namespace_id, space.id);
	assert.notEqual(me.user.namespace_id, space.id);
	assert.deepEqual(me.namespaces.map((n) => [n.name, n.role]), [["default", "member"], [space.name, "member"]]);
	assert.equal((await call("GET", "/me", { token: bob.token })).json.namespace_id, me.user.namespace_id);
});

test("X-Namespace: one that is not yours looks like one that is not there; two that differ are a bad request", async () => {
	const space = await shared(ada);
	const ask = (method, path, name, json) => call(method, path, { token: eve.token, headers: { "x-namespace": name }, ...(json && { json }) });

	for (const [method, path, json] of [
		["GET", "/quests"],
		["GET", "/me"],
		["GET", `/quests/${randomUUID()}`],
		["POST", "/quests", { title: "x" }],
		["POST", "/auth/password", { current_password: password, new_password: "another canary horse" }],
	]) {
		const reply = await ask(method, path, space.name, json);

		assert.equal(reply.status, 404, `${method} ${path}: ${reply.text}`);
		for (const name of [code(), "Not A Name", "default'--", "é", "x".repeat(64)]) assertSame(await ask(method, path, name, json), reply);
	}
	assert.deepEqual(await psql("select count(*) from app.quest where owner_id = $1", eve.id), [["0"]]);
	assert.equal((await call("POST", "/auth/login", { json: { email: eve.email, password } })).status, 200, "the password is the old one");
	assert.equal((await ask("GET", "/me", "default")).status, 200);
	const both = { "x-namespace": space.name, "x-cave-namespace": "default" };
	assert.equal((await call("GET", "/me", { token: ada.token, headers: both })).status, 400);
	assert.equal((await call("GET", "/me", { token: ada.token, headers: { "x-namespace": [space.name, space.name] } })).status, 400);
	assert.equal((await call("GET", "/me", { headers: { "x-namespace": space.name } })).status, 401);
	assert.equal((await call("GET", "/me", { token: "x.y.z", headers: { "x-namespace": space.name } })).status, 401);
});

test("namespace_member_add: by managers with an id, by admins with an address too; nobody finds out who has an account", async () => {
	const space = await shared(ada, bob),
		carl = await signUp();

	const added = await add(space, ada, { principal_id: carl.id, role: "manager" });
	assert.deepEqual([added.status, added.json.id, added.json.email, added.json.role], [201, carl.id, null, "manager"]);
	assert.equal((await add(space, ada, { principal_id: carl.id })).status, 409);
	assert.equal((await add(space, ada, { principal_id: randomUUID() })).status, 404);
	assertSame(await add(space, ada, { email: eve.email }), await add(space, ada, { email: "nobody@example.org" }));
	assert.equal((await add(space, ada, { email: eve.email })).status, 403);
	assert.deepEqual([(await add(space, admin, { email: eve.email })).json.email, (await add(space, admin, { email: "nobody@example.org" })).status], [eve.email, 404]);
	assert.equal((await add(space, bob, { principal_id: admin.id })).status, 403, "a member is no manager");
	const other = await shared(ada);
	assertSame(await add(other, eve, { principal_id: eve.id }), await add({ id: randomUUID() }, eve, { principal_id: eve.id }));
	assert.equal((await add(other, eve, { principal_id: eve.id })).status, 404);
	assert.equal((await add(space, {}, { principal_id: eve.id })).status, 401);
	for (const [json, paths] of [
		[{}, [""]],
		[{ principal_id: bob.id, email: bob.email }, [""]],
		[{ principal_id: "x", role: "king" }, ["/principal_id", "/role"]],
	])
		assert.deepEqual(faults(await add(space, ada, json)), paths);
});

test("namespace_member_list: managers and admins see everybody, addresses an admin alone; others themselves", async () => {
	const space = await shared(ada, bob);
	const list = async (who) => (await call("GET", `${root}/${space.id}/members`, { token: who.token })).json.items.map((m) => [m.id, m.email, m.role]);

	assert.deepEqual(await list(ada), [[bob.id, null, "member"], [ada.id, ada.email, "manager"]].sort((a, b) => (a[0] < b[0] ? 1 : -1)));
	assert.deepEqual((await list(admin)).map((m) => m[1]).sort(), [ada.email, bob.email].sort());
	assert.deepEqual(await list(bob), [[bob.id, bob.email, "member"]]);
	assertSame(await call("GET", `${root}/${space.id}/members`, { token: eve.token }), await call("GET", `${root}/${randomUUID()}/members`, { token: eve.token }));
	const page = (await call("GET", `${root}/${space.id}/members?limit=1`, { token: ada.token })).json;
	assert.equal((await call("GET", `${root}/${space.id}/members?limit=1&after=${page.next}`, { token: ada.token })).json.next, null);
	assert.equal((await call("GET", `${root}/${space.id}/members?limit=0`, { token: ada.token })).status, 422);
	assert.equal((await call("GET", `${root}/${space.id}/members`)).status, 401);
});

test("namespace_member_update: a member becomes a manager and back, but for the last one", async () => {
	const space = await shared(ada, bob);
	const change = (who, whom, role) => call("PATCH", `${root}/${space.id}/members/${whom.id}`, { token: who.token, json: { role } });

	assert.equal((await change(ada, ada, "member")).json.error.code, "last_manager");
	assert.equal((await change(bob, bob, "manager")).status, 403, "nobody raises himself");
	assert.equal((await change(bob, ada, "member")).status, 404);
	assert.equal((await change(eve, bob, "member")).status, 404);
	assert.equal((await change({}, bob, "member")).status, 401);
	assert.equal((await change(ada, bob, "manager")).json.role, "manager");
	assert.equal((await change(ada, ada, "member")).json.role, "member");
	assert.equal((await change(ada, ada, "manager")).status, 403);
	assert.equal((await change(admin, bob, "member")).status, 200, "an admin takes the last one away");
	assert.deepEqual(faults(await change(admin, bob, "king")), ["/role"]);
	assert.equal((await change(admin, eve, "member")).status, 404);
});

test("namespace_member_end: loses sight at once and comes back; may leave; the last manager stays, and so does everybody at home", async () => {
	const space = await shared(ada, bob);
	const quest = (await call("POST", "/quests", { ...as(space, bob), json: { title: "his", visibility: "public" } })).json;

	assert.equal((await end(space, bob, ada)).status, 404);
	assert.equal((await end(space, eve, bob)).status, 404);
	assert.equal((await end(space, {}, bob)).status, 401);
	assert.equal((await end(space, ada, ada)).json.error.code, "last_manager");
	assert.equal((await end(space, ada, bob)).status, 204);
	assert.equal((await end(space, ada, bob)).status, 404);
	assert.equal((await call("GET", "/quests", as(space, bob))).status, 404);
	assert.equal((await call("GET", `/quests/${quest.id}`, { token: bob.token })).status, 404, "not from elsewhere either");
	assert.equal((await call("GET", `${root}/${space.id}`, { token: bob.token })).status, 404);
	assert.equal((await call("GET", `/quests/${quest.id}`, as(space, ada))).status, 200, "what he made there stays");
	assert.equal((await add(space, ada, { principal_id: bob.id })).status, 201);
	assert.equal((await call("PATCH", `/quests/${quest.id}`, { ...as(space, bob), json: { title: "again" } })).status, 200);
	assert.equal((await end(space, bob, bob)).status, 204, "he leaves");
	const [[home]] = await psql("select id from app.namespace where name = 'default'");
	assert.equal((await end({ id: home }, admin, bob)).json.error.code, "home_namespace");
	assert.equal((await call("DELETE", `${root}/${space.id}/members/x`, { token: ada.token })).status, 404);
});

test("namespace_member_end: two managers who put each other out leave one", async () => {
	for (let i = 0; i < 5; i++) {
		const space = await shared(ada, bob);
		await add(space, ada, { principal_id: eve.id, role: "manager" });
		const statuses = (await Promise.all([end(space, ada, eve), end(space, eve, ada)])).map((r) => r.status);

		assert.ok(statuses.filter((s) => s === 204).length === 1, String(statuses));
	}
});

test("a membership that ends is felt with the next request, also while many use it", async () => {
	const space = await shared(ada, bob);
	let ended = Infinity;
	const use = many(300, 8, async () => {
		const from = Date.now();
		return { from, status: (await call("GET", "/quests?limit=1", as(space, bob))).status };
	});

	assert.equal((await end(space, ada, bob)).status, 204);
	ended = Date.now();
	const replies = await use;
	assert.ok(replies.every((r) => r.status === (r.from >= ended ? 404 : r.status)));
	assert.ok(replies.some((r) => r.status === 200) && replies.some((r) => r.status === 404));
});

test("namespaces apart: whatever two tenants ask for, no text of the other's ever comes", async () => {
	const spaces = [await shared(ada, bob), await shared(eve)],
		members = [[ada, bob], [eve]];

	await many(40, 8, (i) =>
		call("POST", "/quests", { ...as(spaces[i % 2], members[i % 2][0]), json: { title: `tenant-${i % 2} ${i}`, tags: [`tenant-${i % 2}`], visibility: i % 4 < 2 ? "public" : "private" } }),
	);
	const ids = (await psql("select id from app.quest where title like 'tenant-%'")).flat();
	await many(400, 8, async (i) => {
		const side = i % 2,
			who = members[side][i % members[side].length];
		const path = [`/quests?limit=100`, `/quests?limit=100&tag=tenant-${1 - side}`, `/quests/${ids[i % ids.length]}`, "/quests?visibility=public&limit=100", "/me", "/me/export", root][i % 7];
		const reply = await call("GET", path, i % 3 ? as(spaces[side], who) : { token: who.token });

		assert.ok(!reply.text.includes(`tenant-${1 - side}`) && !reply.text.includes(spaces[1 - side].id), `${path}: ${reply.text.slice(0, 200)}`);
	});
});

test("me_export: has the namespaces and what was made in each", async () => {
	const space = await shared(ada, bob);
	await call("POST", "/quests", { ...as(space, bob), json: { title: "exported" } });
	const kept = async () => (await call("GET", "/me/export", { token: bob.token })).json;

	assert.ok((await kept()).quests.some((q) => q.title === "exported" && q.namespace_id === space.id));
	assert.ok((await kept()).memberships.some((m) => m.name === space.name && m.ended_at === null));
	await end(space, ada, bob);
	assert.ok(!(await kept()).quests.some((q) => q.title === "exported"));
	assert.ok((await kept()).memberships.some((m) => m.id === null || m.ended_at !== null));
});

test("namespaces: every change is in the trail", async () => {
	const space = await shared(ada, bob);
	await call("PATCH", `${root}/${space.id}`, { token: ada.token, json: { display_name: "x" } });
	await call("PATCH", `${root}/${space.id}/members/${bob.id}`, { token: ada.token, json: { role: "manager" } });
	await end(space, ada, bob);
	await call("DELETE", `${root}/${space.id}`, { token: ada.token });
	const types = (await psql("select event_type from app.audit_event where entity_id = $1 and actor_id = $2 order by id", space.id, ada.id)).flat();

	assert.deepEqual(types, ["created", "member_added", "changed", "member_changed", "member_removed", "deleted"].map((t) => `namespace.${t}`));
});

// A person's own affairs: profile, sessions, password, taking everything away, and leaving.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, faults, newQuest, password, signUp } from "./harness.mjs";
import { psql } from "./instance.mjs";

const fresh = "another horse in the canary";
const me = (token) => call("GET", "/me", { token });
const login = (email, secret = password) => call("POST", "/auth/login", { json: { email, password: secret } });
const ada = await signUp();

test("profile_get: gives the defaults to whoever has set nothing", async () => {
	const { json } = await call("GET", "/profile", { token: ada.token });

	assert.deepEqual(json, { mode: "productive", theme: "system", density: "comfy", language: "en", toggles: {}, is_public: false });
	assert.equal((await call("GET", "/profile")).status, 401);
	assert.equal((await call("GET", "/profile?x=1", { token: ada.token })).status, 422);
});

test("profile_update: changes what is given, keeps the rest, and is the same under its older name", async () => {
	const bob = await signUp();

	await call("PATCH", "/profile", { token: bob.token, json: { theme: "dark", toggles: { "story.sound": false } } });
	const { json } = await call("PATCH", "/me/settings", { token: bob.token, json: { language: "de", is_public: true } });
	assert.deepEqual(json, { mode: "productive", theme: "dark", density: "comfy", language: "de", toggles: { "story.sound": false }, is_public: true });
	assert.deepEqual((await call("GET", "/me/settings", { token: bob.token })).json, json);
	assert.deepEqual((await call("PATCH", "/profile", { token: bob.token, json: { toggles: {} } })).json.toggles, {});
	assert.equal((await call("GET", "/profile", { token: ada.token })).json.theme, "system");
});

test("profile_update: names every bad field, and nobody raises himself by it", async () => {
	const bad = { mode: "lazy", theme: 1, toggles: { "a b": true }, is_public: "yes", role: "admin" };

	assert.deepEqual(faults(await call("PATCH", "/profile", { token: ada.token, json: bad })), ["/is_public", "/mode", "/role", "/theme", "/toggles"]);
	for (const toggles of [{ a: 1 }, [], { "": true }, { ["x".repeat(41)]: true }, Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, true]))])
		assert.deepEqual(faults(await call("PATCH", "/me/settings", { token: ada.token, json: { toggles } })), ["/toggles"]);
	assert.equal((await call("PATCH", "/profile", { json: { theme: "dark" } })).status, 401);
	assert.equal((await call("PATCH", "/me/settings", { json: { theme: "dark" } })).status, 401);
	assert.equal((await call("GET", "/me/settings")).status, 401);
	assert.equal((await call("GET", "/me/settings?x=1", { token: ada.token })).status, 422);
});

test("session_list: shows where one is signed in, and which one asks", async () => {
	const bob = await signUp(),
		second = (await login(bob.email)).json.access_token;
	const { items } = (await call("GET", "/auth/sessions", { token: second })).json;

	assert.equal(items.length, 2);
	assert.deepEqual(items.map((s) => s.current), [true, false]);
	assert.equal(items[1].id, bob.session);
	assert.equal((await call("GET", "/auth/sessions")).status, 401);
	assert.equal((await call("GET", "/auth/sessions?limit=1", { token: second })).status, 422);
});

test("session_revoke: ends a session at once, one's own only", async () => {
	const bob = await signUp(),
		second = (await login(bob.email)).json.access_token;

	assertSame(
		await call("DELETE", `/auth/sessions/${bob.session}`, { token: ada.token }),
		await call("DELETE", `/auth/sessions/${randomUUID()}`, { token: ada.token }),
	);
	assert.equal((await me(bob.token)).status, 200);
	assert.equal((await call("DELETE", `/auth/sessions/${bob.session}`, { token: second })).status, 204);
	assert.equal((await me(bob.token)).status, 401);
	assert.equal((await call("POST", "/auth/refresh", { json: { refresh_token: bob.refresh } })).status, 401);
	assert.equal((await me(second)).status, 200);
	assert.equal((await call("DELETE", `/auth/sessions/${bob.session}`, { token: second })).status, 404);
	assert.equal((await call("DELETE", `/auth/sessions/${bob.session}`)).status, 401);
});

test("password_change: needs the old one, ends every session, and begins a new one", async () => {
	const bob = await signUp(),
		second = (await login(bob.email)).json.access_token;
	const change = (json, token = bob.token) => call("POST", "/auth/password", { token, json });

	assert.deepEqual(faults(await change({ current_password: "not it at all", new_password: fresh })), ["/current_password"]);
	assert.deepEqual(faults(await change({ new_password: fresh })), ["/current_password"]);
	assert.deepEqual(faults(await change({ current_password: password, new_password: "short" })), ["/new_password"]);
	assert.deepEqual(faults(await change({ current_password: password, new_password: "passwordpassword" })), ["/new_password"]);
	assert.equal((await change({ current_password: password, new_password: fresh }, null)).status, 401);
	const { status, json } = await change({ current_password: password, new_password: fresh });
	assert.equal(status, 200);
	for (const old of [bob.token, second]) assert.equal((await me(old)).status, 401);
	assert.equal((await me(json.access_token)).status, 200);
	assert.equal((await login(bob.email)).status, 401);
	assert.equal((await login(bob.email, fresh)).status, 200);
});

test("me_export: everything that is one's own, and nothing of anybody else", async () => {
	const bob = await signUp(),
		quest = await newQuest(bob.token, { title: "Taken along" });
	await newQuest(ada.token, { title: "Left with ada", visibility: "public" });
	const { json, text } = await call("GET", "/me/export", { token: bob.token });

	assert.equal(json.account.email, bob.email);
	assert.deepEqual(json.quests.map((q) => q.id), [quest.id]);
	assert.equal(json.sessions.length, 1);
	assert.ok(json.trail.some((e) => e.event_type === "auth.login"));
	assert.ok(!/argon2|Left with ada/.test(text) && !text.includes(ada.id));
	assert.equal((await call("GET", "/me/export")).status, 401);
	assert.equal((await call("GET", "/me/export?x=1", { token: bob.token })).status, 422);
});

test("account_delete: with the password, everything goes and the trail stays", async () => {
	const bob = await signUp();
	await newQuest(bob.token);

	assert.equal((await call("POST", "/auth/delete", { json: { password } })).status, 401);
	assert.deepEqual(faults(await call("POST", "/auth/delete", { token: bob.token, json: { password: "not it at all" } })), ["/password"]);
	assert.equal((await call("POST", "/auth/delete", { token: bob.token, json: { password } })).status, 204);
	assert.equal((await me(bob.token)).status, 401);
	assert.equal((await login(bob.email)).status, 401);
	assert.deepEqual(await psql("select count(*) from app.quest where owner_id = $1", bob.id), [["0"]]);
	assert.deepEqual(await psql("select count(*) from app.audit_event where actor_id = $1 and event_type = 'account.deleted'", bob.id), [["1"]]);
});

// What an admin sees and does.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { call, faults, password, signUp } from "./harness.mjs";

const admin = await signUp("admin"),
	pro = await signUp("pro");
const users = "/api/v1/admin/users";
const change = (id, json, token = admin.token) => call("PATCH", `${users}/${id}`, { token, json });

test("user_list: everybody, page by page, by role or by the beginning of an address", async () => {
	const bob = await signUp("advanced");
	const found = (await call("GET", `${users}?email=${bob.email.slice(0, 18)}`, { token: admin.token })).json.items;

	assert.deepEqual(found.map((u) => [u.id, u.role, u.disabled, u.kind]), [[bob.id, "advanced", false, "person"]]);
	const first = (await call("GET", `${users}?limit=1`, { token: admin.token })).json;
	assert.equal(first.items[0].id, bob.id);
	assert.ok(first.next);
	for (const u of (await call("GET", `${users}?role=admin&limit=100`, { token: admin.token })).json.items) assert.equal(u.role, "admin");
	assert.equal((await call("GET", `${users}?role=king`, { token: admin.token })).status, 422);
	assert.equal((await call("GET", users, { token: pro.token })).status, 403);
	assert.equal((await call("GET", users)).status, 401);
});

test("user_get: one of them, for an admin only", async () => {
	assert.equal((await call("GET", `${users}/${pro.id}`, { token: admin.token })).json.email, pro.email);
	assert.equal((await call("GET", `${users}/${randomUUID()}`, { token: admin.token })).status, 404);
	assert.equal((await call("GET", `${users}/${pro.id}`, { token: pro.token })).status, 403);
});

test("user_update: a new role is felt with the next request and comes with the next refresh", async () => {
	const bob = await signUp();

	assert.equal((await change(bob.id, { role: "pro" })).json.role, "pro");
	assert.equal((await call("GET", "/me", { token: bob.token })).status, 401);
	const { access_token: token } = (await call("POST", "/auth/refresh", { json: { refresh_token: bob.refresh } })).json;
	assert.equal((await call("GET", "/me", { token })).json.user.role, "pro");
});

test("user_update: whoever is shut out is out on every surface at once, and back when let in", async () => {
	const bob = await signUp(),
		key = (await call("POST", "/auth/keys", { token: bob.token, json: { name: "k" } })).json.key;

	assert.equal((await change(bob.id, { disabled: true })).json.disabled, true);
	assert.equal((await call("GET", "/me", { token: bob.token })).status, 401);
	assert.equal((await call("GET", "/me", { key })).status, 401);
	assert.equal((await call("POST", "/auth/refresh", { json: { refresh_token: bob.refresh } })).status, 401);
	assert.equal((await call("POST", "/auth/login", { json: { email: bob.email, password } })).status, 401);
	assert.equal((await change(bob.id, { disabled: false })).json.disabled, false);
	assert.equal((await call("GET", "/me", { key })).status, 200);
});

test("user_update: nobody raises himself, and an admin cannot change himself", async () => {
	assert.equal((await change(pro.id, { role: "admin" }, pro.token)).status, 403);
	assert.equal((await change(admin.id, { role: "beginner" })).status, 403);
	assert.equal((await change(pro.id, { role: "admin" }, null)).status, 401);
	assert.deepEqual(faults(await change(pro.id, {})), [""]);
	assert.deepEqual(faults(await change(pro.id, { role: "king", email: "x@y.z" })), ["/email", "/role"]);
	assert.equal((await change(randomUUID(), { role: "pro" })).status, 404);
});

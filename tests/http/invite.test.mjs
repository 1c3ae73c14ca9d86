// Invites: made by admins, spent once, and the only way in where signing up is by invite.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import test from "node:test";
import { call, faults, many, password, signUp, withSettings } from "./harness.mjs";
import { psql } from "./instance.mjs";

const admin = await signUp("admin"),
	pro = await signUp("pro");
const path = "/api/v1/admin/invites";
const make = (json = {}, token = admin.token) => call("POST", path, { token, json });
const fresh = () => `i-${randomBytes(6).toString("hex")}@example.org`;
const join = (invite, email = fresh()) => call("POST", "/auth/signup", { json: { email, password, invite } });

test("invite_create: shows its token once and keeps a hash, for admins only", async () => {
	const { status, json } = await make({ email: "Ada@Example.org", role: "advanced", days: 3 });

	assert.equal(status, 201);
	assert.ok(json.url.endsWith(`/ui/#invite=${json.token}`));
	assert.deepEqual([json.info.email, json.info.role, json.info.created_by, json.info.used_at], ["ada@example.org", "advanced", admin.id, null]);
	assert.ok(!JSON.stringify(await psql("select to_jsonb(i) from app.invite i where id = $1", json.info.id)).includes(json.token));
	assert.deepEqual(faults(await make({ role: "king", days: 0, email: "x", more: 1 })), ["/days", "/email", "/more", "/role"]);
	assert.equal((await make({}, pro.token)).status, 403);
	assert.equal((await make({}, null)).status, 401);
});

test("account_signup: an invite gives its role, once, to its address", async () => {
	const email = fresh(),
		{ json } = await make({ email, role: "pro" });

	assert.deepEqual([(await join(json.token)).status, (await join(json.token)).json.error.code], [403, "invite_refused"]);
	const made = await join(json.token, email);
	assert.equal(made.status, 201);
	const me = (await call("GET", "/me", { token: made.json.access_token })).json.user;
	assert.equal(me.role, "pro");
	assert.equal((await join(json.token, fresh())).status, 403);
	const { items } = (await call("GET", `${path}?limit=100`, { token: admin.token })).json;
	assert.equal(items.find((i) => i.id === json.info.id).used_by, me.id);
	assert.equal((await call("DELETE", `${path}/${json.info.id}`, { token: admin.token })).status, 403, "a used one stays");
});

test("account_signup: of many with one invite at once exactly one comes in", async () => {
	const { json } = await make();
	const all = await many(6, 6, () => join(json.token));

	assert.equal(all.filter((r) => r.status === 201).length, 1);
	assert.ok(all.every((r) => [201, 403, 503].includes(r.status)));
});

test("account_signup: an address that is taken leaves the invite unused; one that has run out, was taken back or never was is refused", async () => {
	const { json } = await make();

	assert.equal((await join(json.token, pro.email)).status, 409);
	await psql("update app.invite set expires_at = now() where id = $1", json.info.id);
	assert.equal((await join(json.token)).status, 403);
	await psql("update app.invite set expires_at = now() + interval '1 day' where id = $1", json.info.id);
	assert.equal((await call("DELETE", `${path}/${json.info.id}`, { token: admin.token })).status, 204);
	assert.equal((await join(json.token)).status, 403);
	assert.equal((await join("nonsense")).status, 403);
});

test("invite_list and invite_delete: for admins only", async () => {
	assert.equal((await call("GET", path, { token: pro.token })).status, 403);
	assert.equal((await call("GET", path)).status, 401);
	assert.equal((await call("GET", `${path}?limit=0`, { token: admin.token })).status, 422);
	assert.equal((await call("DELETE", `${path}/${randomUUID()}`, { token: admin.token })).status, 404);
	assert.equal((await call("DELETE", `${path}/${randomUUID()}`, { token: pro.token })).status, 403);
});

test("account_signup: where SIGNUP is invite, an invite is the only way in", { skip: !process.env.HTTPS_PORT }, async () => {
	const { json } = await make();

	await withSettings({ SIGNUP: "invite" }, async () => {
		const without = await call("POST", "/auth/signup", { json: { email: fresh(), password } });
		assert.deepEqual([without.status, without.json.error.code], [403, "signup_closed"]);
		assert.equal((await join(json.token)).status, 201);
	});
	const { json: other } = await make();
	await withSettings({ SIGNUP: "closed" }, async () => assert.equal((await join(other.token)).json.error.code, "signup_closed"));
});

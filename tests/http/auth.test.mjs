// The other family of paths, /api/v1/auth, and a key traded for a token.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test from "node:test";
import { openapi } from "./contract.mjs";
import { assertSame, base, call, claims, faults, many, newQuest, password, signUp, until, withSettings } from "./harness.mjs";
import { psql } from "./instance.mjs";

const fresh = () => `v1-${randomBytes(6).toString("hex")}@example.org`;
const post = (what, json, more = {}) => call("POST", `/api/v1/auth/${what}`, { json, ...more });
const me = (token) => call("GET", "/me", { token });
const someone = await signUp();

test("auth_signup: opens an account, and says whose it is and where", async () => {
	const email = fresh(),
		made = await post("signup", { email, password, namespace: "default" });

	assert.equal(made.status, 201);
	assert.deepEqual(Object.keys(made.json).sort(), ["namespace", "session", "user_id"]);
	assert.equal(made.json.namespace, "default");
	assert.equal(claims(made.json.session.access_token).sub, made.json.user_id);
	assert.equal((await me(made.json.session.access_token)).json.user.email, email);
	assert.equal((await post("signup", { email, password })).json.error.code, "email_exists");
	assert.deepEqual(faults(await post("signup", { email: fresh(), password, namespace: "next-door" })), ["/namespace"]);
	assert.deepEqual(faults(await post("signup", { email: "x", password: "short" })), ["/email", "/password"]);
	const by = await post("signup", { email: fresh(), password, session: "cookie" }, { headers: { origin: base.origin } });
	assert.equal(by.headers["set-cookie"].length, 2);
	assert.ok(!by.json.session.access_token);
});

test("auth_signup: is as closed as the other one", { skip: !process.env.STATE_DIR }, () =>
	withSettings({ SIGNUP: "invite" }, async () => {
		const refused = await post("signup", { email: fresh(), password });

		assert.deepEqual([refused.status, refused.json.error.code], [403, "signup_closed"]);
		assert.equal((await post("signup", { email: fresh(), password, invite: "x" })).json.error.code, "invite_refused");
	}),
);

test("auth_login, auth_refresh, auth_logout: are the same as under /auth", async () => {
	const signed = await post("login", { email: someone.email, password });

	assert.equal(signed.status, 200);
	assert.equal(claims(signed.json.access_token).sub, someone.id);
	const next = await post("refresh", { refresh_token: signed.json.refresh_token });
	assert.equal(next.status, 200);
	assert.equal((await post("refresh", { refresh_token: "x" })).status, 401);
	assert.equal((await call("POST", "/auth/refresh", { json: { refresh_token: next.json.refresh_token } })).status, 200);
	assert.equal((await post("logout", undefined, { token: next.json.access_token })).status, 204);
	await until(async () => (await me(next.json.access_token)).status === 401, 2000);
	assert.equal((await post("logout")).status, 401);
	assert.deepEqual(faults(await call("POST", "/api/v1/auth/logout?all=1", { token: someone.token })), ["/all"]);
	const wrong = await call("POST", "/auth/login", { json: { email: someone.email, password: "not the password" } });
	assertSame(await post("login", { email: someone.email, password: "not the password" }), wrong);
	assertSame(await post("login", { api_key: "x" }), wrong);
});

test("auth_login: a key is traded for a token that enters as the key does, and ends with it", async () => {
	const { key, info } = (await call("POST", "/auth/keys", { token: someone.token, json: { name: "traded", scopes: ["quest:read"] } })).json,
		{ json: traded, status } = await post("login", { api_key: key });

	assert.equal(status, 200);
	assert.deepEqual(Object.keys(traded).sort(), ["access_token", "expires_in", "scope", "token_type", "user"]);
	assert.deepEqual([traded.expires_in, traded.scope, traded.user], [600, "quest:read", { id: someone.id, email: null, role: "beginner" }]);
	const { sub, sid, key: hash, scope, exp, iat } = claims(traded.access_token);
	assert.deepEqual([sub, sid, hash, scope, exp - iat], [someone.id, undefined, createHash("sha256").update(key).digest("hex"), "quest:read", 600]);
	const token = traded.access_token;
	assert.equal((await call("GET", "/quests", { token })).status, 200);
	assert.deepEqual((await me(token)).json.permissions, ["quest:read"]);
	assert.equal((await call("POST", "/quests", { token, json: { title: "x" } })).status, 403, "it grants no more than the key");
	assert.equal((await call("POST", "/auth/logout", { token })).status, 403, "it has no session");
	assert.equal((await call("GET", "/me", { key: hash })).status, 401, "the hash alone is worth nothing");
	assert.equal((await call("DELETE", `/auth/keys/${info.id}`, { token: someone.token })).status, 204);
	assert.ok((await many(20, 10, () => me(token))).every((r) => r.status === 401));
	assert.equal((await post("login", { api_key: key })).json.error.code, "invalid_credentials");
});

test("auth_login: a whole key may all that its owner may, until he changes", async () => {
	const who = await signUp("pro"),
		{ key } = (await call("POST", "/auth/keys", { token: who.token, json: { name: "whole" } })).json;
	const token = (await post("login", { api_key: key })).json.access_token;

	await newQuest(token);
	await psql("update app.principal set role = 'advanced' where id = $1", who.id);
	await until(async () => (await me(token)).status === 401, 1000, "a token says which role it was made for");
	const again = (await post("login", { api_key: key })).json.access_token;
	assert.equal((await me(again)).json.user.role, "advanced");
	await psql("update app.principal set disabled_at = now() where id = $1", who.id);
	await until(async () => (await me(again)).status === 401, 1000);
	const [service] = (process.env.API_TOKENS ?? "").split(",");
	if (service) assert.equal((await me((await post("login", { api_key: service })).json.access_token)).json.user.kind, "service");
});

test("auth_login: a key stands alone, and never for a browser's session", async () => {
	const { key } = (await call("POST", "/auth/keys", { token: someone.token, json: { name: "alone" } })).json;

	assert.deepEqual(faults(await post("login", { api_key: key, email: someone.email, password })), ["/api_key"]);
	assert.deepEqual(faults(await post("login", { api_key: key, password })), ["/api_key"]);
	assert.deepEqual(faults(await post("login", { api_key: key, session: "cookie" }, { headers: { origin: base.origin } })), ["/session"]);
	assert.deepEqual(faults(await post("login", {})), ["/email", "/password"]);
	assert.deepEqual(faults(await post("login", { email: someone.email })), ["/password"]);
	for (const api_key of ["", 1, null, "x".repeat(513)]) assert.deepEqual(faults(await post("login", { api_key })), ["/api_key"]);
});

test("account_register: is signing up by its older name", async () => {
	const email = fresh(),
		register = (json) => call("POST", "/auth/register", { json }),
		made = await register({ email: ` ${email.toUpperCase()} `, password });

	assert.equal(made.status, 201);
	assert.equal(made.json.user.email, email);
	assert.equal((await me(made.json.access_token)).status, 200);
	assert.equal((await register({ email, password })).json.error.code, "email_exists");
	assert.deepEqual(faults(await register({})), ["/email", "/password"]);
});

test("aliases: are called deprecated, and nothing else is", () => {
	const old = Object.values(openapi.paths).flatMap((item) => Object.values(item).filter((o) => o.deprecated));

	assert.deepEqual(old.map((o) => o.operationId).sort(), ["account_register", "settings_get", "settings_update"]);
});

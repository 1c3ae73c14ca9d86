// Second factors: an authenticator app, its recovery codes, and when either is asked for.
import assert from "node:assert/strict";
import test from "node:test";
import { enrol, oathtool } from "./authenticator.mjs";
import { assertSame, call, faults, many, password, signUp, withSettings } from "./harness.mjs";
import { ops, psql } from "./instance.mjs";

const login = (who, more = {}, secret = password) => call("POST", "/auth/login", { json: { email: who.email, password: secret, ...more } });
const state = async (who) => (await call("GET", "/auth/totp", { token: who.token })).json;
const stepUp = (who, json) => call("POST", "/auth/step-up", { token: who.token, json });
const wrongOf = async (who) => Number((await psql("select wrong from app.second_factor where principal_id = $1", who.id))[0][0]);
const settle = (who) => psql("update app.second_factor set wrong = 0 where principal_id = $1", who.id);

const ada = await signUp(),
	bob = await signUp();
const app = await enrol(ada);

// --- beginning -----------------------------------------------------------------------------------------------------------------------

test("totp_begin: needs the password, and counts for nothing until the first code is confirmed", async () => {
	const who = await signUp(),
		begin = (json, token = who.token) => call("POST", "/auth/totp", { token, json });

	assert.deepEqual(await state(who), { enabled: false, enabled_at: null, recovery_codes: 0, proved_until: null });
	for (const json of [{}, { current_password: "not the password" }, { current_password: 1 }])
		assert.deepEqual(faults(await begin(json)), ["/current_password"]);
	assert.equal((await begin({ current_password: password }, "")).status, 401);
	const first = (await begin({ current_password: password })).json,
		second = (await begin({ current_password: password })).json;
	assert.match(second.secret, /^[A-Z2-7]{32}$/);
	assert.notEqual(first.secret, second.secret);
	const uri = new URL(second.uri);
	assert.equal(uri.protocol + uri.host + decodeURIComponent(uri.pathname), `otpauth:totp/Life-Agent:${who.email}`);
	assert.deepEqual(Object.fromEntries(uri.searchParams), {
		secret: second.secret,
		issuer: "Life-Agent",
		algorithm: "SHA1",
		digits: "6",
		period: "30",
	});
	assert.equal((await login(who)).status, 200);
	assert.equal((await state(who)).enabled, false);
	const [[kept]] = await psql("select secret from app.second_factor where principal_id = $1", who.id);
	assert.ok(!kept.includes(second.secret) && kept.length === 64, "the secret is sealed");
});

test("totp_confirm: takes the app's first code and gives ten recovery codes", async () => {
	const who = await signUp(),
		confirm = (code, token = who.token) => call("POST", "/auth/totp/confirm", { token, json: { code } });

	assert.equal((await confirm("123456")).json.error.code, "no_second_factor");
	const { secret } = (await call("POST", "/auth/totp", { token: who.token, json: { current_password: password } })).json;
	for (const code of ["", "12345", "1234567", 123456, null, undefined]) assert.deepEqual(faults(await confirm(code)), ["/code"]);
	assert.equal((await confirm("123456", "")).status, 401);
	const step = Math.floor(Date.now() / 30_000);
	for (const far of [-3, 3]) assert.deepEqual(faults(await confirm(await oathtool(secret, step + far))), ["/code"]);
	const made = await confirm(await oathtool(secret, step));
	assert.equal(made.json.recovery_codes.length, 10);
	for (const code of made.json.recovery_codes) assert.match(code, /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
	assert.equal(new Set(made.json.recovery_codes).size, 10);
	const now = await state(who);
	assert.deepEqual([now.enabled, now.recovery_codes, now.proved_until], [true, 10, null]);
	assert.equal((await confirm(await oathtool(secret, step + 1))).json.error.code, "no_second_factor", "there is nothing left to confirm");
	assert.equal((await call("POST", "/auth/totp", { token: who.token, json: { current_password: password } })).json.error.code, "second_factor_on");
});

// --- signing in ----------------------------------------------------------------------------------------------------------------------

test("account_login: asks for the code only after the right password, and takes what oathtool says", async () => {
	assert.equal((await login(ada)).json.error.code, "second_factor_required");
	assert.equal((await login(ada)).status, 401);
	const code = await app.code(),
		signed = await login(ada, { code });
	assert.equal(signed.status, 200);
	assert.equal((await call("GET", "/me", { token: signed.json.access_token })).json.user.email, ada.email);
	const again = await login(ada, { code });
	assert.deepEqual([again.status, again.json.error.code], [401, "invalid_code"], "a code is good once");
	for (const bad of ["000000", "abcdef", await oathtool("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", app.now())])
		assert.equal((await login(ada, { code: bad })).json.error.code, "invalid_code");
	await settle(ada);
	assert.deepEqual(faults(await login(ada, { code: "12345" })), ["/code"]);
	assert.equal((await login(bob, { code: "123456" })).status, 200, "who has none is not asked");
});

test("account_login: takes a code of the step before and after, never one older than the last", async () => {
	for (const off of [-1, 1]) {
		await psql("update app.second_factor set last_step = 0 where principal_id = $1", ada.id);
		const step = app.now() + off;

		assert.equal((await login(ada, { code: await oathtool(app.secret, step) })).status, 200, String(off));
	}
	assert.equal((await login(ada, { code: await oathtool(app.secret, app.now()) })).json.error.code, "invalid_code");
	await settle(ada);
});

test("account_login: of many with one code at once exactly one succeeds", async () => {
	const code = await app.code(),
		all = await many(12, 12, () => login(ada, { code }));

	assert.equal(all.filter((r) => r.status === 200).length, 1);
	assert.ok(all.every((r) => [200, 401, 429, 503].includes(r.status)));
	await settle(ada);
});

test("account_login: a recovery code signs in once, however it is typed", async () => {
	const [first, second] = app.recovery;

	assert.equal((await login(ada, { recovery_code: first })).status, 200);
	assert.equal((await login(ada, { recovery_code: first })).json.error.code, "invalid_code");
	assert.equal((await login(ada, { recovery_code: second.toUpperCase().replaceAll("-", " ") })).status, 200);
	assert.equal((await login(ada, { recovery_code: "aaaa-bbbb-cccc-dddd" })).json.error.code, "invalid_code");
	assert.equal((await state(ada)).recovery_codes, 8);
	await settle(ada);
	const rows = await psql("select hash from app.recovery_code where principal_id = $1", ada.id);
	assert.ok(rows.every(([hash]) => /^[0-9a-f]{64}$/.test(hash)));
});

test("account_login: ten wrong codes in a quarter of an hour are all there are, however many come at once", async () => {
	const who = await signUp(),
		own = await enrol(who);
	const all = await many(40, 20, (i) => login(who, { code: String(100000 + i) }));
	const codes = Object.groupBy(all, (r) => r.json.error.code);

	assert.equal(codes.invalid_code.length, 10);
	assert.equal(codes.invalid_code.length + codes.too_many_codes.length + (codes.busy?.length ?? 0), 40);
	assert.equal(codes.too_many_codes[0].headers["retry-after"], "900");
	assert.equal((await login(who, { code: await own.code() })).status, 429, "not even the right one");
	assert.equal((await login(who, { recovery_code: own.recovery[0] })).status, 429);
	assert.equal((await stepUp(who, { code: await own.code() })).status, 429, "on no surface");
	assert.equal((await login(who, {}, "not the password")).json.error.code, "invalid_credentials", "who does not know the password hears nothing of it");
	await psql("update app.second_factor set wrong_since = wrong_since - interval '15 minutes' where principal_id = $1", who.id);
	assert.equal((await login(who, { code: await own.code() })).status, 200);
	const [[count]] = await psql("select count(*) from app.audit_event where event_type = 'factor.refused' and actor_id = $1", who.id);
	assert.equal(count, "10");
});

test("account_login: before the password is right nobody can tell who has a second factor", async () => {
	const ask = (who, more) =>
		call("POST", "/auth/login", { json: { email: who.email, password: "not the password", ...more }, headers: { "x-request-id": "same" } });

	for (const more of [{}, { code: "123456" }, { recovery_code: app.recovery[5] }, { code: await app.code() }]) {
		const none = await ask({ email: "nobody@example.org" }, more);

		assert.equal(none.status, 401);
		assertSame(await ask(ada, more), none);
		assertSame(await ask(bob, more), none);
	}
	assert.equal(await wrongOf(ada), 0, "and no try is counted");
	assert.equal((await state(ada)).recovery_codes, 8);
});

test("link_redeem: asks for the code too, and stays good until it comes", { skip: !process.env.STATE_DIR }, async () => {
	const link = async () => /#link=([\w-]{43})$/m.exec(await ops("admin-link"))[1],
		redeem = (token, more = {}) => call("POST", "/auth/link", { json: { token, ...more } });
	const { json } = await redeem(await link()),
		admin = { token: json.access_token, id: json.user.id };

	await psql("delete from app.second_factor where principal_id = $1", admin.id);
	await psql("update app.account set password_hash = null where principal_id = $1", admin.id);
	const own = await enrol(admin),
		token = await link();
	assert.equal((await redeem(token)).json.error.code, "second_factor_required");
	assert.equal((await redeem(token, { code: "000000" })).json.error.code, "invalid_code");
	assertSame(await redeem("x", { code: "000000" }), await redeem("y"));
	assert.equal((await redeem(token, { code: await own.code() })).status, 200);
	assert.equal((await redeem(token, { code: await own.code() })).json.error.code, "invalid_token");
	await psql("delete from app.second_factor where principal_id = $1", admin.id);
});

// --- showing it again, new recovery codes, and doing without -------------------------------------------------------------------------

test("session_step_up: a code proves this session for ten minutes, and no other", async () => {
	const other = (await login(ada, { code: await app.code() })).json.access_token;

	for (const json of [{}, { code: "12345" }, { recovery_code: "short" }, { code: null }])
		assert.ok(["/code", "/recovery_code"].includes(faults(await stepUp(ada, json))[0]));
	assert.deepEqual(faults(await stepUp(ada, { code: "000000" })), ["/code"]);
	assert.deepEqual(faults(await stepUp(ada, { recovery_code: "aaaa-bbbb-cccc-dddd" })), ["/recovery_code"]);
	const proved = await stepUp(ada, { code: await app.code() }),
		left = Date.parse(proved.json.proved_until) - Date.now();
	assert.ok(left > 590_000 && left <= 601_000, String(left));
	assert.equal((await state(ada)).proved_until, proved.json.proved_until);
	assert.equal((await state({ token: other })).proved_until, null);
	assert.equal((await stepUp({ token: other }, { recovery_code: app.recovery[2] })).status, 200);
	assert.equal((await stepUp(bob, { code: "123456" })).json.error.code, "no_second_factor");
	assert.equal((await call("POST", "/auth/step-up", { json: { code: "123456" } })).status, 401);
	const [key] = (process.env.API_TOKENS ?? "").split(",");
	if (key) assert.equal((await call("POST", "/auth/step-up", { key, json: { code: "123456" } })).status, 403);
	await settle(ada);
});

test("totp_recovery: gives ten new codes in place of all others", async () => {
	const who = await signUp(),
		renew = (token = who.token) => call("POST", "/auth/totp/recovery", { token });

	assert.equal((await renew()).json.error.code, "no_second_factor");
	const own = await enrol(who);
	assert.equal((await renew()).json.error.code, "step_up_required");
	assert.equal((await stepUp(who, { code: await own.code() })).status, 200);
	const made = await renew();
	assert.equal(made.json.recovery_codes.length, 10);
	assert.equal((await login(who, { recovery_code: own.recovery[0] })).json.error.code, "invalid_code");
	assert.equal((await login(who, { recovery_code: made.json.recovery_codes[9] })).status, 200);
	assert.equal((await renew("")).status, 401);
	assert.deepEqual(faults(await call("POST", "/auth/totp/recovery?all=1", { token: who.token })), ["/all"]);
});

test("totp_remove: needs the factor itself; afterwards the password is enough", async () => {
	const who = await signUp(),
		remove = (json, token = who.token) => call("POST", "/auth/totp/remove", { token, json });

	assert.equal((await remove({ code: "123456" })).json.error.code, "no_second_factor");
	const own = await enrol(who);
	assert.deepEqual(faults(await remove({})), ["/code"]);
	assert.deepEqual(faults(await remove({ code: "000000" })), ["/code"]);
	assert.equal((await remove({ code: "123456" }, "")).status, 401);
	assert.equal((await remove({ recovery_code: own.recovery[3] })).status, 204);
	assert.equal((await login(who)).status, 200);
	assert.equal((await state(who)).enabled, false);
	const again = await enrol(who);
	assert.equal((await remove({ code: await again.code() })).status, 204);
	const trail = await psql("select event_type from app.audit_event where actor_id = $1 and event_type like 'factor.%'", who.id);
	const round = ["factor.begun", "factor.added", "factor.removed"];
	assert.deepEqual(trail.flat().sort(), [...round, ...round, "factor.refused", "factor.recovery_used"].sort());
	const [[payloads]] = await psql("select string_agg(payload::text, '') from app.audit_event where actor_id = $1", who.id);
	assert.ok(!payloads.includes(own.recovery[3]) && !payloads.includes(own.secret));
});

test("totp_get: is for whoever asks, and nobody else", async () => {
	assert.equal((await call("GET", "/auth/totp")).status, 401);
	assert.deepEqual(faults(await call("GET", "/auth/totp?of=ada", { token: bob.token })), ["/of"]);
	assert.equal((await state(bob)).enabled, false);
});

// --- what asks for it again ----------------------------------------------------------------------------------------------------------

const changes = [
	["POST", "/auth/keys", { json: { name: "by a thief" } }],
	["POST", `/auth/keys/${bob.id}/rotate`, {}],
	["DELETE", `/auth/keys/${bob.id}`, {}],
	["DELETE", `/auth/sessions/${bob.session}`, {}],
	["POST", "/auth/password", { json: { current_password: password, new_password: "a thief's own horse" } }],
	["POST", "/auth/delete", { json: { password } }],
	["POST", "/auth/totp/recovery", {}],
];
const adminChanges = [
	["PATCH", `/api/v1/admin/users/${bob.id}`, { json: { role: "pro" } }],
	["POST", "/api/v1/admin/invites", { json: {} }],
	["DELETE", `/api/v1/admin/invites/${bob.id}`, {}],
	["PUT", "/api/v1/admin/kill-switch", { json: { on: true } }],
];
const codeOf = async (as, list) => {
	const codes = [];

	for (const [method, path, more] of list) codes.push((await call(method, path, { ...as, ...more })).json?.error.code);
	return [...new Set(codes)];
};

test("step-up: changes of keys, sessions, password and factor want it shown again; the rest does not", async () => {
	const who = await signUp(),
		own = await enrol(who);
	const token = (await login(who, { code: await own.code() })).json.access_token;

	assert.deepEqual(await codeOf({ token }, changes), ["step_up_required"], "signing in with a code is not enough");
	for (const path of ["/me", "/auth/keys", "/auth/sessions", "/auth/totp", "/profile", "/quests"])
		assert.equal((await call("GET", path, { token })).status, 200, path);
	assert.equal((await call("POST", "/quests", { token, json: { title: "x" } })).status, 201);
	assert.equal((await call("PATCH", "/profile", { token, json: { theme: "dark" } })).status, 200);
	const [[sessions]] = await psql("select count(*) from app.session where principal_id = $1 and revoked_at is null", who.id);
	assert.equal(sessions, "2", "nothing was done");

	assert.equal((await stepUp({ token }, { code: await own.code() })).status, 200);
	assert.equal((await call("POST", "/auth/keys", { token, json: { name: "mine" } })).status, 201);
	assert.deepEqual(await codeOf({ token: who.token }, changes), ["step_up_required"], "it proves one session");
	await psql("update app.session set proved_at = proved_at - interval '10 minutes' where principal_id = $1", who.id);
	assert.deepEqual(await codeOf({ token }, changes), ["step_up_required"], "for ten minutes");
});

test("step-up: a key of somebody with a second factor shows none; others and services are not asked", async () => {
	const who = await signUp(),
		{ key } = (await call("POST", "/auth/keys", { token: who.token, json: { name: "mine" } })).json,
		[service] = (process.env.API_TOKENS ?? "").split(",");

	assert.equal((await call("POST", "/auth/keys", { key, json: { name: "another" } })).status, 201);
	const own = await enrol(who);
	assert.deepEqual(await codeOf({ key }, changes), ["step_up_required"]);
	assert.deepEqual(await codeOf({ token: key }, changes.slice(0, 1)), ["step_up_required"], "as bearer neither");
	assert.equal((await stepUp(who, { code: await own.code() })).status, 200);
	assert.deepEqual(await codeOf({ key }, changes), ["step_up_required"], "whatever his sessions have shown");
	assert.equal((await call("GET", "/quests", { key })).status, 200);
	if (service) assert.equal((await call("POST", "/auth/keys", { key: service, json: { name: "for a machine" } })).status, 201);
});

test("step-up: an admin's changes want it, an admin's reading does not", async () => {
	const admin = await signUp("admin"),
		own = await enrol(admin);

	assert.deepEqual(await codeOf({ token: admin.token }, adminChanges), ["step_up_required"]);
	for (const path of ["users", "invites", "kill-switch"])
		assert.equal((await call("GET", `/api/v1/admin/${path}`, { token: admin.token })).status, 200);
	assert.equal((await stepUp(admin, { code: await own.code() })).status, 200);
	const raised = await call("PATCH", `/api/v1/admin/users/${bob.id}`, { token: admin.token, json: { role: "beginner" } });
	assert.equal(raised.status, 200);
	assert.equal((await call("DELETE", `/api/v1/admin/users/${bob.id}`, { token: admin.token })).status, 405);
});

test("step-up: a dead session hears that it is dead, and a wrong role that it is wrong", async () => {
	const who = await signUp();

	await enrol(who);
	assert.deepEqual(await codeOf({ token: who.token }, adminChanges), ["forbidden"]);
	await call("POST", "/auth/logout", { token: who.token });
	assert.deepEqual(await codeOf({ token: who.token }, changes), ["invalid_token"]);
});

test("REQUIRE_SECOND_FACTOR: shuts admin routes to admins without one", { skip: !process.env.STATE_DIR }, () =>
	withSettings({ REQUIRE_SECOND_FACTOR: "1" }, async () => {
		const admin = await signUp("admin"),
			beginner = await signUp(),
			{ key } = (await call("POST", "/auth/keys", { token: admin.token, json: { name: "mine" } })).json;
		const users = (as) => call("GET", "/api/v1/admin/users", as);

		for (const as of [{ token: admin.token }, { key }]) {
			assert.equal((await users(as)).json.error.code, "second_factor_missing");
			assert.deepEqual(await codeOf(as, adminChanges), ["second_factor_missing"]);
			assert.equal((await call("GET", "/quests", as)).status, 200);
		}
		assert.equal((await users({ token: beginner.token })).json.error.code, "forbidden");
		await enrol(admin);
		assert.equal((await users({ token: admin.token })).status, 200);
		assert.deepEqual(await codeOf({ token: admin.token }, adminChanges), ["step_up_required"]);
	}));

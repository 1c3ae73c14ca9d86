// Accounts: signing up, signing in, who one is, and service keys.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, claims, faults, many, password, signUp, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const fresh = () => `u-${randomBytes(6).toString("hex")}@example.org`;
const signup = (email, secret = password) => call("POST", "/auth/signup", { json: { email, password: secret } });
const login = (email, secret = password) => call("POST", "/auth/login", { json: { email, password: secret } });
const me = (token) => call("GET", "/me", { token });
const someone = await signUp();
const beginner = "quest:read quest:write account:read account:write account:secure audit:read namespace:read namespace:write agent:read agent:kill";

// --- signing up ----------------------------------------------------------------------------------------------------------------------

test("account_signup: opens an account and signs in", async () => {
	const email = fresh(),
		made = await signup(email),
		now = Date.now() / 1000;

	assert.equal(made.status, 201);
	assert.deepEqual([made.json.token_type, made.json.expires_in, made.json.scope], ["Bearer", 600, beginner]);
	const { iat, exp, sub, sid, ...rest } = claims(made.json.access_token);
	assert.deepEqual(rest, { iss: "life-agent", aud: "life-agent", use: "access", role: "beginner" });
	assert.ok(Math.abs(iat - now) < 5 && exp - iat === 600);
	assert.match(`${sub} ${sid}`, /^[0-9a-f-]{36} [0-9a-f-]{36}$/);
	const { user, permissions } = (await me(made.json.access_token)).json;
	assert.deepEqual([user.id, user.email, user.role, user.kind], [sub, email, "beginner", "person"]);
	assert.deepEqual(permissions, beginner.split(" "));
});

test("account_signup: keeps the password as an argon2id hash only", async () => {
	const [[hash]] = await psql("select password_hash from app.account where email = $1", someone.email);

	assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test("account_signup: upper and lower case are one address, blanks around it are dropped", async () => {
	const email = fresh(),
		made = await signup(`  ${email.toUpperCase()} `);

	assert.equal((await me(made.json.access_token)).json.user.email, email);
	for (const same of [email, email.toUpperCase(), email.replace("u", "U")]) {
		const again = await signup(same);

		assert.equal(again.status, 409);
		assert.equal(again.json.error.code, "email_exists");
		assert.equal((await login(same)).status, 200);
	}
});

test("account_signup: of many for one address at once exactly one succeeds", async () => {
	const email = fresh(),
		all = await many(8, 8, () => signup(email));

	assert.deepEqual(
		all
			.map((r) => r.status)
			.filter((s) => s !== 503)
			.sort(),
		[201, ...Array(all.filter((r) => r.status === 409).length).fill(409)],
	);
	assert.equal((await psql("select count(*) from app.account where email = $1", email))[0][0], "1");
});

test("account_signup: refuses addresses that are none", async () => {
	for (const email of [
		"",
		"a",
		"@",
		"a@",
		"@b",
		"a@b@c",
		"a b@c.de",
		"a@.de",
		"a@de.",
		"a\n@b.de",
		`${"x".repeat(65)}@b.de`,
		`a@${"x".repeat(260)}`,
		1,
		null,
		[],
		{},
		true,
	])
		assert.deepEqual(faults(await signup(email)), ["/email"], JSON.stringify(email));
});

test("account_signup: takes passwords of 12 to 256 bytes as they are", async () => {
	for (const secret of [
		"canary horse",
		`canary horse ${"0123456789abcdef".repeat(15)}xyz`,
		"пароль",
		"😀👍🎈",
		" canary  horse ",
		"canary horse\t\"\\'",
	]) {
		const email = fresh();

		assert.equal((await signup(email, secret)).status, 201, secret);
		assert.equal((await login(email, secret)).status, 200);
		for (const near of [
			secret.trim() === secret ? `${secret} ` : secret.trim(),
			secret.slice(0, -1) + "X",
			secret.toUpperCase() === secret ? `${secret}x` : secret.toUpperCase(),
		])
			assert.ok([400, 401, 422].includes((await login(email, near)).status), "another password was taken");
	}
});

test("account_signup: refuses passwords that are too short, too long or no text", async () => {
	for (const secret of ["", "12345678901", "😀😀", "x".repeat(257), "😀".repeat(65), null, 123456789012, [], {}]) {
		const r = await signup(fresh(), secret);

		assert.deepEqual(faults(r), ["/password"]);
		assert.ok(!r.text.includes("x".repeat(20)), "the password stands in the answer");
	}
	assert.deepEqual(faults(await call("POST", "/auth/signup", { json: {} })), ["/email", "/password"]);
	assert.deepEqual(faults(await call("POST", "/auth/signup", { json: { email: fresh(), password, role: "admin" } })), ["/role"]);
});

test("account_signup: refuses passwords that a guesser would try first", async () => {
	const email = `ada-${randomBytes(4).toString("hex")}-lovelace@example.org`;

	for (const secret of [
		"aaaaaaaaaaaa",
		"abcabcabcabc",
		"abababababab",
		"123456789012",
		"abcdefghijklm",
		"password1234",
		"Password123!",
		"CorrectHorseBatteryStaple",
		"administrator",
		"qwertyuiop123",
		"            ",
		email,
		email.toUpperCase(),
		`${email.split("@")[0]}1`,
	]) {
		const r = await signup(email, secret);

		assert.equal(r.status, 422, secret);
		assert.deepEqual(faults(r), ["/password"]);
		assert.match(r.json.error.details[0].message, /too easy to guess/);
	}
	assert.equal((await signup(email)).status, 201);
});

test("account_signup: takes no form", async () => {
	assert.equal((await call("POST", "/auth/signup", { form: { email: fresh(), password } })).status, 415);
});

// --- signing in ----------------------------------------------------------------------------------------------------------------------

test("account_login: as JSON and as the form of OAuth 2", async () => {
	const { email } = someone;

	for (const how of [
		{ json: { email, password } },
		{ json: { email: email.toUpperCase(), password } },
		{ json: { username: email, password, grant_type: "password" } },
		{ form: { grant_type: "password", username: email, password } },
		{ form: { grant_type: "password", username: email, password, scope: "", client_id: "x", client_secret: "y" } },
		{ form: { email, password } },
		{ form: { username: email, password }, headers: { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" } },
	]) {
		const r = await call("POST", "/auth/login", how);

		assert.equal(r.status, 200, r.text);
		assert.equal((await me(r.json.access_token)).json.user.id, someone.id);
	}
});

test("account_login: a form with escapes is read as it was meant", async () => {
	const email = fresh(),
		secret = "canary horse &=+%41 é😀";

	await signup(email, secret);
	assert.equal((await call("POST", "/auth/login", { form: { username: email, password: secret } })).status, 200);
	assert.equal(
		(
			await call("POST", "/auth/login", {
				raw: `username=${email}&password=%zz`,
				headers: { "content-type": "application/x-www-form-urlencoded" },
			})
		).status,
		400,
	);
	assert.equal(
		(
			await call("POST", "/auth/login", {
				raw: `username=${email}&password=a&password=b`,
				headers: { "content-type": "application/x-www-form-urlencoded" },
			})
		).status,
		400,
	);
});

test("account_login: nobody's address and a wrong password cannot be told apart", async () => {
	const secrets = ["wrong horse battery", "x", "x".repeat(256)];

	for (const accept of ["application/json", "application/problem+json"])
		for (const secret of secrets) {
			const ask = (email) =>
				call("POST", "/auth/login", { json: { email, password: secret }, headers: { accept, "x-request-id": "same" } });
			const [a, b] = [await ask(someone.email), await ask(fresh())];

			assert.equal(a.status, 401);
			assertSame(a, b);
			assert.equal(a.text, b.text);
		}
});

test("account_login: an account without a password, and one that is disabled, look like nobody's", async () => {
	const who = await signUp(),
		nobody = await login(fresh());

	await psql("update app.account set password_hash = null where email = $1", who.email);
	assertSame(await login(who.email), nobody);
	const other = await signUp();
	await psql("update app.principal set disabled_at = now() where id = $1", other.id);
	assertSame(await login(other.email), nobody);
});

test("account_login: names what is wrong with the request", async () => {
	assert.deepEqual(faults(await call("POST", "/auth/login", { json: { password } })), ["/email"]);
	assert.deepEqual(faults(await call("POST", "/auth/login", { json: { email: someone.email } })), ["/password"]);
	assert.deepEqual(faults(await call("POST", "/auth/login", { json: { email: someone.email, password: "" } })), ["/password"]);
	assert.deepEqual(faults(await call("POST", "/auth/login", { json: { email: someone.email, password, totp: "1" } })), ["/totp"]);
	assert.equal((await call("POST", "/auth/login", { raw: "x", headers: { "content-type": "text/plain" } })).status, 415);
});

test("account_login: another grant type is refused", async () => {
	for (const type of ["client_credentials", "refresh_token", ""])
		assert.ok(
			[400].includes((await call("POST", "/auth/login", { form: { grant_type: type, username: someone.email, password } })).status),
		);
});

// --- keys ----------------------------------------------------------------------------------------------------------------------------

test("me_get: the keys of API_TOKENS work in both headers, as services", { skip: !process.env.API_TOKENS }, async () => {
	const users = new Set();

	for (const key of process.env.API_TOKENS.split(","))
		for (const as of [{ key }, { token: key }]) {
			const { user } = (await call("GET", "/me", as)).json;

			assert.deepEqual([user.kind, user.email, user.role], ["service", null, "pro"]);
			users.add(user.id);
			assert.equal(
				(await call("DELETE", `/quests/${(await call("POST", "/quests", { ...as, json: { title: "by a service" } })).json.id}`, as)).status,
				204,
			);
			assert.equal((await call("GET", "/api/v1/admin/kill-switch", as)).status, 403);
		}
	assert.equal(users.size, 2, "two keys are two services");
});

test("me_get: a key revoked in the database itself is dead on every worker within a second, and stays so", async () => {
	const key = `la_${randomBytes(32).toString("base64url")}`,
		hash = createHash("sha256").update(key).digest("hex");

	await psql("insert into app.api_key (principal_id, name, hash) values ($1, 'short-lived', $2)", someone.id, hash);
	assert.ok((await many(40, 10, () => call("GET", "/me", { key }))).every((r) => r.status === 200));
	await psql("update app.api_key set revoked_at = now() where hash = $1", hash);
	const dead = async () => (await many(40, 10, () => call("GET", "/me", { key }))).every((r) => r.status === 401);
	await until(dead, 1000);
	assert.ok(await dead(), "a revoked key was taken");
});

test("me_get: keys that are none", async () => {
	const [good] = (process.env.API_TOKENS ?? `la_${randomUUID()}`).split(","),
		wanted = await call("GET", "/me", { key: "x", headers: { "x-request-id": "same" } });

	assert.equal(wanted.status, 401);
	for (const key of [
		good.slice(0, -1),
		`${good}x`,
		good.toUpperCase(),
		good.split("").reverse().join(""),
		createHash("sha256").update(good).digest("hex"),
		"x".repeat(512),
		"x".repeat(513),
		"x".repeat(4000),
		"' or '1'='1",
		"%00",
		"\\x00",
	])
		for (const as of [{ key }, { token: key }])
			assertSame(await call("GET", "/me", { ...as, headers: { "x-request-id": "same" } }), wanted);
});

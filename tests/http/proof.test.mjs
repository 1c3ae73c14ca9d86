// What is promised about signing in: one successor of a refresh token, nothing to tell who has an account, and tokens that others' libraries verify.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import test from "node:test";
import * as jose from "jose";
import { enrol } from "./authenticator.mjs";
import { assertSame, base, call, claims, many, password, signUp, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const same = { "x-request-id": "same" };
const refresh = (refresh_token, path = "/auth/refresh") => call("POST", path, { json: { refresh_token } });
const me = (token) => call("GET", "/me", { token });

// --- refresh tokens ------------------------------------------------------------------------------------------------------------------

test("session_refresh: of a thousand on their way at once there is one successor, by body and by cookie", async () => {
	const who = await signUp(),
		byCookie = { cookie: `__Host-refresh=${who.refresh}`, origin: base.origin };
	const all = await many(1000, 1000, (i) =>
		i % 2 ? refresh(who.refresh, i % 4 === 1 ? "/auth/refresh" : "/api/v1/auth/refresh") : call("POST", "/auth/refresh", { json: {}, headers: byCookie }),
	);
	const successors = new Set(
		all
			.filter((r) => r.status === 200)
			.map((r) => r.json.refresh_token ?? r.headers["set-cookie"].map((c) => /^__Host-refresh=([^;]+)/.exec(c)?.[1]).find(Boolean)),
	);

	assert.deepEqual([...new Set(all.map((r) => r.status))].filter((s) => ![200, 503].includes(s)), []);
	assert.ok(all.filter((r) => r.status === 200).length > 500);
	assert.equal(successors.size, 1);
	assert.equal((await psql("select generation from app.session where id = $1", who.session))[0][0], "1");
	assert.equal((await refresh([...successors][0])).status, 200);
});

test("session_refresh: an old one ends the family on every worker of both programs in less than a second", async () => {
	const who = await signUp();
	const chain = [who.refresh];

	for (let i = 0; i < 3; i++) chain.push((await refresh(chain.at(-1))).json.refresh_token);
	const { access_token: token } = (await refresh(chain.at(-1))).json;
	const everywhere = () =>
		many(48, 24, (i) => (i % 2 ? me(token) : call("POST", "/auth/totp/remove", { token, json: { code: "000000" } })));
	assert.ok((await everywhere()).every((r) => r.status !== 401), "every worker knows it");
	const from = Date.now();
	assert.equal((await refresh(chain[0])).status, 401);
	await until(async () => (await everywhere()).every((r) => r.status === 401), 1000);
	assert.ok(Date.now() - from < 1000);
	for (const old of chain) assert.equal((await refresh(old)).status, 401);
});

// --- who has an account --------------------------------------------------------------------------------------------------------------

test("nobody can tell by an answer who has an account, or a second factor", async () => {
	const plain = await signUp(),
		factor = await signUp(),
		linked = await signUp(),
		disabled = await signUp();
	const own = await enrol(factor);
	await psql("update app.account set password_hash = null where principal_id = $1", linked.id);
	await psql("update app.principal set disabled_at = now() where id = $1", disabled.id);
	const nobody = `nobody-${randomBytes(6).toString("hex")}@example.org`,
		emails = [plain.email, factor.email, linked.email, disabled.email, "admin@localhost"];
	const ask = (path, json, more) => call("POST", path, { json, headers: { ...same, ...more } });

	for (const path of ["/auth/login", "/api/v1/auth/login"])
		for (const more of [{}, { code: "123456" }, { recovery_code: own.recovery[0] }, { code: await own.code() }]) {
			const wanted = await ask(path, { email: nobody, password: "not the password", ...more });

			assert.deepEqual([wanted.status, wanted.json.error.code], [401, "invalid_credentials"]);
			for (const email of emails) assertSame(await ask(path, { email, password: "not the password", ...more }), wanted);
		}
	const wanted = await ask("/auth/login", { email: nobody, password });
	for (const email of [linked.email, disabled.email]) assertSame(await ask("/auth/login", { email, password }), wanted);
	const cookie = await ask("/auth/login", { email: nobody, password: "not the password", session: "cookie" }, { origin: base.origin });
	assertSame(await ask("/auth/login", { email: plain.email, password: "not the password", session: "cookie" }, { origin: base.origin }), cookie);
});

test("nobody can tell a token or an invite that ended from one that never was", async () => {
	const who = await signUp(),
		admin = await signUp("admin"),
		invite = async () => (await call("POST", "/api/v1/admin/invites", { token: admin.token, json: {} })).json;
	const ask = (path, json) => call("POST", path, { json, headers: same }),
		old = (await refresh(who.refresh)).json;

	await call("POST", "/auth/logout", { token: old.access_token });
	assertSame(await ask("/auth/refresh", { refresh_token: old.refresh_token }), await ask("/auth/refresh", { refresh_token: randomBytes(52).toString("base64url") }));
	const spent = await invite(),
		late = await invite(),
		join = (token, email = `j-${randomBytes(6).toString("hex")}@example.org`) => ask("/auth/signup", { email, password, invite: token });
	assert.equal((await join(spent.token)).status, 201);
	await psql("update app.invite set expires_at = now() where id = $1", late.info.id);
	const never = await join(randomBytes(32).toString("base64url"));
	assert.deepEqual([never.status, never.json.error.code], [403, "invite_refused"]);
	for (const token of [spent.token, late.token]) assertSame(await join(token), never);
	assertSame(await join("x", who.email), never, "without a good invite nobody learns that an address is taken");
});

// --- others' libraries ---------------------------------------------------------------------------------------------------------------

const [kid, hex] = fs.readFileSync(`${process.env.STATE_DIR}/secrets/jwt.key`, "utf8").trim().split("\n")[0].split(":");
const key = Buffer.from(hex, "hex");
const rules = { issuer: "life-agent", audience: "life-agent", algorithms: ["HS256"], typ: "JWT", requiredClaims: ["sub", "iat", "exp", "role", "use"] };

test("jose verifies the tokens of every way in", async () => {
	const who = await signUp(),
		apiKey = (await call("POST", "/auth/keys", { token: who.token, json: { name: "jose" } })).json.key;
	const tokens = [
		who.token,
		(await call("POST", "/auth/login", { json: { email: who.email, password } })).json.access_token,
		(await refresh(who.refresh)).json.access_token,
		(await call("POST", "/api/v1/auth/login", { json: { api_key: apiKey } })).json.access_token,
	];

	for (const token of tokens) {
		const { payload, protectedHeader } = await jose.jwtVerify(token, key, rules);

		assert.equal(protectedHeader.kid, kid);
		assert.equal(payload.sub, who.id);
		await assert.rejects(jose.jwtVerify(token, randomBytes(32), rules), jose.errors.JWSSignatureVerificationFailed);
		await assert.rejects(jose.jwtVerify(`${token.slice(0, -2)}AA`, key, rules), jose.errors.JOSEError);
	}
});

test("what jose signs with our key is taken, and what breaks a rule of ours is not", async () => {
	const who = await signUp(),
		sign = (change = {}, head = {}, by = key) =>
			new jose.SignJWT({ ...claims(who.token), ...change }).setProtectedHeader({ alg: "HS256", typ: "JWT", kid, ...head }).sign(by);

	assert.equal((await me(await sign())).json.user.id, who.id);
	for (const token of [
		await sign({ use: "refresh" }),
		await sign({ exp: claims(who.token).iat + 100_000 }),
		await sign({ sid: undefined }),
		await sign({ key: "0".repeat(64), scope: "" }),
		await sign({ sid: undefined, key: "0".repeat(64), scope: "" }),
		await sign({}, { kid: "other" }),
		await sign({}, { typ: "at+jwt" }),
		await sign({}, {}, randomBytes(32)),
		await new jose.EncryptJWT(claims(who.token)).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(key),
		new jose.UnsecuredJWT(claims(who.token)).encode(),
	])
		assert.equal((await me(token)).status, 401);
});

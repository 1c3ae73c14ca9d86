// Sessions: staying signed in, signing out, and one-time links.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { assertSame, call, claims, faults, many, newQuest, password, signUp, until } from "./harness.mjs";
import { ops, psql } from "./instance.mjs";

const login = (email, secret = password) => call("POST", "/auth/login", { json: { email, password: secret } });
const refresh = (token) => call("POST", "/auth/refresh", { json: { refresh_token: token } });
const me = (token) => call("GET", "/me", { token });
const alive = async (token) => (await me(token)).status === 200;
const someone = await signUp();

// --- staying signed in ---------------------------------------------------------------------------------------------------------------

test("session_refresh: each token gives the next one, with an access token of the same session", async () => {
	const who = await signUp();
	let { refresh: token } = who;
	const seen = new Set([token]);

	for (let i = 0; i < 5; i++) {
		const r = await refresh(token);

		assert.equal(r.status, 200);
		token = r.json.refresh_token;
		assert.ok(!seen.has(token), "a refresh token came back");
		seen.add(token);
		const { sub, sid } = claims(r.json.access_token);
		assert.deepEqual([sub, sid], [who.id, who.session]);
		assert.ok(await alive(r.json.access_token));
	}
});

test("session_refresh: the token just used gives the same successor for ten seconds", async () => {
	const who = await signUp(),
		first = await refresh(who.refresh);

	for (let i = 0; i < 5; i++) assert.equal((await refresh(who.refresh)).json.refresh_token, first.json.refresh_token);
	assert.equal((await refresh(first.json.refresh_token)).status, 200);
});

for (const [what, older] of [
	["the one before, after ten seconds", 1],
	["one older than that", 2],
	["the very first", 4],
])
	test(`session_refresh: ${what}, was stolen and ends the whole family`, async () => {
		const who = await signUp(),
			chain = [who.refresh];
		let last;

		for (let i = 0; i < Math.max(older, 1); i++) {
			last = await refresh(chain.at(-1));
			chain.push(last.json.refresh_token);
		}
		if (older === 1) await psql("update app.session set rotated_at = rotated_at - interval '10.1 seconds' where id = $1", who.session);
		const stolen = await refresh(chain.at(-1 - older));
		assert.equal(stolen.status, 401);
		assert.equal(stolen.json.error.code, "invalid_token");
		await until(async () => !(await alive(last.json.access_token)), 1000);
		for (const token of chain) assert.equal((await refresh(token)).status, 401);
		assert.ok(!(await alive(who.token)));
		assert.equal((await psql("select revoked_for from app.session where id = $1", who.session))[0][0], "reuse");
		assert.equal((await login(who.email)).status, 200, "the account itself is not closed");
	});

test("session_refresh: a thousand at once of one token give one successor", async () => {
	const who = await signUp();
	const all = await many(1000, 50, () => call("POST", "/auth/refresh", { json: { refresh_token: who.refresh } }));
	const good = all.filter((r) => r.status === 200);

	assert.ok(
		all.every((r) => r.status === 200 || r.status === 503),
		`statuses: ${[...new Set(all.map((r) => r.status))]}`,
	);
	assert.ok(good.length > 900, `only ${good.length} of 1000 were answered`);
	assert.equal(new Set(good.map((r) => r.json.refresh_token)).size, 1);
	assert.equal((await psql("select generation from app.session where id = $1", who.session))[0][0], "1");
});

test("session_refresh: ends after two idle weeks, and after ninety days whatever happens", async () => {
	for (const column of ["expires_at", "ends_at"]) {
		const who = await signUp();

		await psql(`update app.session set ${column} = now() - interval '1 second' where id = $1`, who.session);
		assert.equal((await refresh(who.refresh)).status, 401);
	}
	const [[idle, absolute]] = await psql(
		"select expires_at - created_at, ends_at - created_at from app.session where id = $1",
		someone.session,
	);
	assert.deepEqual([idle.slice(0, 7), absolute.slice(0, 7)], ["14 days", "90 days"]);
});

test("session_refresh: forged tokens are refused with one body and harm nobody", async () => {
	const who = await signUp(),
		raw = Buffer.from(who.refresh, "base64url"),
		forged = [
			"x",
			who.token,
			randomBytes(52).toString("base64url"),
			who.refresh.slice(0, -1),
			`${who.refresh}A`,
			`${who.refresh}=`,
			who.refresh.toLowerCase(),
			` ${who.refresh}`,
		];
	const mend = (change) => {
		const b = Buffer.from(raw);
		change(b);
		return b.toString("base64url");
	};

	for (let bit = 0; bit < raw.length * 8; bit += 13) forged.push(mend((b) => (b[bit >> 3] ^= 1 << (bit & 7))));
	forged.push(
		mend((b) => b.writeUInt32BE(1, 16)),
		mend((b) => b.writeUInt32BE(0xffffffff, 16)),
		mend((b) => b.fill(0, 20)),
		mend((b) => Buffer.from(someone.session.replaceAll("-", ""), "hex").copy(b)),
	);
	const bodies = new Set();

	for (const token of forged.filter((t) => t.length <= 200)) {
		const r = await call("POST", "/auth/refresh", { json: { refresh_token: token }, headers: { "x-request-id": "same" } });

		assert.equal(r.status, 401, token);
		bodies.add(r.text);
	}
	assert.equal(bodies.size, 1);
	assert.equal((await refresh(who.refresh)).status, 200);
	assert.ok(await alive(someone.token));
});

test("session_refresh: names what is wrong with the request", async () => {
	for (const json of [{}, { refresh_token: "" }, { refresh_token: 1 }, { refresh_token: null }, { refresh_token: "x".repeat(201) }])
		assert.deepEqual(faults(await call("POST", "/auth/refresh", { json })), ["/refresh_token"]);
});

test("session_refresh: a changed role is in the next access token, and the old one is dead", async () => {
	const who = await signUp();

	await psql("update app.principal set role = 'advanced' where id = $1", who.id);
	assert.equal((await me(who.token)).status, 401);
	const next = await refresh(who.refresh);
	assert.equal(claims(next.json.access_token).role, "advanced");
	assert.equal((await me(next.json.access_token)).json.user.role, "advanced");
});

test("me_get: every role has the permissions that the scopes give it, a disabled account has none", async () => {
	for (const [role, wanted] of [
		["beginner", 2],
		["advanced", 2],
		["pro", 2],
		["admin", 3],
	]) {
		const who = await signUp(role),
			r = await me(who.token);

		assert.equal(r.json.user.role, role);
		assert.equal(r.json.permissions.length >= wanted && r.json.permissions.includes("system:admin"), role === "admin");
		await psql("update app.principal set disabled_at = now() where id = $1", who.id);
		await until(async () => !(await alive(who.token)), 2000);
		assert.equal((await refresh(who.refresh)).status, 401);
	}
	assert.deepEqual(faults(await call("GET", "/me?fields=email", { token: someone.token })), ["/fields"]);
	assert.equal((await call("GET", "/me")).status, 401);
});

// --- signing out ---------------------------------------------------------------------------------------------------------------------

test("session_logout: ends the session on every surface in less than two seconds, and no other one", async () => {
	const who = await signUp(),
		other = (await login(who.email)).json;

	await many(20, 10, () => me(who.token)); // every worker has seen it
	const out = await call("POST", "/auth/logout", { token: who.token });
	assert.deepEqual([out.status, out.json], [200, { status: "logged_out" }]);
	const from = Date.now();
	await until(async () => (await many(20, 10, () => me(who.token))).every((r) => r.status === 401), 2000);
	assert.ok(Date.now() - from < 2000);
	assert.equal((await refresh(who.refresh)).status, 401);
	assert.equal((await call("POST", "/auth/logout", { token: who.token })).status, 401);
	assert.equal((await call("POST", "/quests", { token: who.token, json: { title: "x" } })).status, 401);
	assert.ok(await alive(other.access_token));
	assert.equal((await refresh(other.refresh_token)).status, 200);
});

test("session_logout: refuses nobody, a body, and a query", async () => {
	assert.equal((await call("POST", "/auth/logout")).status, 401);
	assert.equal((await call("POST", "/auth/logout", { token: someone.token, json: {} })).status, 413);
	assert.deepEqual(faults(await call("POST", "/auth/logout?all=1", { token: someone.token })), ["/all"]);
	assert.ok(await alive(someone.token));
});

// --- links ---------------------------------------------------------------------------------------------------------------------------

const redeem = (token) => call("POST", "/auth/link", { json: { token } });
const linkToken = async () => /#link=([\w-]{43})$/m.exec(await ops("admin-link"))[1];

test("link_redeem: the admin's link signs in once", { skip: !process.env.STATE_DIR }, async () => {
	const token = await linkToken(),
		first = await redeem(token);

	assert.equal(first.status, 200);
	assert.ok(first.json.scope.split(" ").includes("system:admin"));
	assert.equal((await me(first.json.access_token)).json.user.email, process.env.ADMIN_EMAIL);
	assert.equal((await redeem(token)).status, 401);
	assert.ok(await alive(first.json.access_token));
});

test("link_redeem: of many at once exactly one succeeds", { skip: !process.env.STATE_DIR }, async () => {
	const token = await linkToken(),
		all = await many(20, 20, () => redeem(token));

	assert.equal(all.filter((r) => r.status === 200).length, 1);
	assert.ok(all.every((r) => [200, 401, 503].includes(r.status)));
});

test("link_redeem: refuses an expired link and invented ones with one body", { skip: !process.env.STATE_DIR }, async () => {
	const token = await linkToken(),
		invented = await redeem(randomBytes(32).toString("base64url"));

	await psql("update app.login_link set expires_at = now() - interval '1 second' where used_at is null");
	assert.equal(invented.status, 401);
	assertSame(await redeem(token), invented);
	assertSame(await redeem("x"), invented);
	for (const json of [{}, { token: "" }, { token: 1 }, { token: "x".repeat(201) }])
		assert.deepEqual(faults(await call("POST", "/auth/link", { json })), ["/token"]);
});

test("session_logout, session_refresh: what one has made stays when he signs out", async () => {
	const who = await signUp(),
		{ id } = await newQuest(who.token);

	await call("POST", "/auth/logout", { token: who.token });
	assert.equal((await call("GET", `/quests/${id}`, { token: (await login(who.email)).json.access_token })).status, 200);
});

// Sessions of browsers: two cookies that no script can read, and who may use them.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { assertSame, base, call, call2, claims, faults, newQuest, password, signUp, until } from "./harness.mjs";
import { capture, ops, psql } from "./instance.mjs";

const own = { origin: base.origin };
const json = { session: "cookie" };
const NAMES = ["__Host-access", "__Host-refresh"];
const fresh = () => `cookie-${randomBytes(6).toString("hex")}@example.org`;
const login = (who, headers = own) => call("POST", "/auth/login", { json: { ...json, email: who.email, password }, headers });

/** What a browser keeps of an answer: { name: { value, attributes } }. */
function jar(reply) {
	return Object.fromEntries(
		(reply.headers["set-cookie"] ?? []).map((line) => {
			const [pair, ...attributes] = line.split("; ");

			return [pair.slice(0, pair.indexOf("=")), { value: pair.slice(pair.indexOf("=") + 1), attributes }];
		}),
	);
}

/** What it sends back. */
const sent = (kept, headers = own) => ({
	cookie: Object.entries(kept)
		.map(([name, { value }]) => `${name}=${value}`)
		.join("; "),
	...headers,
});
const as = (kept, method, path, more = {}, headers = own) => call(method, path, { ...more, headers: sent(kept, headers) });

/** Somebody signed in by cookie: { email, id, jar }. */
async function browser() {
	const email = fresh(),
		made = await call("POST", "/auth/signup", { json: { ...json, email, password }, headers: own });

	assert.equal(made.status, 201, made.text);
	return { email, id: made.json.user.id, jar: jar(made), made };
}

const someone = await browser();

test("cookie: signing up and in sets both, and the answer holds no token", async () => {
	for (const reply of [someone.made, await login(someone)]) {
		assert.deepEqual(Object.keys(reply.json).sort(), ["expires_in", "scope", "user"]);
		assert.deepEqual(reply.json.user, { id: someone.id, email: someone.email, role: "beginner" });
		const kept = jar(reply);

		assert.deepEqual(Object.keys(kept), NAMES);
		assert.deepEqual(kept["__Host-access"].attributes, ["Path=/", "Max-Age=600", "Secure", "HttpOnly", "SameSite=Strict"]);
		assert.deepEqual(kept["__Host-refresh"].attributes, ["Path=/", "Max-Age=1209600", "Secure", "HttpOnly", "SameSite=Strict"]);
		assert.equal(claims(kept["__Host-access"].value).sub, someone.id);
		for (const { value } of Object.values(kept)) assert.ok(value.length > 40 && !reply.text.includes(value));
	}
});

test("cookie: reads and changes as the one it stands for, over HTTP/2 in pieces too", async () => {
	const { id } = await newQuest((await signUp()).token);

	assert.equal((await as(someone.jar, "GET", "/me")).json.user.email, someone.email);
	assert.equal((await as(someone.jar, "POST", "/quests", { json: { title: "By cookie" } })).status, 201);
	assert.equal((await as(someone.jar, "DELETE", `/quests/${id}`)).status, 404);
	assert.equal((await as(someone.jar, "GET", "/me", {}, {})).status, 200, "reading needs no origin");
	assert.equal((await as({ ...someone.jar, theme: { value: "dark" } }, "GET", "/me")).status, 200);
	const pieces = ["theme=dark", ...sent(someone.jar).cookie.split("; ")];
	assert.equal((await call2("POST", "/quests", { json: { title: "In pieces" }, headers: { ...own, cookie: pieces } })).status, 201);
});

test("cookie: what changes something must come from our own page", async () => {
	const title = { json: { title: "Forged" } },
		alien = [
			{},
			{ origin: "https://evil.example" },
			{ origin: "null" },
			{ origin: "https://app.example" }, // may read by CORS, and has no business with cookies
			{ origin: base.origin.replace("https:", "http:") },
			{ origin: `${base.origin}.evil.example` },
			{ origin: base.origin.replace(/:\d+$/, "") },
			{ origin: base.origin.toUpperCase() },
			{ origin: `${base.origin}/` },
			{ "sec-fetch-site": "cross-site" },
			{ "sec-fetch-site": "same-site" },
			{ "sec-fetch-site": "none" },
			{ origin: "https://evil.example", "sec-fetch-site": "same-origin" },
			{ referer: `${base.origin}/ui/` },
			{ "x-forwarded-host": "evil.example", origin: "https://evil.example" },
		];
	const count = async () => (await psql("select count(*) from app.quest where owner_id = $1", someone.id))[0][0],
		before = await count();

	for (const headers of alien) {
		const refused = await as(someone.jar, "POST", "/quests", title, headers);

		assert.equal(refused.status, 403, JSON.stringify(headers));
		assert.equal(refused.json.error.code, "cross_origin");
		for (const [method, path, more] of [
			["PATCH", "/profile", { json: { theme: "dark" } }],
			["DELETE", `/quests/${someone.id}`, {}],
			["POST", "/auth/logout", {}],
			["POST", "/auth/refresh", { json: {} }],
			["POST", "/auth/delete", { json: { password } }],
		])
			assert.equal((await as(someone.jar, method, path, more, headers)).json.error.code, "cross_origin", `${method} ${path}`);
		assert.equal((await login(someone, headers)).json.error.code, "cross_origin", "signing in by cookie");
	}
	assert.equal(await count(), before);
	for (const headers of [own, { origin: process.env.PUBLIC_URL ?? base.origin }, { "sec-fetch-site": "same-origin" }])
		assert.equal((await as(someone.jar, "POST", "/quests", title, headers)).status, 201, JSON.stringify(headers));
});

test("cookie: a form of another site signs nobody in", async () => {
	const form = { username: someone.email, password, session: "cookie" };

	for (const headers of [{}, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
		const r = await call("POST", "/auth/login", { form, headers });

		assert.equal(r.status, 403);
		assert.deepEqual(jar(r), {});
	}
	assert.deepEqual(Object.keys(jar(await call("POST", "/auth/login", { form, headers: own }))), NAMES);
});

test("cookie: refreshing by cookie renews both, and a cookie that is refused is taken away", async () => {
	const who = await browser(),
		next = await as(who.jar, "POST", "/auth/refresh", { json: {} });

	assert.equal(next.status, 200);
	assert.deepEqual(Object.keys(next.json).sort(), ["expires_in", "scope", "user"]);
	assert.deepEqual(Object.keys(jar(next)), NAMES);
	assert.notEqual(jar(next)["__Host-refresh"].value, who.jar["__Host-refresh"].value);
	assert.equal((await as(jar(next), "GET", "/me")).status, 200);
	const twice = await as(who.jar, "POST", "/auth/refresh", { json: {} });
	assert.equal(jar(twice)["__Host-refresh"].value, jar(next)["__Host-refresh"].value, "two pages at once get one successor");
	await psql("update app.session set revoked_at = now() where principal_id = $1", who.id);
	for (const bad of [jar(next), { "__Host-refresh": { value: "x" } }]) {
		const dead = await as(bad, "POST", "/auth/refresh", { json: {} });

		assert.equal(dead.status, 401);
		for (const name of NAMES) {
			assert.equal(jar(dead)[name].value, "");
			assert.ok(jar(dead)[name].attributes.includes("Max-Age=0"));
		}
	}
	assert.deepEqual(faults(await call("POST", "/auth/refresh", { json: {}, headers: own })), ["/refresh_token"]);
	assert.deepEqual(jar(await call("POST", "/auth/refresh", { json: { refresh_token: "x" }, headers: sent(who.jar) })), {});
});

test("cookie: signing out and changing the password clear and renew them", async () => {
	const who = await browser(),
		next = "another canary horse";
	const changed = await as(who.jar, "POST", "/auth/password", { json: { current_password: password, new_password: next } });

	assert.equal(changed.status, 200);
	assert.ok(!changed.json.access_token && !changed.json.refresh_token);
	assert.equal((await as(who.jar, "GET", "/me")).status, 401);
	assert.equal((await as(jar(changed), "GET", "/me")).status, 200);
	const out = await as(jar(changed), "POST", "/auth/logout");
	assert.deepEqual(out.json, { status: "logged_out" });
	for (const name of NAMES) assert.deepEqual([jar(out)[name].value, jar(out)[name].attributes[1]], ["", "Max-Age=0"]);
	await until(async () => (await as(jar(changed), "GET", "/me")).status === 401, 2000);
	assert.equal((await as(jar(changed), "POST", "/auth/refresh", { json: {} })).status, 401);
	const gone = await browser(),
		deleted = await as(gone.jar, "POST", "/auth/delete", { json: { password } });
	assert.equal(deleted.status, 204);
	assert.equal(jar(deleted)["__Host-access"].value, "");
});

test("cookie: one that stands twice counts as none, one that is forged is refused", async () => {
	const { value } = someone.jar["__Host-access"];

	for (const cookie of [`__Host-access=${value}; __Host-access=${value}`, `__Host-access=x; __Host-access=${value}`, `access=${value}`, "__Host-access"])
		assert.equal((await call("GET", "/me", { headers: { cookie } })).json.error.code, "unauthenticated", cookie.slice(0, 40));
	for (const cookie of ["__Host-access=", "__Host-access=x", `__Host-access=${value}x`, `__Host-access=${someone.jar["__Host-refresh"].value}`])
		assert.equal((await call("GET", "/me", { headers: { cookie } })).json.error.code, "invalid_token", cookie.slice(0, 40));
	assert.equal((await call("GET", "/me", { headers: { cookie: [`__Host-access=${value}`, "a=b"] } })).status, 200, "node joins them");
	for (const header of ["sec-fetch-site", "origin"])
		assert.equal((await as(someone.jar, "POST", "/quests", { json: { title: "x" } }, { [header]: ["same-origin", "same-origin"] })).status, 400);
});

test("cookie: a header that names somebody wins, and needs no origin", async () => {
	const other = await signUp(),
		[key] = (process.env.API_TOKENS ?? "").split(",");
	const both = await call("GET", "/me", { token: other.token, headers: sent(someone.jar) });

	assert.equal(both.json.user.id, other.id);
	assert.equal((await call("POST", "/quests", { token: other.token, json: { title: "x" }, headers: sent(someone.jar, {}) })).status, 201);
	assert.equal((await call("GET", "/me", { token: "x.y.z", headers: sent(someone.jar) })).status, 401);
	if (key) assert.equal((await call("GET", "/me", { key, headers: sent(someone.jar) })).json.user.kind, "service");
	const out = await call("POST", "/auth/logout", { token: other.token, headers: sent(someone.jar) });
	assert.deepEqual(jar(out), {}, "another's sign-out leaves the cookies");
	assert.equal((await as(someone.jar, "GET", "/me")).status, 200);
});

test("cookie: signing in never takes over a session that was there before", async () => {
	const planted = await browser(),
		victim = await browser();
	const r = await call("POST", "/auth/login", { json: { ...json, email: victim.email, password }, headers: sent(planted.jar) });
	const [before, after] = [planted.jar, jar(r)].map((j) => claims(j["__Host-access"].value));

	assert.notEqual(after.sid, before.sid);
	assert.equal((await as(planted.jar, "GET", "/me")).json.user.email, planted.email, "who planted it is still only himself");
	for (const session of ["session", "", "COOKIE", 1, null])
		assert.deepEqual(faults(await call("POST", "/auth/login", { json: { email: victim.email, password, session }, headers: own })), ["/session"]);
});

test("cookie: says Secure on plain HTTP too, where a browser then keeps none", { skip: !process.env.HTTP_PORT }, async () => {
	const body = JSON.stringify({ ...json, email: someone.email, password }),
		url = `http://localhost:${process.env.HTTP_PORT}`;
	const words = ["curl", "-s", "-i", "-H", "content-type: application/json", "-H", `origin: ${url}`, "-d", "@-", `${url}/auth/login`];
	const lines = (await capture(words, body)).split("\r\n").filter((l) => /^set-cookie:/i.test(l));

	assert.equal(lines.length, 2);
	for (const line of lines) assert.match(line, /__Host-\w+=.*; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Strict$/);
});

test("cookie: a one-time link can end in cookies", { skip: !process.env.STATE_DIR }, async () => {
	const token = /#link=([\w-]{43})$/m.exec(await ops("admin-link"))[1];

	assert.equal((await call("POST", "/auth/link", { json: { ...json, token } })).json.error.code, "cross_origin", "and a refused page leaves the link");
	const r = await call("POST", "/auth/link", { json: { ...json, token }, headers: own });
	assert.equal((await as(jar(r), "GET", "/me")).json.user.email, process.env.ADMIN_EMAIL);
});

test("cookie: other sites cannot read what it shows", async () => {
	const r = await as(someone.jar, "GET", "/me", {}, { origin: "https://app.example" });

	assert.equal(r.headers["access-control-allow-credentials"], undefined);
	assertSame(await as(someone.jar, "GET", "/nowhere"), await call("GET", "/nowhere"));
});

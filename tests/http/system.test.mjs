// The installation itself, and what every answer has in common: health, numbers, the kill switch, request ids, CORS, errors of every kind.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { assertSchema, operations } from "./contract.mjs";
import { assertSame, call, call2, faults, many, newQuest, password, signUp, until } from "./harness.mjs";
import { capture } from "./instance.mjs";

const person = await signUp(),
	admin = await signUp("admin");
const turn = (on, reason) =>
	call("PUT", "/api/v1/admin/kill-switch", { token: admin.token, json: { on, ...(reason !== undefined && { reason }) } });
const origins = ["https://app.example", "https://desk.example:8443"];

// --- health and numbers --------------------------------------------------------------------------------------------------------------

test("health: every check says what is so", async () => {
	const r = await call("GET", "/healthz");

	assert.equal(r.status, 200);
	assert.equal(r.json.status, "ok");
	assert.match(r.json.version, /^\d+\.\d+\.\d+/);
	assert.deepEqual(Object.keys(r.json.checks), ["database", "migrations", "disk", "clock", "pools", "audit"]);
	for (const check of Object.values(r.json.checks)) assert.ok(check.ok && check.note.length > 3);
	assert.equal((await call("HEAD", "/healthz")).status, 200);
	assert.deepEqual(faults(await call("GET", "/healthz?verbose=1")), ["/verbose"]);
});

test("health: a credential, good or bad, makes no difference", async () => {
	for (const as of [{ token: person.token }, { token: "x.y.z" }, { key: "x" }])
		assert.equal((await call("GET", "/healthz", as)).status, 200);
});

test("metrics: promtool finds nothing to say", async () => {
	const r = await call("GET", "/metrics");

	assert.equal(r.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
	await capture(["promtool", "check", "metrics"], r.text);
	assert.deepEqual(faults(await call("GET", "/metrics?name=x")), ["/name"]);
});

test("metrics: counts each request once, by operation and status", async () => {
	const value = async (series) =>
		Number(
			(await call("GET", "/metrics")).text
				.split("\n")
				.find((l) => l.startsWith(`${series} `))
				?.split(" ")[1] ?? 0,
		);
	const count = (status) => value(`http_requests_total{op="quest_get",status="${status}"}`),
		seconds = () => value('http_request_seconds_count{op="quest_get"}');
	const { id } = await newQuest(person.token),
		before = [await count("2xx"), await count("4xx"), await seconds()];

	await many(30, 10, () => call("GET", `/quests/${id}`, { token: person.token }));
	await many(20, 10, () => call("GET", `/quests/${randomUUID()}`, { token: person.token }));
	assert.deepEqual([await count("2xx"), await count("4xx"), await seconds()], [before[0] + 30, before[1] + 20, before[2] + 50]);
	assert.equal(await value("healthy"), 1);
	assert.equal(await value("kill_switch"), 0);
	assert.ok(
		(await value("disk_free_bytes")) > 1e6 && (await value('workers{program="api"}')) >= 1 && (await value('workers{program="auth"}')) >= 1,
	);
});

// --- the kill switch -----------------------------------------------------------------------------------------------------------------

/** A request that would succeed, for each row that writes. */
async function writes() {
	const { id } = await newQuest(person.token),
		token = person.token,
		pro = (await signUp("pro")).token,
		agent = (await call("POST", "/agents", { token: pro, json: { name: "x" } })).json.id,
		space = (await call("POST", "/api/v1/namespaces", { token: pro, json: { name: `kill-${id}` } })).json.id,
		members = `/api/v1/namespaces/${space}/members`;

	await call("POST", members, { token: pro, json: { principal_id: person.id } });
	return {
		profile_update: ["PATCH", "/profile", { token, json: { theme: "dark" } }],
		settings_update: ["PATCH", "/me/settings", { token, json: { theme: "dark" } }],
		quest_create: ["POST", "/quests", { token, json: { title: "x" } }],
		quest_update: ["PATCH", `/quests/${id}`, { token, json: { title: "x" } }],
		quest_delete: ["DELETE", `/quests/${id}`, { token }],
		agent_create: ["POST", "/agents", { token: pro, json: { name: "x" } }],
		agent_update: ["PATCH", `/agents/${agent}`, { token: pro, json: { name: "x" } }],
		agent_key_create: ["POST", `/agents/${agent}/keys`, { token: pro, json: { name: "x" } }],
		namespace_create: ["POST", "/api/v1/namespaces", { token: pro, json: { name: `more-${id}` } }],
		namespace_update: ["PATCH", `/api/v1/namespaces/${space}`, { token: pro, json: { display_name: "x" } }],
		namespace_delete: ["DELETE", `/api/v1/namespaces/${space}`, { token: pro }],
		namespace_member_add: ["POST", members, { token: pro, json: { principal_id: admin.id } }],
		namespace_member_update: ["PATCH", `${members}/${person.id}`, { token: pro, json: { role: "manager" } }],
		namespace_member_end: ["DELETE", `${members}/${person.id}`, { token: pro }],
	};
}

test("switch_set: on, every write is refused within a second while reading and signing in go on; off again, all is well", async () => {
	const all = await writes(),
		quest = all.quest_update[1];
	const writing = operations
		.filter((o) =>
			o.spec.security.some((s) =>
				Object.values(s)
					.flat()
					.some((scope) => scope.endsWith(":write")),
			),
		)
		.map((o) => o.op);

	assert.deepEqual(Object.keys(all), writing, "a row that writes is missing here");
	try {
		const r = await turn(true, "Maintenance until noon"),
			from = Date.now();

		assert.deepEqual([r.status, r.json.on, r.json.reason], [200, true, "Maintenance until noon"]);
		await until(async () => (await many(12, 12, () => call(...all.quest_update))).every((a) => a.status === 503), 1000);
		assert.ok(Date.now() - from < 1500, "it took too long");
		for (const ask of Object.values(all)) {
			const refused = await call(...ask);

			assert.deepEqual([refused.status, refused.json.error.code, refused.headers["retry-after"]], [503, "kill_switch", "1"]);
			assert.match(refused.json.error.message, /Maintenance until noon/);
		}
		await until(
			async () => (await call("POST", "/auth/signup", { json: { email: `k-${randomUUID()}@example.org`, password } })).status === 503,
			1000,
		);
		for (const path of ["/quests", quest, "/me"]) assert.equal((await call("GET", path, { token: person.token })).status, 200);
		const pair = await call("POST", "/auth/login", { json: { email: person.email, password } });
		const next = await call("POST", "/auth/refresh", { json: { refresh_token: pair.json.refresh_token } });
		assert.deepEqual(
			[pair.status, next.status, (await call("POST", "/auth/logout", { token: next.json.access_token })).status],
			[200, 200, 200],
		);
		assert.equal((await call("GET", "/api/v1/admin/kill-switch", { token: admin.token })).json.on, true);
		await until(async () => /^kill_switch 1$/m.test((await call("GET", "/metrics")).text), 2000);
		assert.equal((await call("POST", "/quests", { json: { title: "x" } })).status, 401, "who nobody is, is asked first");
	} finally {
		assert.equal((await turn(false)).json.on, false);
	}
	await until(async () => (await many(12, 12, () => call(...all.quest_update))).every((a) => a.status === 200), 1000);
	await until(
		async () =>
			(await many(8, 8, () => call("POST", "/auth/signup", { json: { email: person.email, password } }))).every(
				(a) => a.status !== 503 || a.json.error.code === "busy",
			),
		2000,
	);
	assert.equal((await call(...all.quest_delete)).status, 204);
});

test("switch_get, switch_set: an admin's alone", async () => {
	for (const role of ["beginner", "advanced", "pro"]) {
		const { token } = await signUp(role);

		assert.equal((await call("GET", "/api/v1/admin/kill-switch", { token })).status, 403);
		assert.equal((await call("PUT", "/api/v1/admin/kill-switch", { token, json: { on: true } })).status, 403);
		assert.equal((await call("PUT", "/api/v1/admin/kill-switch", { token, raw: "{" })).status, 403, "the body is not looked at before");
	}
	for (const method of ["GET", "PUT"]) assert.equal((await call(method, "/api/v1/admin/kill-switch")).status, 401);
	assert.equal((await call("GET", "/api/v1/admin/kill-switch", { token: admin.token })).json.on, false);
});

test("switch_get, switch_set: refuse what is wrong", async () => {
	for (const [json, path] of [
		[{}, "/on"],
		[{ on: 1 }, "/on"],
		[{ on: "true" }, "/on"],
		[{ on: null }, "/on"],
		[{ on: false, reason: "x".repeat(201) }, "/reason"],
		[{ on: false, reason: "a\nb" }, "/reason"],
		[{ on: false, by: "me" }, "/by"],
	])
		assert.deepEqual(faults(await call("PUT", "/api/v1/admin/kill-switch", { token: admin.token, json })), [path]);
	assert.deepEqual(faults(await call("GET", "/api/v1/admin/kill-switch?x=1", { token: admin.token })), ["/x"]);
	assert.deepEqual([(await turn(false, "x".repeat(200))).json.reason.length, (await turn(false)).json.reason], [200, ""]);
});

// --- what every answer has -----------------------------------------------------------------------------------------------------------

test("request id: the client's own when it is harmless, else a new one each time", async () => {
	for (const id of ["a", "A-b_c.9", "x".repeat(64), randomUUID(), "0", "-", "..."])
		for (const path of ["/healthz", "/me", "/nowhere", "/", "/openapi.json"])
			assert.equal((await call("GET", path, { headers: { "x-request-id": id } })).id, id);
	const seen = new Set();
	for (const id of ["", "x".repeat(65), "a b", "a/b", "a\tb", "é", "<script>", "a,b", "'", "a;b", "%0d%0aX: y"])
		for (const path of ["/healthz", "/nowhere"]) {
			const r = await call("GET", path, { headers: { "x-request-id": id } });

			assert.notEqual(r.id, id);
			assert.ok(r.id.length >= 12);
			seen.add(r.id);
		}
	assert.equal(seen.size, 22, "an id was given twice");
});

test("errors: every kind comes in the envelope, or as problem+json with the same facts", async () => {
	const { token } = person,
		cases = [
			[400, "GET", "/quests?tag=%zz", { token }],
			[400, "POST", "/quests", { token, raw: "{" }],
			[401, "GET", "/me", {}],
			[401, "GET", "/me", { token: "x" }],
			[403, "GET", "/api/v1/admin/kill-switch", { token }],
			[404, "GET", "/nowhere", {}],
			[404, "GET", `/quests/${randomUUID()}`, { token }],
			[405, "PUT", "/quests", { token }],
			[409, "POST", "/auth/signup", { json: { email: person.email, password } }],
			[413, "POST", "/quests", { token, raw: " ".repeat((1 << 20) + 1) }],
			[413, "GET", "/me", { token, raw: "x" }],
			[415, "POST", "/quests", { token, raw: "{}", headers: { "content-type": "text/plain" } }],
			[422, "POST", "/quests", { token, json: {} }],
			[422, "GET", "/me?x=1", { token }],
			[414, "GET", `/quests?tag=${"x".repeat(9000)}`, { token }],
			[431, "GET", "/me", { headers: { "x-long": "x".repeat(9000) } }],
			[405, "TRACE", "/me", {}],
			[404, "GET", "/assets/none.js", {}],
			[405, "POST", "/", { raw: "" }],
			[405, "DELETE", "/docs/", {}],
		];

	for (const [status, method, path, more] of cases)
		for (const accept of ["*/*", "application/problem+json", "text/html, application/problem+json;q=0.9", "application/json"]) {
			const r = await call(method, path, { ...more, headers: { ...more.headers, accept } });

			assert.equal(r.status, status, `${method} ${path.slice(0, 40)}: ${r.text}`);
			const problem = accept.includes("problem") && ![414, 431].includes(status); // those end before Accept was read
			assert.equal(
				r.headers["content-type"],
				`application/${problem ? "problem+" : ""}json; charset=utf-8`,
				`${method} ${path.slice(0, 40)}`,
			);
			assertSchema(problem ? "problem" : "error", r.json);
		}
});

test("errors: the words of the database, of libraries and of the source never reach a client", async () => {
	const { token } = person,
		odd = [
			["GET", "/quests?after=' or 1=1"],
			["GET", "/quests?tag='; drop table app.quest --"],
			["GET", "/quests?limit=9223372036854775808"],
			["POST", "/quests", { json: { title: "\u{10ffff}".repeat(200) } }],
			["POST", "/quests", { raw: "\u0000" }],
			["POST", "/auth/login", { json: { email: "a'b@c.de", password: "\\" } }],
		];

	for (const [method, path, more] of odd) {
		const r = await call(method, encodeURI(path), { token, ...more });

		assert.ok(r.status < 500, r.text);
		assert.ok(!/postgres|psql|sqlstate|relation|syntax error|libpq|json-c|\.c:\d|stack|errno|select |insert /i.test(r.text), r.text);
	}
});

test("methods: what a path does not take is 405 with what it takes, what is nowhere is 404 by any method", async () => {
	const paths = new Map();

	for (const o of operations) paths.set(o.path, [...(paths.get(o.path) ?? []), o.method]);
	for (const [path, methods] of paths)
		for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "FOO"]) {
			if (methods.includes(method === "HEAD" ? "GET" : method)) continue;
			const r = await call(method, path.replaceAll(/\{\w+\}/g, () => randomUUID()), { token: person.token });

			assert.equal(r.status, 405, `${method} ${path}`);
			assert.deepEqual(
				r.headers.allow
					.split(", ")
					.filter((m) => m !== "HEAD")
					.sort(),
				[...methods].sort(),
				`${method} ${path}`,
			);
		}
	for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POST"])
		for (const path of [
			"/nowhere",
			"/quest",
			"/auth",
			"/auth/",
			"/api",
			"/api/v1",
			"/me/",
			"/QUESTS",
			"/quests/a/b",
			"/healthz/x",
			"/.env",
			"/.git/config",
			"/cgi-bin/api",
		]) {
			const r = await call(method, path, { token: person.token });

			assert.ok([404, 405].includes(r.status), `${method} ${path}: ${r.status}`);
			if (r.status === 405) assert.ok(!["GET", "HEAD"].includes(method));
		}
});

test("paths: //, dots and escapes lead where they lead, never elsewhere", async () => {
	for (const path of ["/quests/../me", "//me", "/./me", "/%6de", "/me?", "/%2e/me"]) {
		const r = await call("GET", path, { token: person.token, check: false });

		assert.ok([200, 404].includes(r.status), `${path}: ${r.status}`);
	}
	for (const path of [
		"/../../etc/passwd",
		"/%2e%2e/%2e%2e/etc/passwd",
		"/docs/..%2f..%2f..%2fetc/passwd",
		"/assets../secrets/jwt.key",
		"/docs/%5c..%5c..",
		"/ui//..//..//secrets/jwt.key",
	]) {
		const r = await call("GET", path, { check: false });

		assert.ok([400, 404].includes(r.status) && !/root:|[0-9a-f]{64}/.test(r.text), `${path}: ${r.status}`);
	}
});

test("content types: only what a route takes, with any harmless parameter", async () => {
	const { token } = person,
		ask = (type, raw = '{"title":"x"}') => call("POST", "/quests", { token, raw, headers: { "content-type": type } });

	for (const type of [
		"application/json",
		"application/json; charset=utf-8",
		"APPLICATION/JSON;charset=UTF-8",
		'application/json;charset="utf-8"',
		"application/json ; x=y",
	])
		assert.equal((await ask(type)).status, 201, type);
	for (const type of [
		"",
		"text/json",
		"application/x-www-form-urlencoded",
		"multipart/form-data; boundary=x",
		"application/json-patch+json",
		"application/merge-patch+json",
		"application/jsonx",
		"json",
		"application/json; charset=latin1",
		"application/json; charset=utf-16",
		"*/*",
		"application/xml",
	])
		assert.equal((await ask(type)).status, 415, type);
});

test("body size: up to a mebibyte, and not one byte more", async () => {
	const { token } = person,
		body = (n) => `{"title":"x"${" ".repeat(n - 13)}}`;

	for (const n of [13, 65_536, 65_537, 1 << 20])
		assert.equal((await call("POST", "/quests", { token, raw: body(n) })).status, 201, String(n));
	for (const n of [(1 << 20) + 1, 2 << 20]) assert.equal((await call("POST", "/quests", { token, raw: body(n) })).status, 413, String(n));
	assert.equal((await call("POST", "/auth/login", { raw: body((1 << 20) + 1) })).status, 413);
});

test("credentials: two at once, and any of them twice, are a bad request", async () => {
	const { token } = person,
		[key] = (process.env.API_TOKENS ?? "x").split(",");

	assert.equal((await call("GET", "/me", { token, key })).status, 400);
	for (const headers of [
		{ authorization: [`Bearer ${token}`, `Bearer ${token}`] },
		{ authorization: [`Bearer ${token}`, "Bearer x"] },
		{ "x-api-key": ["x", key] },
		{ "x-api-key": [key, key] },
		{ "x-api-key": ["", key] },
		{ "x-api-key": [key, ""] },
		{ accept: ["*/*", "*/*"], "x-api-key": key },
		{ origin: ["https://app.example", "null"], "x-api-key": key },
	])
		assert.equal((await call("GET", "/me", { headers })).status, 400, JSON.stringify(headers).slice(0, 60));
});

// --- CORS ----------------------------------------------------------------------------------------------------------------------------

const cors = (r) => Object.keys(r.headers).filter((h) => h.startsWith("access-control-"));

test("cors: an allowed origin may read answers, good and bad", async () => {
	for (const origin of origins)
		for (const [method, path] of [
			["GET", "/me"],
			["GET", "/healthz"],
			["GET", `/quests/${randomUUID()}`],
			["POST", "/quests"],
		]) {
			const r = await call(method, path, { token: person.token, headers: { origin } });

			assert.equal(r.headers["access-control-allow-origin"], origin);
			assert.match(r.headers["access-control-expose-headers"], /X-Request-Id/);
			assert.match(r.headers.vary, /Origin/);
			assert.equal(r.headers["access-control-allow-credentials"], undefined);
		}
});

test("cors: any other origin gets no word of it", async () => {
	for (const origin of [
		"https://evil.example",
		"null",
		"https://app.example.evil.example",
		"https://app.example:443",
		"http://app.example",
		"https://APP.example",
		"https://app.exampl",
		"https://sub.app.example",
		"https://app.example/",
		" https://app.example, https://evil.example",
		"*",
		"",
		"https://desk.example",
	]) {
		const r = await call("GET", "/healthz", { headers: { origin } });

		assert.deepEqual(cors(r), [], origin);
		assert.match(r.headers.vary, /Origin/);
		const asked = await call("OPTIONS", "/quests", { headers: { origin, "access-control-request-method": "POST" } });
		assert.equal(asked.headers["access-control-allow-origin"], undefined, origin);
	}
});

test("cors: a preflight is told the methods and headers, without signing in", async () => {
	for (const [path, asked, allowed] of [
		["/quests", "POST", "POST"],
		["/quests", "DELETE", "GET, HEAD, POST"],
		[`/quests/${randomUUID()}`, "PATCH", "PATCH"],
		["/api/v1/admin/kill-switch", "PUT", "PUT"],
		["/auth/login", "POST", "POST"],
	]) {
		const r = await call("OPTIONS", path, {
			headers: {
				origin: origins[0],
				"access-control-request-method": asked,
				"access-control-request-headers": "authorization,content-type",
			},
		});

		assert.deepEqual(
			[r.status, r.headers["access-control-allow-origin"], r.headers["access-control-allow-methods"]],
			[204, origins[0], allowed],
		);
		for (const header of ["Authorization", "X-API-Key", "Content-Type", "X-Request-Id"])
			assert.ok(r.headers["access-control-allow-headers"].includes(header));
		assert.match(r.headers["access-control-max-age"], /^\d+$/);
	}
	assert.equal(
		(await call("OPTIONS", "/nowhere", { headers: { origin: origins[0], "access-control-request-method": "GET" } })).status,
		404,
	);
});

// --- transports ----------------------------------------------------------------------------------------------------------------------

test("http/2: the same answers, byte for byte", async () => {
	const { id } = await newQuest(person.token),
		{ token } = person;

	for (const [method, path, more] of [
		["GET", `/quests/${id}`, { token }],
		["GET", "/me", { token }],
		["GET", "/nowhere", {}],
		["POST", "/quests", { token, json: {} }],
		["GET", "/me", {}],
	]) {
		const [one, two] = [await call(method, path, more), await call2(method, path, more)];

		assert.equal(two.status, one.status);
		assert.equal(two.text.replace(two.id, ""), one.text.replace(one.id, ""));
		for (const header of [
			"content-type",
			"cache-control",
			"x-content-type-options",
			"strict-transport-security",
			"content-security-policy",
		])
			assert.equal(two.headers[header], one.headers[header]);
	}
	assert.equal((await call2("POST", "/quests", { token, json: { title: "by HTTP/2" } })).status, 201);
});

test("pages: each has its type, its headers and nothing of the API's", async () => {
	for (const [path, type] of [
		["/", "text/html; charset=utf-8"],
		["/ui/", "text/html; charset=utf-8"],
		["/docs/", "text/html; charset=utf-8"],
		["/openapi.json", "application/json; charset=utf-8"],
		["/openapi.yaml", "application/yaml; charset=utf-8"],
	]) {
		const r = await call("GET", path);

		assert.deepEqual([r.status, r.headers["content-type"]], [200, type], path);
		assert.equal(r.headers["cache-control"], "no-cache");
		assert.ok(r.headers.etag);
		assert.equal((await call("GET", path, { headers: { "if-none-match": r.headers.etag } })).status, 304);
		assert.ok(!/https?:\/\/(?!localhost|www\.w3\.org)[^"' ]+\.(js|css)/.test(r.text), "something is loaded from elsewhere");
	}
	for (const path of ["/ui", "/docs"]) assert.equal((await call("GET", path)).headers.location, `${path}/`);
	assertSame(await call("GET", "/docs/?url=https://evil.example/x.json"), await call("GET", "/docs/"));
});

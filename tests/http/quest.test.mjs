// Quests: the noun's routes, their limits, and who sees what.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, faults, many, newQuest, signUp, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const owner = await signUp(),
	stranger = await signUp("pro"),
	admin = await signUp("admin"),
	foreigner = await signUp("advanced", { namespace: "elsewhere" });
const create = (json, token = owner.token) => call("POST", "/quests", { token, json });
const absent = () => `/quests/${randomUUID()}`;

test("quest_create: gives the whole quest, with defaults for what was left out", async () => {
	const made = await create({ title: "Patch the gate" });

	assert.equal(made.status, 201);
	assert.match(made.json.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	const { id, created_at: at, updated_at: _, ...rest } = made.json;
	assert.deepEqual(rest, {
		title: "Patch the gate",
		body: "",
		status: "open",
		visibility: "private",
		difficulty: "normal",
		tags: [],
		version: 1,
		owner_id: owner.id,
	});
	assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	assert.ok(Math.abs(Date.parse(at) - Date.now()) < 10_000);
	assert.ok(Math.abs(parseInt(id.replaceAll("-", "").slice(0, 12), 16) - Date.now()) < 10_000, "the id does not grow with time");
});

test("quest_create: keeps everything that was given", async () => {
	const given = { title: "T", body: "two\nlines\tand a tab", visibility: "public", difficulty: "hard", tags: ["one", "two"] };
	const made = await newQuest(owner.token, given),
		got = await call("GET", `/quests/${made.id}`, { token: owner.token });

	assert.deepEqual(got.json, made);
	assert.deepEqual(Object.fromEntries(Object.keys(given).map((k) => [k, made[k]])), given);
});

const good = {
	// field: values that are just within its limits
	title: ["x", "x".repeat(120), "😀".repeat(120), "ש".repeat(120), " ", "null", "' or 1=1 --", "\\", '"', "%s%n"],
	body: ["", "x".repeat(10_000), "𝔸".repeat(10_000), "\r\n\t", "</script><script>alert(1)</script>", "\u2028\u2029\u007f"],
	visibility: ["private", "public"],
	difficulty: ["easy", "normal", "hard"],
	tags: [
		[],
		Array.from({ length: 10 }, (_, i) => `t${i}`),
		["x".repeat(30)],
		["😀".repeat(30)],
		["a,b", "{c}", '"d"', "\\e", "NULL", "null", " ", "'"],
		["A", "a"],
	],
};
const bad = {
	// field: values that are just outside, or of another kind
	title: ["", "x".repeat(121), "😀".repeat(121), "two\nlines", "a\u0001b", "\u007f", null, 1, 1.5, true, [], {}, ["x"]],
	body: ["x".repeat(10_001), null, 0, false, [], {}],
	visibility: ["", "Private", "public ", "secret", null, 1, []],
	difficulty: ["", "HARD", "impossible", null, 2],
	tags: [
		null,
		"gate",
		{},
		1,
		[""],
		["x".repeat(31)],
		["a", "a"],
		[1],
		[null],
		[["a"]],
		["a\nb"],
		Array.from({ length: 11 }, (_, i) => `t${i}`),
	],
	status: ["open"],
	id: [randomUUID()],
	owner_id: [randomUUID()],
	version: [1],
	namespace_id: [randomUUID()],
	created_at: ["2026-01-01T00:00:00Z"],
	Title: ["x"],
	"title ": ["x"],
	"": ["x"],
};

for (const [field, values] of Object.entries(good))
	test(`quest_create: takes ${field} up to its limits, and gives it back as it was`, async () => {
		for (const value of values) assert.deepEqual((await newQuest(owner.token, { [field]: value }))[field], value);
	});

for (const [field, values] of Object.entries(bad))
	test(`quest_create: refuses ${field ? `a wrong ${field}` : "an empty field name"} and names it`, async () => {
		for (const value of values)
			assert.deepEqual(faults(await create({ title: "x", [field]: value })), [`/${field}`], JSON.stringify(value).slice(0, 60));
	});

test("quest_create: names every wrong field at once, and misses what is needed", async () => {
	assert.deepEqual(faults(await create({ body: 1, tags: "x", colour: "red" })), ["/body", "/colour", "/tags", "/title"]);
	assert.deepEqual(faults(await create({})), ["/title"]);
});

test("quest_create: names at most twenty faults, in good UTF-8 whatever the fields are called", async () => {
	const json = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${"x".repeat(i + 40)}éż😀`, i]));

	assert.equal(faults(await create(json)).length, 20);
});

test("quest_create: refuses a body that is no object", async () => {
	for (const json of [[], [{ title: "x" }], "title", 1, true]) assert.deepEqual(faults(await create(json)), [""]);
});

test("quest_create: refuses somebody who is not signed in", async () => {
	const r = await call("POST", "/quests", { json: { title: "x" } });

	assert.equal(r.status, 401);
	assert.equal(r.headers["www-authenticate"], "Bearer");
});

test("quest_create: gives text back character by character, in any script", async () => {
	const texts = [
		"שלום עולם",
		"مرحبا بالعالم",
		"\u202eevil\u202c",
		"👩‍👩‍👧‍👦🏳️‍🌈",
		"e\u0301 is not \u00e9",
		"𐍈𝒳🂡",
		"\u{10ffff}\u{fffe}",
		"\ufeffbom",
		"İıſK",
		"ก็",
		"﷽",
		"\u0085\u00a0\u3000",
	];

	for (const title of texts) {
		const made = await newQuest(owner.token, { title, body: title, tags: [title] });
		const got = (await call("GET", `/quests/${made.id}`, { token: owner.token })).json;

		assert.deepEqual([got.title, got.body, got.tags], [title, title, [title]]);
	}
});

// --- one quest -----------------------------------------------------------------------------------------------------------------------

test("quest_get: an id that is none is as absent as one that nobody has", async () => {
	const id = (await newQuest(owner.token)).id,
		wanted = await call("GET", absent(), { token: owner.token });

	assert.equal(wanted.status, 404);
	for (const odd of [
		"1",
		"x",
		"..%2fme",
		id.slice(0, 35),
		`${id}0`,
		`{${id}}`,
		id.replaceAll("-", ""),
		"%e4",
		"'%20or%201=1",
		`${id}/`,
		`${id}/x`,
		"%20" + id,
		"null",
	])
		assertSame(await call("GET", `/quests/${odd}`, { token: owner.token }), wanted);
});

test("quest_get: an id is found in capitals and percent-encoded too", async () => {
	const { id } = await newQuest(owner.token);

	for (const same of [id.toUpperCase(), id.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`)])
		assert.equal((await call("GET", `/quests/${same}`, { token: owner.token })).json.id, id);
});

test("quest_get: takes no query and no body", async () => {
	const { id } = await newQuest(owner.token);

	assert.deepEqual(faults(await call("GET", `/quests/${id}?fields=title`, { token: owner.token })), ["/fields"]);
	assert.equal((await call("GET", `/quests/${id}`, { token: owner.token, raw: "{}" })).status, 413);
});

test("quest_get: HEAD tells the same without the body", async () => {
	const { id } = await newQuest(owner.token),
		path = `/quests/${id}`;
	const [get, head] = [await call("GET", path, { token: owner.token }), await call("HEAD", path, { token: owner.token })];

	assert.equal(head.status, 200);
	assert.equal(head.headers["content-length"], get.headers["content-length"]);
	assert.equal((await call("HEAD", absent(), { token: owner.token })).status, 404);
	assert.equal((await call("HEAD", path, { token: stranger.token })).status, 404);
});

test("quest_update: changes what is given and nothing else", async () => {
	const before = await newQuest(owner.token, { body: "old", tags: ["a"], difficulty: "easy" });

	for (const change of [
		{ title: "new" },
		{ body: "" },
		{ status: "active" },
		{ status: "done" },
		{ status: "dropped" },
		{ status: "open" },
		{ visibility: "public" },
		{ visibility: "private" },
		{ difficulty: "hard" },
		{ tags: [] },
		{ tags: ["b", "c"] },
	]) {
		const now = (await call("GET", `/quests/${before.id}`, { token: owner.token })).json;
		const after = await call("PATCH", `/quests/${before.id}`, { token: owner.token, json: change });

		assert.equal(after.status, 200);
		assert.ok(after.json.updated_at >= now.updated_at);
		assert.deepEqual(after.json, { ...now, ...change, version: now.version + 1, updated_at: after.json.updated_at });
	}
});

test("quest_update: refuses what quest_create refuses", async () => {
	const { id } = await newQuest(owner.token);

	for (const field of ["title", "body", "visibility", "difficulty", "tags"])
		for (const value of bad[field])
			assert.deepEqual(faults(await call("PATCH", `/quests/${id}`, { token: owner.token, json: { [field]: value } })), [`/${field}`]);
	for (const [field, value] of [
		["status", "closed"],
		["status", null],
		["version", 0],
		["version", "1"],
		["version", 1.5],
		["version", 2 ** 31],
		["owner_id", stranger.id],
		["id", randomUUID()],
	])
		assert.deepEqual(faults(await call("PATCH", `/quests/${id}`, { token: owner.token, json: { [field]: value } })), [`/${field}`]);
	assert.equal((await call("GET", `/quests/${id}`, { token: owner.token })).json.version, 1);
});

test("quest_update: a change against an older version is a conflict, and changes nothing", async () => {
	const { id } = await newQuest(owner.token),
		path = `/quests/${id}`;

	assert.equal((await call("PATCH", path, { token: owner.token, json: { title: "first", version: 1 } })).json.version, 2);
	for (const version of [1, 3, 2 ** 31 - 1]) {
		const r = await call("PATCH", path, { token: owner.token, json: { title: "second", version } });

		assert.equal(r.status, 409);
		assert.equal(r.json.error.code, "conflict");
	}
	assert.equal((await call("GET", path, { token: owner.token })).json.title, "first");
	assert.equal((await call("PATCH", path, { token: owner.token, json: { title: "third", version: 2 } })).json.version, 3);
});

test("quest_update: of many changes at once against one version exactly one wins", async () => {
	for (let round = 0; round < 5; round++) {
		const { id } = await newQuest(owner.token);
		const all = await many(20, 20, (i) => call("PATCH", `/quests/${id}`, { token: owner.token, json: { title: `by ${i}`, version: 1 } }));
		const won = all.filter((r) => r.status === 200);

		assert.equal(won.length, 1);
		assert.ok(all.every((r) => r.status === 200 || r.status === 409));
		assert.deepEqual((await call("GET", `/quests/${id}`, { token: owner.token })).json, won[0].json);
	}
});

test("quest_update: changes at once without a version are all kept in turn, none is lost", async () => {
	const { id } = await newQuest(owner.token);
	const all = await many(20, 20, () => call("PATCH", `/quests/${id}`, { token: owner.token, json: { body: "x" } }));

	assert.deepEqual(
		all.map((r) => r.json.version).sort((a, b) => a - b),
		Array.from({ length: 20 }, (_, i) => i + 2),
	);
});

test("quest_delete: takes it away for good, once", async () => {
	const { id } = await newQuest(owner.token),
		path = `/quests/${id}`;

	assert.equal((await call("DELETE", path, { token: owner.token })).status, 204);
	for (const method of ["GET", "DELETE"])
		assertSame(await call(method, path, { token: owner.token }), await call(method, absent(), { token: owner.token }));
	assert.equal((await call("PATCH", path, { token: owner.token, json: { title: "x" } })).status, 404);
});

test("quest_delete: of many at once exactly one succeeds", async () => {
	const { id } = await newQuest(owner.token);
	const all = await many(10, 10, () => call("DELETE", `/quests/${id}`, { token: owner.token }));

	assert.deepEqual(all.map((r) => r.status).sort(), [204, ...Array(9).fill(404)]);
});

test("quest_delete: an id that is none, a query, a body", async () => {
	const { id } = await newQuest(owner.token);

	assert.equal((await call("DELETE", "/quests/1", { token: owner.token })).status, 404);
	assert.deepEqual(faults(await call("DELETE", `/quests/${id}?force=1`, { token: owner.token })), ["/force"]);
	assert.equal((await call("DELETE", `/quests/${id}`, { token: owner.token, json: {} })).status, 413);
	assert.equal((await call("GET", `/quests/${id}`, { token: owner.token })).status, 200);
});

// --- who sees what -------------------------------------------------------------------------------------------------------------------

const viewpoints = [
	// who, then what GET, PATCH and DELETE answer for a private and for a public quest of the owner
	["the owner", () => owner.token, [200, 200, 204], [200, 200, 204]],
	["a stranger", () => stranger.token, [404, 404, 404], [200, 403, 403]],
	["an admin", () => admin.token, [404, 404, 404], [200, 403, 403]],
	["somebody of another namespace", () => foreigner.token, [404, 404, 404], [404, 404, 404]],
	["nobody", () => undefined, [401, 401, 401], [401, 401, 401]],
];

for (const [who, token, ...wanted] of viewpoints)
	test(`quest_get, quest_update, quest_delete, quest_list: viewpoint of ${who}`, async () => {
		for (const [i, visibility] of ["private", "public"].entries()) {
			const quest = await newQuest(owner.token, { visibility, title: `seen by ${who}` }),
				path = `/quests/${quest.id}`;
			const got = await call("GET", path, { token: token() });

			assert.equal(got.status, wanted[i][0]);
			if (got.status === 200) assert.deepEqual(got.json, quest);
			const list = await call("GET", "/quests?limit=100", { token: token() });
			assert.equal(list.status, token() ? 200 : 401);
			if (token())
				assert.equal(
					list.json.items.some((q) => q.id === quest.id),
					wanted[i][0] === 200,
				);
			assert.equal(
				(await call("PATCH", path, { token: token(), json: { title: "mine now", version: 7 } })).status,
				wanted[i][1] === 200 ? 409 : wanted[i][1],
			);
			assert.equal((await call("PATCH", path, { token: token(), json: { title: "changed" } })).status, wanted[i][1]);
			assert.equal((await call("DELETE", path, { token: token() })).status, wanted[i][2]);
			const [[n]] = await psql("select count(*) from app.quest where id = $1 and title = $2", quest.id, `seen by ${who}`);
			assert.equal(n, wanted[i][2] === 204 ? "0" : "1");
		}
	});

test("quest_get, quest_update, quest_delete: what is hidden cannot be told from what is absent", async () => {
	const hidden = `/quests/${(await newQuest(owner.token)).id}`;

	for (const who of [stranger, admin, foreigner])
		for (const [method, more] of [
			["GET", {}],
			["HEAD", {}],
			["DELETE", {}],
			["PATCH", { json: { title: "x" } }],
			["PATCH", { json: { title: "x", version: 9 } }],
			["PATCH", { json: {} }],
			["PATCH", { json: { title: 1 } }],
			["PATCH", { raw: "{" }],
		])
			for (const accept of ["*/*", "application/problem+json"]) {
				const ask = (path) => call(method, path, { token: who.token, ...more, headers: { accept, "x-request-id": "same" } });
				const [a, b] = [await ask(hidden), await ask(absent())];

				assertSame(a, b);
				assert.equal(a.text, b.text);
			}
});

test("quest_list: turning a quest private takes it from others at once, and turning it public gives it", async () => {
	const { id } = await newQuest(owner.token, { visibility: "public" }),
		path = `/quests/${id}`;

	for (const [visibility, status] of [
		["private", 404],
		["public", 200],
	]) {
		await call("PATCH", path, { token: owner.token, json: { visibility } });
		assert.equal((await call("GET", path, { token: stranger.token })).status, status);
	}
});

test("quest_list, quest_create: a key that is narrowed to reading may only read", async () => {
	const key = `la_${randomBytes(32).toString("base64url")}`,
		hash = createHash("sha256").update(key).digest("hex");

	await psql("insert into app.api_key (principal_id, name, hash, scopes) values ($1, 'narrow', $2, '{quest:read}')", owner.id, hash);
	const { id } = await newQuest(owner.token);
	for (const as of [{ key }, { token: key }]) {
		assert.equal((await call("GET", `/quests/${id}`, as)).status, 200);
		assert.deepEqual((await call("GET", "/me", as)).json.permissions, ["quest:read"]);
		const refused = await call("POST", "/quests", { ...as, json: { title: "x" } });
		assert.equal(refused.status, 403);
		assert.equal(refused.headers["www-authenticate"], 'Bearer error="insufficient_scope"');
		assert.equal((await call("DELETE", `/quests/${id}`, as)).status, 403);
	}
	await psql("update app.api_key set scopes = '{quest:read,system:admin}' where hash = $1", hash);
	await until(async () => {
		// a worker that remembers the old scopes forgets them by one refusal
		const { status } = await call("PUT", "/api/v1/admin/kill-switch", { key, json: { on: true } });

		assert.notEqual(status, 200, "a key was widened past its role");
		return status === 403;
	}, 1000);
	await psql("update app.api_key set expires_at = now() - interval '1 second' where hash = $1", hash);
	await until(async () => (await call("GET", `/quests/${id}`, { key })).status === 401, 1000);
});

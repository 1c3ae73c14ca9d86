// Lists of quests: pages without loss or double, and filters.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { call, faults, many, newQuest, signUp } from "./harness.mjs";

const owner = await signUp();

async function walk(token, query, between = async () => {}) {
	const items = [];
	let after = "",
		pages = 0;

	do {
		const page = await call("GET", `/quests?${query}${after && `&after=${after}`}`, { token });

		assert.equal(page.status, 200, page.text);
		items.push(...page.json.items);
		after = page.json.next;
		pages++;
		await between();
	} while (after);
	return { items, pages };
}

test("quest_list: walks over 250 quests without loss or double while others are made", async () => {
	const reader = await signUp(),
		writer = await signUp("pro"),
		wanted = new Set();

	await many(250, 10, async (i) => {
		const own = i % 2 === 0;

		wanted.add(
			(await newQuest(own ? reader.token : writer.token, { title: `walk ${i}`, tags: ["walk"], visibility: own ? "private" : "public" }))
				.id,
		);
	});
	for (const limit of [1, 7, 20, 100]) {
		const few = limit === 1 ? "&mine=true" : "";
		const { items, pages } = await walk(reader.token, `tag=walk&limit=${limit}${few}`, () =>
			newQuest(writer.token, { tags: ["walk"], visibility: "public" }),
		);
		const ids = items.map((q) => q.id),
			old = ids.filter((id) => wanted.has(id));

		assert.equal(new Set(ids).size, ids.length, "a quest came twice");
		assert.equal(old.length, few ? 125 : 250, "a quest was lost");
		assert.deepEqual(ids, [...ids].sort().reverse(), "not newest first");
		assert.ok(pages >= Math.ceil(old.length / limit));
	}
});

test("quest_list: twenty on a page unless told otherwise, no `next` on the last page, nothing behind the last", async () => {
	const reader = await signUp("beginner", { namespace: "pages" });

	assert.deepEqual((await call("GET", "/quests", { token: reader.token })).json, { items: [], next: null });
	const made = [];
	for (let i = 0; i < 21; i++) made.push((await newQuest(reader.token)).id);
	made.sort().reverse(); // within a millisecond any order is as good
	const first = (await call("GET", "/quests", { token: reader.token })).json;
	assert.equal(first.items.length, 20);
	const second = (await call("GET", `/quests?after=${first.next}`, { token: reader.token })).json;
	assert.deepEqual(
		[...first.items, ...second.items].map((q) => q.id),
		made,
	);
	assert.equal(second.next, null);
	assert.equal((await call("GET", "/quests?limit=21", { token: reader.token })).json.next, null);
	const end = Buffer.from(made.at(-1).replaceAll("-", ""), "hex").toString("base64url");
	assert.deepEqual((await call("GET", `/quests?after=${end}`, { token: reader.token })).json, { items: [], next: null });
});

test("quest_list: filters alone and together", async () => {
	const me = await signUp("beginner", { namespace: "filters" }),
		other = await signUp("beginner", { namespace: "filters" });
	const rows = [];

	for (const [who, visibility] of [
		[me, "private"],
		[me, "public"],
		[other, "public"],
		[other, "private"],
	])
		for (const difficulty of ["easy", "hard"])
			for (const status of ["open", "done"]) {
				const quest = await newQuest(who.token, { visibility, difficulty, tags: [difficulty, `${status} {"x"}`] });

				rows.push(status === "open" ? quest : (await call("PATCH", `/quests/${quest.id}`, { token: who.token, json: { status } })).json);
			}
	rows.sort((a, b) => (a.id < b.id ? 1 : -1));
	const mine = (q) => q.owner_id === me.id,
		visible = (q) => mine(q) || q.visibility === "public";
	const cases = {
		// query: which of the rows
		"": visible,
		"mine=true": mine,
		"mine=1": mine,
		"mine=false": visible,
		"mine=0": visible,
		"visibility=private": (q) => mine(q) && q.visibility === "private",
		"visibility=public": (q) => q.visibility === "public",
		"difficulty=easy": (q) => visible(q) && q.difficulty === "easy",
		"difficulty=normal": () => false,
		"status=done": (q) => visible(q) && q.status === "done",
		"status=active": () => false,
		"tag=hard": (q) => visible(q) && q.difficulty === "hard",
		"tag=har": () => false,
		"tag=done+%7B%22x%22%7D": (q) => visible(q) && q.status === "done",
		"mine=true&visibility=public&difficulty=hard&status=done&tag=hard": (q) =>
			mine(q) && q.visibility === "public" && q.difficulty === "hard" && q.status === "done",
	};

	for (const [query, keep] of Object.entries(cases))
		for (const limit of [3, 100]) assert.deepEqual((await walk(me.token, `${query}&limit=${limit}`)).items, rows.filter(keep), query);
});

const badQueries = [
	// query, status, path of the fault
	["limit=0", 422, "/limit"],
	["limit=101", 422, "/limit"],
	["limit=-1", 422, "/limit"],
	["limit=", 422, "/limit"],
	["limit=abc", 422, "/limit"],
	["limit=1.5", 422, "/limit"],
	["limit=%2B5", 422, "/limit"],
	["limit=+5", 422, "/limit"],
	["limit=0x10", 422, "/limit"],
	["limit=99999999999999999999", 422, "/limit"],
	["limit=1e1", 422, "/limit"],
	["status=closed", 422, "/status"],
	["status=", 422, "/status"],
	["status=OPEN", 422, "/status"],
	["visibility=all", 422, "/visibility"],
	["difficulty=1", 422, "/difficulty"],
	["mine=yes", 422, "/mine"],
	["mine=", 422, "/mine"],
	["mine=True", 422, "/mine"],
	["tag=", 422, "/tag"],
	[`tag=${"x".repeat(31)}`, 422, "/tag"],
	["tag=a%0Ab", 422, "/tag"],
	["after=x", 422, "/after"],
	["after=", 422, "/after"],
	[`after=${randomUUID()}`, 422, "/after"],
	["after=AAAAAAAAAAAAAAAAAAAAAA%3D%3D", 422, "/after"],
	["after=AAAAAAAAAAAAAAAAAAAAAB", 422, "/after"],
	[`after=${"A".repeat(3000)}`, 422, "/after"],
	["offset=10", 422, "/offset"],
	["sort=title", 422, "/sort"],
	["Limit=5", 422, "/Limit"],
	["limit=5&limit=5", 400],
	["limit=5&l%69mit=6", 400],
	["tag=%zz", 400],
	["tag=%", 400],
	["tag=%e4", 400],
	["tag=%00", 400],
	["tag=%c0%ae", 400],
	["%ff=1", 400],
	["tag=%ed%a0%80", 400],
	[Array.from({ length: 65 }, (_, i) => `p${i}=1`).join("&"), 400],
];

test("quest_list: refuses wrong filters and names them", async () => {
	for (const [query, status, path] of badQueries) {
		const r = await call("GET", `/quests?${query}`, { token: owner.token });

		assert.equal(r.status, status, `${query.slice(0, 60)}: ${r.text}`);
		if (path) assert.deepEqual(faults(r), [path]);
	}
});

test("quest_list: takes odd but harmless queries", async () => {
	for (const query of [
		"",
		"&",
		"&&limit=1&",
		"limit=1&&tag=x",
		"limit=001",
		"li%6dit=1",
		`after=${Buffer.alloc(16).toString("base64url")}`,
	])
		assert.equal((await call("GET", `/quests?${query}`, { token: owner.token })).status, 200, query);
});

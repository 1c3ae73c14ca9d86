// Keys that admins issue: every type in every state at every group of routes, rotation, claims, limits, and their end.
import assert from "node:assert/strict";
import { createHash, createHmac, randomUUID } from "node:crypto";
import test from "node:test";
import { assertSame, call, faults, many, newQuest, signUp, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const root = await signUp("admin"),
	ada = await signUp();
const space = `space-${randomUUID().slice(0, 8)}`;
const scopes = {
	admin: { type: "admin" },
	namespace: { type: "namespace", namespace: space },
	session: { type: "session", namespace: space },
	model_access: { type: "model_access", namespace: space, model_id: "llama" },
};
const limits = { admin: 1000, namespace: 100, session: 50, model_access: 200 };
const letters = { admin: "a", namespace: "n", session: "s", model_access: "m" };
const types = Object.keys(scopes);
const day = 86_400_000;

const issue = (json, who = { token: root.token }) => call("POST", "/api/v1/auth/keys", { ...who, json });
const rotate = (json, who = { token: root.token }) => call("POST", "/api/v1/auth/keys/rotate", { ...who, json });
const revoke = (id) => call("POST", `/api/v1/auth/keys/${id}/revoke`, { token: root.token });
const claim = (key) => call("POST", "/api/v1/auth/keys/claim", { key });

/** A key that may ask as often as a test needs. */
async function fresh(type, more = {}) {
	const made = await issue({ scope: scopes[type], rate_limit: 100_000, ...more });

	assert.equal(made.status, 201, made.text);
	return { key: made.json.token, ...made.json.info };
}

/** As if its time to be replaced had come. */
const grow = ({ id }) => psql("update app.api_key set due_at = now() where id = $1", id);

/** Its time is over; the programs, which did not do that themselves, hear of it within a second. */
async function expire({ id, key }) {
	await psql("update app.api_key set expires_at = now() where id = $1", id);
	await until(async () => (await many(8, 8, () => call("GET", "/me", { key }))).every((r) => r.status === 401), 1000);
}

// --- who issues what -----------------------------------------------------------------------------------------------------------------

test("cave_key_issue: each type with its token, limit and life", async () => {
	const lives = { admin: null, namespace: 30 * day, session: day / 24, model_access: day / 24 };

	for (const type of types) {
		const { status, json } = await issue({ scope: scopes[type] });

		assert.equal(status, 201);
		assert.match(json.token, new RegExp(`^bkg_${letters[type]}_[A-Za-z0-9_-]{43}$`));
		assert.equal(json.info.key_prefix, json.token.slice(0, 12));
		assert.deepEqual(json.info.scope, scopes[type]);
		assert.equal(json.info.rate_limit, limits[type]);
		assert.equal(json.info.revoked, false);
		assert.deepEqual([json.info.last_used_at, json.info.rotated_from, json.info.rotated_at], [null, null, null]);
		assert.equal(json.info.expires_at && Date.parse(json.info.expires_at) - Date.parse(json.info.created_at), lives[type]);
	}
	const { json } = await issue({ scope: scopes.session, rate_limit: 7, ttl_seconds: 90 });
	assert.deepEqual([json.info.rate_limit, Date.parse(json.info.expires_at) - Date.parse(json.info.created_at)], [7, 90_000]);
});

test("cave_key_issue: keeps the SHA-256 of the token and nothing more of it", async () => {
	const { key, id } = await fresh("admin");
	const dump = (await psql("select to_jsonb(k) from app.api_key k union all select to_jsonb(e) from app.audit_event e")).join("\n");
	const [[hash]] = await psql("select hash from app.api_key where id = $1", id);

	assert.equal(hash, createHash("sha256").update(key).digest("hex"));
	assert.ok(!dump.includes(key.slice(12)));
});

test("cave_key_issue: names what is wrong", async () => {
	for (const [json, paths] of [
		[{}, ["/scope"]],
		[{ scope: "admin" }, ["/scope"]],
		[{ scope: {} }, ["/scope/type"]],
		[{ scope: { type: "root" } }, ["/scope/type"]],
		[{ scope: { type: "personal" } }, ["/scope/type"]],
		[{ scope: { type: "admin", more: 1 } }, ["/scope/more"]],
		[{ scope: { type: "admin", namespace: "x" } }, ["/scope/namespace"]],
		[{ scope: { type: "namespace" } }, ["/scope/namespace"]],
		[{ scope: { type: "namespace", namespace: "A b" } }, ["/scope/namespace"]],
		[{ scope: { type: "namespace", namespace: "-x" } }, ["/scope/namespace"]],
		[{ scope: { type: "namespace", namespace: "" } }, ["/scope/namespace"]],
		[{ scope: { type: "namespace", namespace: "x", model_id: "y" } }, ["/scope/model_id"]],
		[{ scope: { type: "model_access" } }, ["/scope/model_id", "/scope/namespace"]],
		[{ scope: { type: "admin" }, rate_limit: 0, ttl_seconds: 0 }, ["/rate_limit", "/ttl_seconds"]],
		[{ scope: { type: "admin" }, rate_limit: 100_001, ttl_seconds: 315_360_001 }, ["/rate_limit", "/ttl_seconds"]],
		[{ scope: { type: 1, namespace: [] }, none: 1 }, ["/none", "/scope/namespace", "/scope/type"]],
	])
		assert.deepEqual(faults(await issue(json)), paths, JSON.stringify(json));
	assert.equal((await call("POST", "/api/v1/auth/keys", { token: root.token, raw: "{" })).status, 400);
});

test("cave_key_issue: by an admin or an admin's key; once there is an admin, by nobody else", async () => {
	const boss = await fresh("admin");

	assert.equal((await issue({ scope: scopes.admin }, { key: boss.key })).status, 201);
	assert.equal((await issue({ scope: scopes.admin }, { token: boss.key })).status, 201, "as a bearer token too");
	assert.equal((await issue({ scope: scopes.session }, { token: ada.token })).status, 403);
	assert.equal((await issue({ scope: scopes.session }, {})).status, 401);
	assert.equal((await issue({ scope: scopes.admin }, { key: "bkg_a_".padEnd(49, "x") })).status, 401);
	const narrow = (await call("POST", "/auth/keys", { token: root.token, json: { name: "narrow", scopes: ["user:admin"] } })).json.key;
	assert.equal((await issue({ scope: scopes.admin }, { key: narrow })).status, 403, "an admin's narrowed key issues none");
});

test("cave_key_list: a plain list of all, ended ones too, newest first, never a token", async () => {
	const made = [await fresh("session"), await fresh("namespace"), await fresh("admin")];
	await revoke(made[1].id);
	await call("GET", "/me", { key: made[0].key });
	const { status, json } = await call("GET", "/api/v1/auth/keys", { token: root.token });

	assert.equal(status, 200);
	assert.deepEqual(json.slice(0, 3).map((k) => k.id), made.map((k) => k.id).reverse());
	assert.deepEqual(json.slice(0, 3).map((k) => k.revoked), [false, true, false]);
	assert.ok(json[2].last_used_at && !json[0].last_used_at);
	assert.ok(json.every((k) => types.includes(k.scope.type) && !("token" in k) && !("hash" in k)));
	const part = (await call("GET", `/api/v1/auth/keys?limit=2&before=${made[2].id}`, { token: root.token })).json;
	assert.deepEqual(part.map((k) => k.id), [made[1].id, made[0].id]);
	assert.deepEqual(faults(await call("GET", "/api/v1/auth/keys?limit=1001&before=x", { token: root.token })), ["/before", "/limit"]);
	assert.equal((await call("GET", "/api/v1/auth/keys", { token: ada.token })).status, 403);
	assert.equal((await call("GET", "/api/v1/auth/keys")).status, 401);
});

// --- every type, every state, every group of routes ----------------------------------------------------------------------------------

/** Groups of routes, how to ask for one of them, and who is let in: later routes add their rows. */
const groups = {
	"/api/v1/auth/keys": { ask: ["GET", "/api/v1/auth/keys?limit=1"], lets: { admin: 200 } },
	"/api/v1/auth/keys/rotate": { ask: ["POST", "/api/v1/auth/keys/rotate", { json: { key_id: randomUUID() } }], lets: { admin: 404 } },
	"/api/v1/auth/keys/{id}": { ask: ["DELETE", `/api/v1/auth/keys/${randomUUID()}`], lets: { admin: 404 } },
	"/api/v1/admin/*": { ask: ["GET", "/api/v1/admin/users?limit=1"], lets: { admin: 200 } },
	"/api/v1/audit/events": { ask: ["GET", "/api/v1/audit/events?limit=1"], lets: { admin: 200 } },
	"rows of the namespace, read": { ask: ["GET", "/quests?limit=1"], lets: { admin: 200, namespace: 200 } },
	"rows of the namespace, written": { ask: ["POST", "/quests", { json: { title: "of a key" } }], lets: { admin: 201, namespace: 201 } },
	"personal keys": { ask: ["GET", "/auth/keys"], lets: { admin: 200 } },
	"the account": { ask: ["GET", "/profile"], lets: { admin: 200 } },
	"/me": { ask: ["GET", "/me"], lets: { admin: 200, namespace: 200, session: 200, model_access: 200 } },
};

/** What may have become of a key, and whether it still works. */
const states = {
	live: { works: true, reach: () => {} },
	expired: { works: false, reach: expire },
	revoked: { works: false, reach: (k) => revoke(k.id) },
	deleted: { works: false, reach: (k) => call("DELETE", `/api/v1/auth/keys/${k.id}`, { token: root.token }) },
	"rotated at once": { works: false, reach: (k) => rotate({ key_id: k.id }) },
	"rotated, in its grace": { works: true, reach: (k) => rotate({ key_id: k.id, grace_seconds: 600 }) },
	"rotated, after its grace": { works: false, reach: (k) => rotate({ key_id: k.id, grace_seconds: 600 }).then(() => expire(k)) },
	"of a service that was shut out": { works: false, reach: async (k) => {
		const [[who]] = await psql("select principal_id from app.api_key where id = $1", k.id);

		assert.equal((await call("PATCH", `/api/v1/admin/services/${who}`, { token: root.token, json: { disabled: true } })).status, 200);
	} },
};

for (const type of types)
	for (const [state, { works, reach }] of Object.entries(states))
		test(`keys of type ${type}, ${state}: ${works ? "as the table says" : "401"} at every group of routes`, async () => {
			const k = await fresh(type);

			assert.equal((await call("GET", "/me", { key: k.key })).status, 200, "it worked before");
			await reach(k);
			for (const [name, { ask: [method, path, more], lets }] of Object.entries(groups)) {
				const wanted = works ? (lets[type] ?? 403) : 401;

				assert.equal((await call(method, path, { key: k.key, ...more })).status, wanted, name);
			}
		});

test("a key of a namespace sees what is public in it and its own, nothing of another", async () => {
	const insider = await signUp("beginner", { namespace: space }),
		open = await newQuest(insider.token, { visibility: "public" }),
		closed = await newQuest(insider.token),
		foreign = await newQuest(ada.token, { visibility: "public" });
	const { key } = await fresh("namespace");
	const mine = (await call("POST", "/quests", { key, json: { title: "by a key" } })).json;
	const see = async (id, who = { key }) => (await call("GET", `/quests/${id}`, who)).status;

	assert.deepEqual([await see(open.id), await see(mine.id), await see(closed.id), await see(foreign.id)], [200, 200, 404, 404]);
	assert.equal(await see(mine.id, { token: insider.token }), 404);
});

// --- rotation ------------------------------------------------------------------------------------------------------------------------

test("cave_key_rotate: a new key for the same service, the old one ends at once, and the message is signed", async () => {
	const old = await fresh("namespace", { rate_limit: 77, ttl_seconds: 600 });
	const quest = (await call("POST", "/quests", { key: old.key, json: { title: "stays" } })).json;
	const { status, json } = await rotate({ key_id: old.id });

	assert.equal(status, 200);
	assert.equal((await call("GET", "/me", { key: old.key })).status, 401);
	assert.equal((await call("GET", `/quests/${quest.id}`, { key: json.token })).status, 200);
	assert.deepEqual([json.info.rate_limit, json.info.rotated_from, json.info.scope], [77, old.id, scopes.namespace]);
	assert.equal(Date.parse(json.info.expires_at) - Date.parse(json.info.created_at), 30 * day, "the life of its type");
	assert.deepEqual([json.previous.id, json.previous.revoked, json.previous.rotated_at], [old.id, true, json.info.rotated_at]);
	const { payload, signature, event_id: event } = json.webhook;
	assert.deepEqual(Object.keys(payload), ["event", "key_id", "previous_key_id", "rotated_at", "scope", "owner", "key_prefix", "new_rota_id"]);
	assert.deepEqual(
		[payload.event, payload.key_id, payload.previous_key_id, payload.owner, payload.key_prefix, payload.new_rota_id, payload.rotated_at],
		["key.rotated", json.info.id, old.id, space, json.info.key_prefix, json.info.id, json.info.rotated_at],
	);
	const secret = Buffer.from(process.env.CAVE_ROTATION_WEBHOOK_SECRET, "base64");
	assert.equal(signature, createHmac("sha256", secret).update(JSON.stringify(payload)).digest("base64"));
	const [[told]] = await psql("select payload from app.audit_event where entity_id = $1 and event_type = 'key.rotated'", json.info.id);
	assert.deepEqual({ ...JSON.parse(told), rotated_at: "" }, { ...payload, event_id: event, rotated_at: "" });
	assert.equal((await rotate({ key_id: json.info.id, rate_limit: 5, ttl_seconds: 60 })).json.info.rate_limit, 5);
});

test("cave_key_rotate: refuses what is not there, and who may not", async () => {
	const k = await fresh("namespace");

	assert.equal((await rotate({ key_id: randomUUID() })).status, 404);
	const personal = (await call("POST", "/auth/keys", { token: ada.token, json: { name: "x" } })).json.info.id;
	assert.equal((await rotate({ key_id: personal })).status, 404);
	assert.equal((await rotate({ key_id: k.id }, { key: k.key })).status, 403, "not even its own");
	assert.equal((await rotate({ key_id: k.id }, { token: ada.token })).status, 403);
	assert.equal((await rotate({ key_id: k.id }, {})).status, 401);
	assert.deepEqual(faults(await rotate({ key_id: "x", grace_seconds: 86_401, ttl_seconds: 0 })), ["/grace_seconds", "/key_id", "/ttl_seconds"]);
	await revoke(k.id);
	assert.equal((await rotate({ key_id: k.id })).status, 404);
	const both = await fresh("session");
	const turned = await many(8, 8, () => rotate({ key_id: both.id }));
	assert.deepEqual(turned.map((r) => r.status).sort(), [200, 404, 404, 404, 404, 404, 404, 404], "once, whoever asks");
});

test("keys overlap without a failed request, and die at once: eight clients use both all the while", async () => {
	const old = await fresh("namespace");
	let next,
		ended = 0;
	const replies = await many(1600, 8, async (i) => {
		const began = Date.now(),
			key = next && i % 2 ? next : old.key;

		if (i === 400) next = (await rotate({ key_id: old.id, grace_seconds: 600, rate_limit: 100_000 })).json.token;
		if (i === 1200) {
			assert.equal((await revoke(old.id)).status, 204);
			ended = Date.now();
		}
		const { status } = await call("GET", "/quests?limit=1", { key });
		return { status, began, old: key === old.key };
	});

	assert.ok(replies.filter((r) => !r.old).every((r) => r.status === 200), "the new one never failed");
	assert.equal(replies.slice(0, 1150).filter((r) => r.status !== 200).length, 0, "nothing failed while both were good");
	const late = replies.filter((r) => r.old && r.began > ended);
	assert.ok(late.length > 20);
	assert.deepEqual(late.filter((r) => r.status !== 401), [], "nothing went through afterwards");
});

test("a key of a namespace that is a week old is told its successor, which its holder claims once", async () => {
	const old = await fresh("namespace", { rate_limit: 90_000 });

	assert.equal((await call("GET", "/me", { key: old.key })).headers["x-cave-key-rotated"], undefined);
	assert.equal((await claim(old.key)).status, 404);
	const due = await fresh("namespace", { rate_limit: 90_000 });
	await grow(due);
	const first = await call("GET", "/quests?limit=1", { key: due.key }),
		next = first.headers["x-cave-key-rotated"];
	assert.equal(first.status, 200, "it is answered as ever");
	assert.match(next, /^[0-9a-f-]{36}$/);
	const more = await many(16, 8, () => call("GET", "/quests?limit=1", { key: due.key }));
	assert.ok(more.every((r) => r.status === 200 && r.headers["x-cave-key-rotated"] === next));
	const tries = await many(50, 50, () => claim(due.key));
	const won = tries.filter((r) => r.status === 200);
	assert.equal(won.length, 1, "fifty at once: one gets it");
	assert.ok(tries.every((r) => r.status === 200 || r.status === 404));
	assert.deepEqual([won[0].json.info.id, won[0].json.info.rotated_from, won[0].json.info.rate_limit], [next, due.id, 90_000]);
	assert.deepEqual(
		(await many(200, 8, (i) => call("GET", "/quests?limit=1", { key: i % 2 ? due.key : won[0].json.token }))).filter((r) => r.status !== 200),
		[],
		"both work",
	);
	const [[hours]] = await psql("select round(extract(epoch from expires_at - now()) / 3600) from app.api_key where id = $1", due.id);
	assert.equal(hours, "24");
	await expire(due);
	assert.equal((await call("GET", "/me", { key: due.key })).status, 401);
	assert.equal((await call("GET", "/me", { key: won[0].json.token })).status, 200);
	const [[events]] = await psql("select string_agg(event_type, ' ' order by id) from app.audit_event where entity_id = $1", next);
	assert.equal(events, "key.rotated key.claimed");
});

test("cave_key_claim: needs the key itself; a session's has no successor, and an admin's gets one from the daily work", async () => {
	const session = await fresh("session"),
		boss = await fresh("admin");

	assert.equal((await call("POST", "/api/v1/auth/keys/claim")).status, 401);
	assert.equal((await call("POST", "/api/v1/auth/keys/claim", { token: root.token })).status, 404);
	assert.deepEqual(faults(await call("POST", "/api/v1/auth/keys/claim?x=1", { key: boss.key })), ["/x"]);
	assert.equal((await claim(session.key)).status, 404);
	await grow(boss);
	assert.equal((await claim(boss.key)).status, 404);
	assert.deepEqual(await psql("select app.keys_rotate_due() >= 1"), [["t"]]);
	await until(async () => (await call("GET", "/me", { key: boss.key })).headers["x-cave-key-rotated"], 15_000, "every worker hears of it");
	const { json } = await until(async () => { const r = await claim(boss.key); return r.status === 200 && r; }, 15_000, "it is claimed");
	assert.equal((await issue({ scope: scopes.session }, { key: json.token })).status, 201);
});

// --- the end -------------------------------------------------------------------------------------------------------------------------

test("cave_key_revoke, cave_key_delete: the same by two names, once", async () => {
	for (const end of [(id, who) => call("POST", `/api/v1/auth/keys/${id}/revoke`, who), (id, who) => call("DELETE", `/api/v1/auth/keys/${id}`, who)]) {
		const { id, key } = await fresh("session");

		assert.equal((await end(id, { token: ada.token })).status, 403);
		assert.equal((await end(id, { key })).status, 403);
		assert.equal((await end(id, {})).status, 401);
		assert.equal((await end(id, { token: root.token })).status, 204);
		assertSame(await end(id, { token: root.token }), await end(randomUUID(), { token: root.token }));
		assert.equal((await end("x", { token: root.token })).status, 404);
		assert.equal((await call("GET", "/me", { key })).status, 401);
		const [[who, prefix]] = await psql("select actor_id, payload ->> 'prefix' from app.audit_event where event_type = 'key.revoked' and entity_id = $1", id);
		assert.deepEqual([who, prefix], [root.id, key.slice(0, 12)]);
	}
	const mine = (await call("POST", "/auth/keys", { token: ada.token, json: { name: "ada's" } })).json;
	assert.equal((await revoke(mine.info.id)).status, 404, "a person's key is not an admin's to end");
	assert.equal((await call("GET", "/me", { key: mine.key })).status, 200);
});

test("with the last key of a service everything it made for itself ends", async () => {
	const boss = await fresh("admin");
	const side = (await call("POST", "/auth/keys", { key: boss.key, json: { name: "side door" } })).json.key;

	assert.equal((await call("GET", "/me", { key: side })).status, 200);
	const next = (await rotate({ key_id: boss.id })).json;
	assert.equal((await call("GET", "/me", { key: side })).status, 200, "a rotation is no end");
	assert.equal((await revoke(next.info.id)).status, 204);
	assert.equal((await call("GET", "/me", { key: side })).status, 401);
});

// --- limits --------------------------------------------------------------------------------------------------------------------------

for (const type of types)
	test(`limits: a key of type ${type} may ask ${limits[type]} times a minute, and not once more`, async () => {
		const { key } = await fresh(type, { rate_limit: limits[type] });
		const replies = await many(limits[type] + 20, 8, () => call("GET", "/me", { key, check: false }));
		const refused = await call("GET", "/me", { key });

		assert.deepEqual([200, 429].map((s) => replies.filter((r) => r.status === s).length), [limits[type], 20]);
		assert.ok(replies.every((r) => r.headers["ratelimit-limit"] === String(limits[type]) && r.headers["ratelimit-remaining"] && r.headers["ratelimit-reset"]));
		assert.ok(replies.filter((r) => r.status === 200).some((r) => r.headers["ratelimit-remaining"] === "0"));
		assert.deepEqual([refused.status, refused.json.error.code], [429, "rate_limited"]);
		const facts = Object.fromEntries(refused.json.error.details.map((d) => [d.path, d.message]));
		assert.deepEqual(facts, { category: type, limit: String(limits[type]), window_seconds: "60", retry_after_seconds: refused.headers["retry-after"] });
		assert.ok(Number(refused.headers["retry-after"]) >= 30 && Number(refused.headers["retry-after"]) <= 61);
		assert.equal((await call("GET", "/healthz", { key })).status, 200, "health is exempt");
	});

test("limits and rotations are counted", async () => {
	const count = async (line) => Number(new RegExp(`^${line} (\\d+)$`, "m").exec((await call("GET", "/metrics")).text)[1]),
		limited = 'bkg_rate_limited_total\\{category="session"\\}';
	const before = [await count(limited), await count("bkg_key_rotations_total")];
	const k = await fresh("session", { rate_limit: 2 });

	await many(5, 1, () => call("GET", "/me", { key: k.key }));
	await rotate({ key_id: k.id });
	assert.deepEqual([await count(limited), await count("bkg_key_rotations_total")], [before[0] + 3, before[1] + 1]);
});

test("limits: a key's own limit counts, by key and not by how it is sent", async () => {
	const a = await fresh("namespace", { rate_limit: 5 }),
		b = await fresh("namespace", { rate_limit: 5 });
	const ask = (i) => [() => call("GET", "/me", { key: a.key }), () => call("GET", "/quests?limit=1", { token: a.key }), () => call("GET", "/me", { headers: { authorization: `bearer  ${a.key}`, "x-forwarded-for": `10.0.0.${i}` } })][i % 3]();

	assert.deepEqual((await many(9, 1, ask)).map((r) => r.status), [200, 200, 200, 200, 200, 429, 429, 429, 429]);
	assert.equal((await call("GET", "/me", { key: b.key })).status, 200, "another key has a limit of its own");
	const next = (await rotate({ key_id: a.id })).json;
	assert.equal((await call("GET", "/me", { key: next.token })).headers["ratelimit-limit"], "5");
});

test("limits: when the minute has gone by a key may ask again, as far as the minute before lets it", async () => {
	const k = await fresh("session", { rate_limit: 20 });
	const spent = async () => (await many(30, 8, () => call("GET", "/me", { key: k.key }))).filter((r) => r.status === 200).length;

	assert.equal(await spent(), 20);
	await psql("update app.key_rate set began_at = began_at - interval '3 minutes' where key_id = $1", k.id);
	const again = (await rotate({ key_id: k.id, rate_limit: 20 })).json; // the host keeps its refusal of the old one for the minute
	k.key = again.token;
	assert.equal(await spent(), 20);
});

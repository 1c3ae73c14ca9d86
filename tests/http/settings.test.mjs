// The same instance under other settings, and back: reading without signing in, limits, closed sign-up, keys taken away, the operator's kill switch.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { call, faults, many, newQuest, password, signUp, withSettings } from "./harness.mjs";

const skip = !process.env.HTTPS_PORT && "another's instance keeps its settings";
const email = () => `s-${randomBytes(6).toString("hex")}@example.org`;

test(
	"PUBLIC_READ, SIGNUP, API_TOKENS, KILL_SWITCH: each does what it says, and signed-in people notice nothing else",
	{ skip },
	async () => {
		const owner = await signUp(),
			next = await signUp("pro", { namespace: "public-read" }),
			[kept, taken] = process.env.API_TOKENS.split(",");
		const open = await newQuest(owner.token, { visibility: "public", title: "for all" }),
			secret = await newQuest(owner.token, { title: "for me" }),
			far = await newQuest(next.token, { visibility: "public" });

		await withSettings({ PUBLIC_READ: "1", SIGNUP: "closed", API_TOKENS: kept, KILL_SWITCH: "1" }, async () => {
			for (const { id } of [open, far]) assert.equal((await call("GET", `/quests/${id}`)).json.id, id);
			assert.equal((await call("GET", `/quests/${secret.id}`)).status, 404);
			const seen = (await call("GET", "/quests?limit=100")).json.items;
			assert.ok(seen.length && seen.every((q) => q.visibility === "public"));
			assert.ok(seen.some((q) => q.id === open.id) && seen.some((q) => q.id === far.id));
			assert.deepEqual((await call("GET", "/quests?mine=true")).json.items, []);
			assert.deepEqual(faults(await call("GET", "/quests?limit=0")), ["/limit"]);
			assert.equal((await call("GET", `/quests/${secret.id}`, { token: owner.token })).json.title, "for me");
			assert.equal((await call("GET", `/quests/${open.id}`, { token: "x.y.z" })).status, 401, "a bad token is not the same as none");
			for (const [method, path] of [
				["POST", "/quests"],
				["PATCH", `/quests/${open.id}`],
				["DELETE", `/quests/${open.id}`],
			])
				assert.equal((await call(method, path)).status, 401);

			const refused = await call("POST", "/auth/signup", { json: { email: email(), password } });
			assert.deepEqual([refused.status, refused.json.error.code], [403, "signup_closed"]);
			assert.equal((await call("POST", "/auth/login", { json: { email: owner.email, password } })).status, 200);

			assert.equal((await call("GET", "/me", { key: kept })).status, 200);
			for (const as of [{ key: taken }, { token: taken }]) assert.equal((await call("GET", "/me", as)).status, 401);

			const killed = await call("POST", "/quests", { token: owner.token, json: { title: "x" } });
			assert.deepEqual([killed.status, killed.json.error.code], [503, "kill_switch"]);
			const admin = await call("GET", "/api/v1/admin/kill-switch", { token: owner.token });
			assert.equal(admin.status, 403);
		});
		assert.equal((await call("GET", `/quests/${open.id}`)).status, 401);
		assert.equal((await call("GET", "/me", { key: taken })).status, 200);
		assert.equal((await call("POST", "/quests", { token: owner.token, json: { title: "x" } })).status, 201);
	},
);

test(
	"RATE_LIMIT_RPS, AUTH_RPS: more is refused with 429 and when to come back; one person's haste does not slow another",
	{ skip },
	async () => {
		const hasty = await signUp(),
			calm = await signUp();

		await withSettings({ RATE_LIMIT_RPS: "5", AUTH_RPS: "0" }, async () => {
			const all = await many(60, 20, () => call("GET", "/me", { token: hasty.token })),
				refused = all.filter((r) => r.status === 429);

			assert.ok(refused.length >= 30 && all.some((r) => r.status === 200), `${refused.length} of 60 refused`);
			for (const r of refused) assert.equal(r.json.error.code, "rate_limited");
			const first = all.find((r) => r.status === 200);
			assert.deepEqual(
				["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map((h) => /^\d+$/.test(first.headers[h])),
				[true, true, true],
			);
			assert.equal((await call("GET", "/me", { token: calm.token })).status, 200);
			assert.equal((await call("GET", "/healthz")).status, 200);
			const guesses = await many(80, 20, () => call("GET", "/me", { token: `x.${randomBytes(8).toString("hex")}.y` }));
			assert.ok(
				guesses.some((r) => r.status === 429),
				"guessing tokens is not slowed down",
			);
			const logins = await many(60, 10, () => call("POST", "/auth/login", { json: { email: email(), password: "x" } }));
			assert.ok(
				logins.some((r) => r.status === 429),
				"guessing passwords is not slowed down",
			);
		});
		await withSettings({ AUTH_RPS: "1", AUTH_BURST: "3" }, async () => {
			const all = await many(20, 20, () => call("POST", "/auth/refresh", { json: { refresh_token: "x" } }));

			assert.ok(all.filter((r) => r.status === 429).length >= 10, "the front lets everything through");
			assert.ok((await many(20, 20, () => call("GET", "/me", { token: calm.token }))).every((r) => r.status === 200));
		});
	},
);

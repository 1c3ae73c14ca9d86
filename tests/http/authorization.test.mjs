// Whose rows are whose: people of every role ask at random for everything there is; nobody ever reads or changes what is another's.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import test from "node:test";
import { operations } from "./contract.mjs";
import { call, newQuest, password, signUp } from "./harness.mjs";
import { psql } from "./instance.mjs";

const REQUESTS = 3000;
const people = [
	await signUp(),
	await signUp("advanced"),
	await signUp("pro"),
	await signUp("admin"),
	await signUp("pro", { namespace: "next-door" }),
];
const model = new Map(); // id of a quest: { owner, quest } as its owner last saw it, or gone
const asked = Object.fromEntries(operations.map((o) => [o.op, 0]));
const cursors = [],
	keys = [], // ids of keys, personal and of agents
	agents = []; // { id, owner }
const spaces = (await psql("select id from app.namespace where name in ('default', 'next-door')")).flat();
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const chance = (p) => Math.random() < p;

/** A text that says whose it is: p must reach the owner alone, P his namespace too, a (of an agent) an admin too. */
const canary = (who, visibility) =>
	`${{ private: "p", public: "P", agent: "a" }[visibility]}canary-${people.indexOf(who)}-${randomBytes(4).toString("hex")}`;

function fields(who, visibility) {
	return {
		title: canary(who, visibility),
		body: `${canary(who, visibility)} ${canary(who, visibility)}`,
		tags: [canary(who, visibility).slice(0, 30)],
		visibility,
		difficulty: pick(["easy", "normal", "hard"]),
	};
}

const shareNamespace = (a, b) => (people.indexOf(a) === 4) === (people.indexOf(b) === 4);

/** Throws when an answer holds what `who` must not see. A public quest that is private by now may have been read just before. */
function assertOwn(who, reply) {
	for (const [, kind, at] of reply.text.matchAll(/(p|P|a)canary-(\d)-/g)) {
		const owner = people[at];

		assert.ok(
			owner === who || (kind === "P" && shareNamespace(owner, who)) || (kind === "a" && who.role === "admin"),
			`${who.email} was shown ${{ p: "a private", P: "another namespace's", a: "another agent's" }[kind]} text: ${reply.text.slice(0, 300)}`,
		);
	}
}

function anyId() {
	return chance(0.9) && model.size ? pick([...model.keys()]) : pick([randomUUID(), "1", "%00", people[0].id, "'%20or%201=1", ""]);
}

/** Of anybody; for an admin, who sees them all, his own. */
function anyAgent(who) {
	return pick(who.role === "admin" ? agents.filter((a) => a.owner === who) : agents)?.id ?? randomUUID();
}

function anyQuery() {
	const parts = [];

	if (chance(0.5)) parts.push(`limit=${pick([1, 5, 50, 100, 0, "x"])}`);
	if (chance(0.4)) parts.push(`after=${cursors.length && chance(0.9) ? pick(cursors) : "AAAA"}`);
	if (chance(0.3)) parts.push(`visibility=${pick(["private", "public"])}`);
	if (chance(0.2)) parts.push(`status=${pick(["open", "done"])}`);
	if (chance(0.2)) parts.push(`difficulty=${pick(["easy", "hard"])}`);
	if (chance(0.2)) parts.push(`mine=${pick(["true", "false"])}`);
	if (chance(0.2)) parts.push(`tag=${encodeURIComponent([...model.values()].at(-1)?.quest?.tags[0] ?? "x")}`);
	if (chance(0.05)) parts.push(`owner_id=${pick(people).id}`, `namespace_id=${randomUUID()}`);
	return parts.length ? `?${parts.join("&")}` : "";
}

const makers = {
	// for each operation: what to ask, as one of the people
	health: () => ["/healthz"],
	metrics: () => ["/metrics"],
	me_get: () => ["/me"],
	me_export: () => ["/me/export"],
	profile_get: () => ["/profile"],
	profile_update: () => ["/profile", { json: { theme: pick(["light", "dark"]) } }],
	settings_get: () => ["/me/settings"],
	settings_update: () => ["/me/settings", { json: { density: pick(["comfy", "compact", "x"]) } }],
	session_list: () => ["/auth/sessions"],
	session_revoke: (who) => [`/auth/sessions/${pick(people.filter((p) => p !== who)).session}`],
	password_change: () => ["/auth/password", { json: { current_password: "not the password", new_password: "x" } }],
	account_delete: () => ["/auth/delete", { json: { password: "not the password" } }],
	session_step_up: () => ["/auth/step-up", { json: { code: "123456" } }],
	totp_get: () => ["/auth/totp"],
	totp_begin: () => ["/auth/totp", { json: { current_password: "not the password" } }],
	totp_confirm: () => ["/auth/totp/confirm", { json: { code: "123456" } }],
	totp_recovery: () => ["/auth/totp/recovery"],
	totp_remove: () => ["/auth/totp/remove", { json: { code: "123456" } }],
	key_list: () => ["/auth/keys?limit=100"],
	key_create: (who) => ["/auth/keys", { json: { name: canary(who, "private"), scopes: [pick(["quest:read", "user:admin"])] } }],
	key_rotate: () => [`/auth/keys/${pick(keys) ?? anyId()}/rotate`],
	key_revoke: () => [`/auth/keys/${pick(keys) ?? anyId()}`],
	cave_key_issue: () => ["/api/v1/auth/keys", { json: { scope: { type: "session", namespace: pick(["next-door", "no such"]) } } }],
	cave_key_list: () => ["/api/v1/auth/keys?limit=5"],
	cave_key_rotate: () => ["/api/v1/auth/keys/rotate", { json: { key_id: pick(keys) ?? randomUUID() } }],
	cave_key_claim: () => ["/api/v1/auth/keys/claim"],
	cave_key_revoke: () => [`/api/v1/auth/keys/${pick(keys) ?? anyId()}/revoke`],
	cave_key_delete: () => [`/api/v1/auth/keys/${pick(keys) ?? anyId()}`],
	user_list: () => ["/api/v1/admin/users?limit=5"],
	user_get: () => [`/api/v1/admin/users/${pick(people).id}`],
	user_update: () => [`/api/v1/admin/users/${pick(people).id}`, { json: { role: "none" } }],
	invite_list: () => ["/api/v1/admin/invites?limit=5"],
	invite_create: () => ["/api/v1/admin/invites", { json: { days: pick([1, 0]) } }],
	invite_delete: () => [`/api/v1/admin/invites/${randomUUID()}`],
	agent_list: (who) => [`/agents?limit=100&owner=${who.role === "admin" ? who.id : pick(people).id}`],
	agent_create: (who) => ["/agents", { json: { name: canary(who, "agent"), ...(chance(0.3) && { role: pick(["pro", "advanced", "admin"]) }) } }],
	agent_get: (who) => [`/agents/${anyAgent(who)}`],
	agent_update: (who) => [`/agents/${anyAgent(who)}`, { json: { name: canary(who, "agent"), days: pick([1, 0]) } }],
	agent_delete: (who) => [`/agents/${anyAgent(who)}`],
	agent_kill: (who) => [`/agents/${anyAgent(who)}/kill`, { json: { reason: canary(who, "agent") } }],
	agent_key_list: (who) => [`/agents/${anyAgent(who)}/keys`],
	agent_key_create: (who) => [`/agents/${anyAgent(who)}/keys`, { json: { name: canary(who, "agent") } }],
	agent_key_revoke: (who) => [`/agents/${anyAgent(who)}/keys/${pick(keys) ?? randomUUID()}`],
	namespace_list: () => ["/api/v1/namespaces"],
	namespace_create: () => ["/api/v1/namespaces", { json: { name: pick(["next-door", "-", "default"]) } }],
	namespace_get: () => [`/api/v1/namespaces/${pick(spaces)}`],
	namespace_update: () => [`/api/v1/namespaces/${pick(spaces)}`, { json: { display_name: "x" } }],
	namespace_delete: () => [`/api/v1/namespaces/${pick(spaces)}`],
	namespace_member_list: () => [`/api/v1/namespaces/${pick(spaces)}/members`],
	namespace_member_add: () => [`/api/v1/namespaces/${pick(spaces)}/members`, { json: { principal_id: randomUUID() } }],
	namespace_member_update: () => [`/api/v1/namespaces/${pick(spaces)}/members/${randomUUID()}`, { json: { role: "manager" } }],
	namespace_member_end: () => [`/api/v1/namespaces/${pick(spaces)}/members/${pick(people).id}`],
	service_list: () => ["/api/v1/admin/services?limit=5"],
	service_create: () => ["/api/v1/admin/services", { json: { name: "" } }],
	service_get: () => [`/api/v1/admin/services/${pick(people).id}`],
	service_update: () => [`/api/v1/admin/services/${pick(people).id}`, { json: { disabled: true } }],
	service_delete: () => [`/api/v1/admin/services/${pick(people).id}`],
	service_key_list: () => [`/api/v1/admin/services/${pick(people).id}/keys`],
	service_key_create: () => [`/api/v1/admin/services/${pick(people).id}/keys`, { json: { name: "x" } }],
	service_key_revoke: () => [`/api/v1/admin/services/${pick(people).id}/keys/${pick(keys) ?? randomUUID()}`],
	job_list: () => [`/api/v1/admin/jobs?limit=5&state=${pick(["done", "dead", "x"])}`],
	job_retry: () => [`/api/v1/admin/jobs/${randomUUID()}/retry`],
	webhook_list: () => ["/api/v1/admin/webhooks?limit=5"],
	webhook_create: () => ["/api/v1/admin/webhooks", { json: { url: pick(["https://127.0.0.1/", "http://example.org/"]), events: ["key.issued"] } }],
	webhook_get: () => [`/api/v1/admin/webhooks/${randomUUID()}`],
	webhook_update: () => [`/api/v1/admin/webhooks/${randomUUID()}`, { json: { active: false } }],
	webhook_delete: () => [`/api/v1/admin/webhooks/${randomUUID()}`],
	webhook_test: () => [`/api/v1/admin/webhooks/${randomUUID()}/test`],
	delivery_list: () => [`/api/v1/admin/webhooks/${randomUUID()}/deliveries`],
	delivery_retry: () => [`/api/v1/admin/webhooks/${randomUUID()}/deliveries/${randomUUID()}/retry`],
	rotation_receive: () => ["/api/v1/auth/keys/rotated", { json: { event: "key.rotated" } }],
	audit_list: () => [`/api/v1/audit/events?actor=${pick(people).id}`],
	audit_export: () => [`/api/v1/audit/export?limit=${pick([5, 0])}`],
	audit_checkpoints: () => ["/api/v1/audit/checkpoints"],
	audit_key: () => ["/api/v1/audit/key"],
	account_signup: () => ["/auth/signup", { json: { email: pick(people).email, password } }],
	account_login: () => ["/auth/login", { json: { email: pick(people).email, password: "not the password" } }],
	account_register: () => ["/auth/register", { json: { email: pick(people).email, password } }],
	auth_signup: () => ["/api/v1/auth/signup", { json: { email: pick(people).email, password } }],
	auth_login: () => ["/api/v1/auth/login", { json: { api_key: randomBytes(32).toString("base64url") } }],
	auth_refresh: () => ["/api/v1/auth/refresh", { json: { refresh_token: randomBytes(52).toString("base64url") } }],
	auth_logout: () => ["/api/v1/auth/logout?everybody=1"],
	session_refresh: () => ["/auth/refresh", { json: { refresh_token: randomBytes(52).toString("base64url") } }],
	link_redeem: () => ["/auth/link", { json: { token: randomBytes(32).toString("base64url") } }],
	session_logout: () => ["/auth/logout?everybody=1"],
	quest_list: () => [`/quests${anyQuery()}`],
	quest_create: (who) => [
		"/quests",
		{ json: { ...fields(who, pick(["private", "public"])), ...(chance(0.1) && { owner_id: pick(people).id }) } },
	],
	quest_get: () => [`/quests/${anyId()}`],
	quest_update: (who) => [
		`/quests/${anyId()}`,
		{
			json: {
				...fields(who, pick(["private", "public"])),
				status: pick(["open", "active", "done"]),
				...(chance(0.3) && { version: pick([1, 2, 3]) }),
				...(chance(0.05) && { owner_id: who.id }),
			},
		},
	],
	quest_delete: () => [`/quests/${anyId()}`],
	switch_get: () => ["/api/v1/admin/kill-switch"],
	switch_set: () => ["/api/v1/admin/kill-switch", { json: { on: "yes" } }],
};
const weights = {
	quest_list: 8,
	quest_create: 4,
	quest_get: 8,
	quest_update: 10,
	quest_delete: 3,
	account_signup: 0.3,
	account_login: 0.3,
	account_register: 0.1,
	auth_signup: 0.1,
	totp_begin: 0.1,
};
const bag = operations.flatMap((o) => Array(Math.ceil(10 * (weights[o.op] ?? 1))).fill(o));

async function askAtRandom(who, row = pick(bag)) {
	const [path, more = {}] = makers[row.op](who),
		id = path.split("/")[2];
	const reply = await call(row.method, path, { ...(chance(0.05) ? {} : { token: who.token }), ...more });

	asked[row.op]++;
	assertOwn(who, reply);
	// Hashes of passwords wait their turn, on a machine with other things to do perhaps too long.
	assert.ok(reply.status < 500 || reply.json.error.code === "busy", `${row.op}: ${reply.status} ${reply.text}`);
	if (row.op.endsWith("key_create") && reply.status === 201) keys.push(reply.json.info.id);
	if (row.op === "agent_create" && reply.status === 201) agents.push({ id: reply.json.id, owner: who });
	if (row.op.startsWith("agent_") && !["agent_list", "agent_create"].includes(row.op) && reply.status < 300)
		assert.equal(agents.find((a) => a.id === id).owner, who, `${row.op}: another's agent was reached`);
	if (reply.json?.next) cursors.push(reply.json.next);
	if (!["quest_create", "quest_update", "quest_delete"].includes(row.op) || reply.status >= 300) return;
	if (row.op === "quest_create") return void model.set(reply.json.id, { owner: who, quest: reply.json });
	assert.equal(model.get(id).owner, who, `${row.op}: another's quest was changed`);
	model.set(id, { owner: who, quest: row.op === "quest_delete" ? undefined : reply.json });
}

test(`authorization: of ${REQUESTS} requests at random none shows or changes what is another's`, async () => {
	for (const who of people)
		for (const visibility of ["private", "private", "public", "public"]) {
			const quest = await newQuest(who.token, fields(who, visibility));

			model.set(quest.id, { owner: who, quest });
		}
	for (const row of operations) await askAtRandom(pick(people), row);
	await Promise.all(
		people.map(async (who) => {
			for (let i = 0; i < REQUESTS / people.length; i++) await askAtRandom(who);
		}),
	);
	assert.deepEqual(
		Object.keys(asked).filter((op) => !asked[op]),
		[],
		"never asked for",
	);
	assert.deepEqual(Object.keys(makers).sort(), operations.map((o) => o.op).sort(), "an operation is missing here");
});

test("authorization: afterwards every row is as its owner left it", async () => {
	const rows = await psql(
		`select id, owner_id, title, visibility, status, version from app.quest where owner_id in (${people.map((p) => `'${p.id}'`)}) order by id`,
	);
	const wanted = [...model]
		.filter(([, { quest }]) => quest)
		.map(([id, { owner, quest }]) => [id, owner.id, quest.title, quest.visibility, quest.status, String(quest.version)])
		.sort();

	assert.ok(wanted.length > 50);
	assert.deepEqual(rows, wanted);
});

test("authorization: route by role, each refused where the table says so", async () => {
	const rank = ["anyone", "beginner", "advanced", "pro", "admin"],
		roles = { beginner: people[0], advanced: people[1], pro: people[2], admin: people[3] };

	for (const { op, method, path, spec, open } of operations)
		for (const role of rank) {
			const least = open ? "anyone" : /Needs: (\w+)/.exec(spec.description)[1],
				fits = rank.indexOf(role) >= rank.indexOf(least),
				signed = spec.parameters?.some((p) => p.name === "X-Cave-Webhook-Signature"); // whoever asks, only that counts
			const { status } = await call(method, `${path.replaceAll(/\{\w+\}/g, () => randomUUID())}?none-such=1`, {
				token: roles[role]?.token,
				...(spec.requestBody && { json: { none: 1 } }),
			});

			const first = op === "cave_key_issue" && role === "anyone"; // from this host: whether it is the first key is asked after the body was read
			assert.equal(status, signed ? 401 : fits || first ? 422 : role === "anyone" ? 401 : 403, `${op} as ${role}`);
		}
});

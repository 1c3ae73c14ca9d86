// What another installation's webhook tells this one: taken when it is signed, once, and not a word of it read before.
import assert from "node:assert/strict";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import test from "node:test";
import { call, faults, many, signUp, until, withSettings } from "./harness.mjs";
import { psql } from "./instance.mjs";
import { hmac, sign } from "./receiver.mjs";

const secret = process.env.CAVE_ROTATION_WEBHOOK_SECRET,
	skip = !secret && "another's instance keeps its secret";
const admin = await signUp("admin");
const path = "/api/v1/auth/keys/rotated";
const now = () => Math.floor(Date.now() / 1000);
const message = (more = {}) => {
	const key = randomUUID();

	return JSON.stringify({
		event: "key.rotated",
		key_id: key,
		previous_key_id: randomUUID(),
		rotated_at: new Date().toISOString(),
		scope: { type: "namespace", namespace: "default" },
		owner: "default",
		key_prefix: "bkg_n_abcdef",
		new_rota_id: key,
		...more,
	});
};
/** Body and headers of a message that would be taken. */
const good = (body = message(), id = randomUUID()) => ({ raw: body, headers: sign(secret, id, now(), body) });
const old = (body = message()) => ({ raw: body, headers: { "x-cave-webhook-signature": hmac(secret, body, "base64") } });
const tell = (m) => call("POST", path, m);
const effects = async () => Number((await psql("select count(*) from app.audit_event where event_type = 'webhook.received'"))[0][0]);
/** The message with some headers changed, and those that are null left out. */
const but = ({ raw, headers }, changes, body = raw) => ({
	raw: body,
	headers: Object.fromEntries(Object.entries({ ...headers, ...changes }).filter(([, v]) => v !== null)),
});
const flip = (text, at, bit = 0) => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);

test("rotation_receive: by either signature or both, once, with a trace in nobody's name", { skip }, async () => {
	const id = randomUUID(),
		body = message(),
		before = await effects();

	assert.equal((await tell(good(body, id))).status, 204);
	const [event] = (await call("GET", "/api/v1/audit/events?event_type=webhook.received", { token: admin.token })).json.items;
	const { key_id, previous_key_id } = JSON.parse(body);
	assert.deepEqual(
		[event.actor_id, event.payload],
		[null, { event_id: id, key_id, previous_key_id, owner: "default", key_prefix: "bkg_n_abcdef" }],
	);
	assert.equal((await tell(but(good(), { "x-cave-webhook-signature": null }))).status, 204, "the newer alone");
	assert.equal((await tell(old())).status, 204, "the older alone");
	assert.equal(
		(await tell(but(old(), { "x-cave-webhook-id": "unsigned", "x-cave-webhook-timestamp": "1" }))).status,
		204,
		"what is not signed counts for nothing",
	);
	for (const as of [{}, { token: admin.token }, { token: "x.y.z" }])
		assert.equal((await tell({ ...good(), ...as })).status, 204, "a credential makes no difference");
	assert.equal((await tell(good(message({ previous_key_id: undefined, scope: "admin", owner: "admin" })))).status, 204);
	assert.equal(await effects(), before + 8);
});

/** What is refused, how, and why it might have been taken: each is one change to a message that would be. */
const refused = {
	"no signature": [401, (m) => but(m, { "x-cave-webhook-signature": null, "x-cave-webhook-signature-v2": null })],
	"no header at all": [401, (m) => ({ raw: m.raw })],
	"a sha1 header only": [
		401,
		(m) => ({
			raw: m.raw,
			headers: { "x-hub-signature": `sha1=${createHmac("sha1", Buffer.from(secret, "base64")).update(m.raw).digest("hex")}` },
		}),
	],
	"GitHub's sha256 header only": [401, (m) => ({ raw: m.raw, headers: { "x-hub-signature-256": `sha256=${hmac(secret, m.raw, "hex")}` } })],
	"an empty signature": [401, (m) => but(m, { "x-cave-webhook-signature": "", "x-cave-webhook-signature-v2": "" })],
	"another's older signature": [
		401,
		(m) => but(m, { "x-cave-webhook-signature": hmac(randomBytes(32).toString("base64"), m.raw, "base64") }),
	],
	"another's newer signature": [
		401,
		(m) =>
			but(m, {
				"x-cave-webhook-signature-v2": sign(randomBytes(32).toString("base64"), m.headers["x-cave-webhook-id"], now(), m.raw)[
					"x-cave-webhook-signature-v2"
				],
			}),
	],
	"the secret's text as the key": [
		401,
		(m) => ({ raw: m.raw, headers: { "x-cave-webhook-signature": createHmac("sha256", secret).update(m.raw).digest("base64") } }),
	],
	"an empty key": [
		401,
		(m) => ({ raw: m.raw, headers: { "x-cave-webhook-signature": createHmac("sha256", "").update(m.raw).digest("base64") } }),
	],
	"the older signature cut by one": [
		401,
		(m) => but(m, { "x-cave-webhook-signature": m.headers["x-cave-webhook-signature"].slice(0, -1) }),
	],
	"the older signature cut in half": [
		401,
		(m) => but(m, { "x-cave-webhook-signature": m.headers["x-cave-webhook-signature"].slice(0, 22) }),
	],
	"the newer signature cut by one": [
		401,
		(m) => but(m, { "x-cave-webhook-signature-v2": m.headers["x-cave-webhook-signature-v2"].slice(0, -1) }),
	],
	"the newer signature cut to its name": [401, (m) => but(m, { "x-cave-webhook-signature-v2": "v1=" })],
	"the newer signature without its name": [
		401,
		(m) => but(m, { "x-cave-webhook-signature-v2": m.headers["x-cave-webhook-signature-v2"].slice(3) }),
	],
	"another version's name": [
		401,
		(m) => but(m, { "x-cave-webhook-signature-v2": m.headers["x-cave-webhook-signature-v2"].replace("v1", "v2") }),
	],
	"hex in capitals": [
		401,
		(m) => but(m, { "x-cave-webhook-signature-v2": `v1=${m.headers["x-cave-webhook-signature-v2"].slice(3).toUpperCase()}F` }),
	],
	"the older signature in hex": [401, (m) => but(m, { "x-cave-webhook-signature": hmac(secret, m.raw, "hex") })],
	"the older signature in base64url": [401, (m) => but(m, { "x-cave-webhook-signature": `${hmac(secret, m.raw, "base64url")}` })],
	"two signatures in one header": [401, (m) => but(m, { "x-cave-webhook-signature": `${m.headers["x-cave-webhook-signature"]}, x` })],
	"a header twice": [
		400,
		(m) => but(m, { "x-cave-webhook-signature": [m.headers["x-cave-webhook-signature"], m.headers["x-cave-webhook-signature"]] }),
	],
	"the older right and the newer wrong": [401, (m) => but(m, { "x-cave-webhook-signature-v2": `v1=${"0".repeat(64)}` })],
	"the newer right and the older wrong": [401, (m) => but(m, { "x-cave-webhook-signature": hmac(secret, `${m.raw} `, "base64") })],
	"a bit of the body": [401, (m) => but(m, {}, flip(m.raw, 20))],
	"the last bit of the body": [401, (m) => but(m, {}, flip(m.raw, m.raw.length - 1))],
	"a bit that keeps it JSON": [401, (m) => but(m, {}, m.raw.replace('"owner":"default"', '"owner":"eefault"'))],
	"the same JSON with a blank": [401, (m) => but(m, {}, m.raw.replace(",", ", "))],
	"the same JSON in another order": [
		401,
		(m) => but(m, {}, JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(m.raw)).reverse()))),
	],
	"the same JSON with an escape": [401, (m) => but(m, {}, m.raw.replace("key.rotated", "\\u006bey.rotated"))],
	"a newline behind the body": [401, (m) => but(m, {}, `${m.raw}\n`)],
	"a body cut by one": [401, (m) => but(m, {}, m.raw.slice(0, -1))],
	"no body": [401, (m) => but(m, {}, "")],
	"a body that is no JSON, unsigned": [401, (m) => but(m, {}, "{")],
	"another id": [401, (m) => but(m, { "x-cave-webhook-id": randomUUID() })],
	"no id": [401, (m) => but(m, { "x-cave-webhook-id": null })],
	"no timestamp": [401, (m) => but(m, { "x-cave-webhook-timestamp": null })],
	"another timestamp": [401, (m) => but(m, { "x-cave-webhook-timestamp": String(now() + 1) })],
	"a timestamp of six minutes ago": [401, (m) => ({ raw: m.raw, headers: sign(secret, randomUUID(), now() - 360, m.raw) })],
	"a timestamp six minutes ahead": [401, (m) => ({ raw: m.raw, headers: sign(secret, randomUUID(), now() + 360, m.raw) })],
	"a timestamp in milliseconds": [401, (m) => ({ raw: m.raw, headers: sign(secret, randomUUID(), Date.now(), m.raw) })],
	"a timestamp that is a date": [401, (m) => ({ raw: m.raw, headers: sign(secret, randomUUID(), new Date().toISOString(), m.raw) })],
	"a timestamp beyond any number": [401, (m) => ({ raw: m.raw, headers: sign(secret, randomUUID(), "9".repeat(30), m.raw) })],
	"an id with a dot, which would shift the boundary": [
		401,
		(m) => ({ raw: m.raw, headers: sign(secret, `${randomUUID()}.1`, now(), m.raw) }),
	],
	"an id without end": [401, (m) => ({ raw: m.raw, headers: sign(secret, "x".repeat(101), now(), m.raw) })],
	"only the older signature, a day late": [401, () => old(message({ rotated_at: new Date(Date.now() - 86_400_000).toISOString() }))],
	"only the older signature, ahead of its time": [401, () => old(message({ rotated_at: new Date(Date.now() + 3_600_000).toISOString() }))],
	"text/plain": [415, (m) => but(m, { "content-type": "text/plain" })],
	"a form": [415, (m) => but(m, { "content-type": "application/x-www-form-urlencoded" })],
	"no content type": [415, (m) => but(m, { "content-type": "" })],
	"a charset of another world": [415, (m) => but(m, { "content-type": "application/json; charset=utf-16" })],
	"signed, but no JSON": [400, () => good("{")],
	"signed, but a list": [422, () => good("[]")],
	"signed, but another event": [422, () => good(message({ event: "key.revoked" }))],
	"signed, but without a key": [422, () => good(message({ key_id: undefined }))],
	"signed, but no UUID": [422, () => good(message({ key_id: "x" }))],
	"signed, but no time": [422, () => good(message({ rotated_at: "yesterday" }))],
	"signed, but with a key twice": [400, () => good(message().replace("{", '{"event":"key.rotated",'))],
	"signed, but with one field too many": [422, () => good(message({ token: "bkg_x" }))],
	"26 MiB": [413, () => good(`${message()}${" ".repeat(26 << 20)}`)],
	"a byte more than a mebibyte": [
		413,
		() => {
			const b = message();
			return good(b + " ".repeat((1 << 20) + 1 - b.length));
		},
	],
};

test(`rotation_receive: refuses ${Object.keys(refused).length} messages that differ in one thing from a good one`, { skip }, async () => {
	const before = await effects();

	for (const [name, [status, change]] of Object.entries(refused)) {
		const r = await tell(change(good()));

		assert.equal(r.status, status, `${name}: ${r.text}`);
		if (status === 401) assert.equal(r.json.error.code, "invalid_signature", name);
	}
	assert.equal(await effects(), before, "one of them had an effect");
	assert.deepEqual(faults(await tell(good(message({ owner: "" })))), ["/owner"]);
});

test("rotation_receive: whatever order they come in, each counts once", { skip }, async () => {
	const before = await effects(),
		messages = Array.from({ length: 12 }, () => good());

	for (const i of [5, 3, 11, 0, 8, 1, 2, 10, 4, 9, 7, 6]) assert.equal((await tell(messages[i])).status, 204);
	for (const m of messages) assert.deepEqual([(await tell(m)).status, (await tell(m)).json.error.code], [409, "already_received"]);
	assert.equal(await effects(), before + 12);
});

test("rotation_receive: a repetition is known by its id and by its bytes", { skip }, async () => {
	const m = good(),
		id = m.headers["x-cave-webhook-id"],
		before = await effects();

	assert.equal((await tell(m)).status, 204);
	assert.equal((await tell(good(message(), id))).status, 409, "the id with another body");
	assert.equal((await tell(good(m.raw))).status, 409, "the body under another id");
	assert.equal((await tell(old(m.raw))).status, 409, "the body with the newer signature taken off");
	const plain = old();
	assert.deepEqual([(await tell(plain)).status, (await tell(plain)).status, (await tell(good(plain.raw))).status], [204, 409, 409]);
	assert.equal(await effects(), before + 2);
});

test("rotation_receive: ten thousand replays of one message have one effect", { skip }, async () => {
	const m = good(),
		before = await effects(),
		from = Date.now();
	const statuses = (await many(10_000, 40, () => call("POST", path, { ...m, check: false }))).map((r) => r.status);

	assert.equal(statuses.filter((s) => s === 204).length, 1);
	assert.equal(statuses.filter((s) => s === 409).length, 9999);
	assert.equal(await effects(), before + 1);
	assert.ok(Date.now() - from < 30_000, `it took ${Date.now() - from} ms`);
});

test("rotation_receive: a webhook of one installation is understood by another", { skip }, async () => {
	const hook = await call("POST", "/api/v1/admin/webhooks", {
		token: admin.token,
		json: { url: "https://hooks.example.org/", events: ["key.rotated"], secret },
	});
	const key = (await call("POST", "/auth/keys", { token: admin.token, json: { name: "x" } })).json.info;

	assert.equal((await call("POST", `/auth/keys/${key.id}/rotate`, { token: admin.token })).status, 201);
	const [[id, body]] = await psql("select event_id, body from app.webhook_delivery where webhook_id = $1", hook.json.id);
	assert.equal((await tell({ raw: body, headers: sign(secret, id, now(), body) })).status, 204);
	const [event] = (await call("GET", "/api/v1/audit/events?event_type=webhook.received", { token: admin.token })).json.items;
	assert.deepEqual([event.payload.event_id, event.payload.previous_key_id, event.payload.owner], [id, key.id, "admin"]);
	assert.equal(
		(await psql("select 1 from app.webhook_delivery where event like 'webhook.received'")).length,
		0,
		"what is received is not told on",
	);
});

test("rotation_receive: without a secret nobody's word is taken, and what was is forgotten after a day", { skip }, async () => {
	const m = good();

	await withSettings({ CAVE_ROTATION_WEBHOOK_SECRET: "" }, async () => {
		const r = await until(async () => {
			const answer = await tell(m);
			return answer.status === 503 && answer;
		});
		assert.equal(r.json.error.code, "not_ready");
	});
	assert.equal((await tell(m)).status, 204);
	await psql("update app.webhook_seen set seen_at = now() - interval '25 hours'");
	assert.equal((await tell(m)).status, 204, "the timestamp is what refuses it by then");
});

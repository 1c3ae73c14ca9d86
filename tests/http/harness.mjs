// What the tests share: calls over real HTTPS that are checked against the contract, raw sockets, people, and waiting for a condition.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { assertReply } from "./contract.mjs";
import { ops, psql } from "./instance.mjs";

export const base = new URL(process.env.LA_URL);
export const httpPort = Number(process.env.HTTP_PORT);
const agent = new https.Agent({ keepAlive: true, maxSockets: 50, rejectUnauthorized: false });
const TALK_MS = 8000;

/**
 * One request over HTTPS: { status, headers, text, json, id }. `token` is a bearer token, `key` an API key, `json`, `form` or `raw` a body.
 * The reply is checked against the contract and counted for it, unless `check` is false.
 */
export async function call(method, path, { token, key, json, form, raw, headers = {}, check = true } = {}) {
	const [type, body] =
		json !== undefined
			? ["application/json", JSON.stringify(json)]
			: form
				? ["application/x-www-form-urlencoded", new URLSearchParams(form).toString()]
				: raw !== undefined
					? ["application/json", raw]
					: [];
	const all = {
		...(token !== undefined && { authorization: `Bearer ${token}` }),
		...(key !== undefined && { "x-api-key": key }),
		...(body !== undefined && { "content-type": type, "content-length": Buffer.byteLength(body) }),
		...headers,
	};
	const reply = await exchange(method, path, all, body);

	if (check) assertReply(method, path, reply);
	return reply;
}

function exchange(method, path, headers, body) {
	return new Promise((resolve, reject) => {
		const req = https.request({ host: base.hostname, port: base.port, method, path, headers, agent }, (res) => {
			const parts = [];

			res
				.on("data", (d) => parts.push(d))
				.on("error", reject)
				.on("end", () => resolve(replyOf(res.statusCode, res.headers, res.rawHeaders, Buffer.concat(parts))));
		});

		req.setTimeout(30_000, () => req.destroy(new Error(`${method} ${path} took too long`)));
		req.on("error", reject).end(body);
	});
}

function replyOf(status, headers, rawHeaders, bytes) {
	const text = bytes.toString("utf8");
	let json;

	assert.ok(Buffer.from(text).equals(bytes), "the body is not UTF-8");
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status, headers, rawHeaders, text, json, id: headers["x-request-id"] };
}

/** The same over HTTP/2, unchecked. */
export function call2(method, path, { token, json, headers = {} } = {}) {
	const session = http2.connect(base, { rejectUnauthorized: false }),
		body = json && JSON.stringify(json);
	const stream = session.request({
		":method": method,
		":path": path,
		...(token && { authorization: `Bearer ${token}` }),
		...(body && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
		...headers,
	});

	return new Promise((resolve, reject) => {
		const parts = [];
		let answered;

		session.on("error", reject);
		stream
			.on("response", (h) => (answered = h))
			.on("data", (d) => parts.push(d))
			.on("error", reject);
		stream.on("end", () => {
			session.close();
			resolve(replyOf(answered[":status"], answered, [], Buffer.concat(parts)));
		});
		stream.end(body);
	});
}

/** Sends bytes as they are, and reads what comes back until `expect` replies are whole or the other side closes. */
export function talk(bytes, { expect = 1, secure = false, port = httpPort } = {}) {
	return new Promise((resolve, reject) => {
		const to = { host: "127.0.0.1", port: secure ? Number(base.port) : port, rejectUnauthorized: false, servername: "localhost" };
		const socket = secure ? tls.connect(to) : net.connect(to),
			parts = [];
		const end = (closed) => {
			socket.destroy();
			resolve({ closed, replies: parseReplies(Buffer.concat(parts).toString("latin1")), text: Buffer.concat(parts).toString("latin1") });
		};

		socket.setTimeout(TALK_MS, () => end(false));
		socket.on("error", (e) => (e.code === "ECONNRESET" || e.code === "EPIPE" ? end(true) : reject(e))).on("end", () => end(true));
		socket.on("data", (d) => {
			parts.push(d);
			if (parseReplies(Buffer.concat(parts).toString("latin1")).filter((r) => r.whole).length >= expect) end(false);
		});
		socket.write(bytes);
	});
}

function parseReplies(text) {
	const found = [];

	while (text) {
		const end = text.indexOf("\r\n\r\n"),
			head = text.slice(0, end),
			first = /^HTTP\/1\.1 (\d{3})/.exec(head);

		if (end < 0 || !first) {
			found.push({ whole: false, status: 0, text });
			break;
		}
		const rawHeaders = head
			.split("\r\n")
			.slice(1)
			.flatMap((l) => [l.slice(0, l.indexOf(":")), l.slice(l.indexOf(":") + 1).trim()]);
		const headers = {};
		for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i].toLowerCase()] = rawHeaders[i + 1];
		const length = Number(headers["content-length"] ?? 0),
			body = text.slice(end + 4, end + 4 + length);
		found.push({ ...replyOf(Number(first[1]), headers, rawHeaders, Buffer.from(body, "latin1")), whole: body.length === length });
		text = text.slice(end + 4 + length);
	}
	return found;
}

/** Asks again and again until the answer is not false, and gives it; fails when that takes longer than `ms`. */
export async function until(ask, ms = 5000, what = ask.toString()) {
	const end = Date.now() + ms;

	for (;;) {
		const answer = await ask();

		if (answer) return answer;
		if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
		await new Promise((turn) => setTimeout(turn, 10));
	}
}

/** Does `count` things, at most `width` at a time; all answers, in order. */
export async function many(count, width, doOne) {
	const answers = Array(count);
	let next = 0;

	await Promise.all(
		Array.from({ length: width }, async () => {
			while (next < count) {
				const i = next++;

				answers[i] = await doOne(i);
			}
		}),
	);
	return answers;
}

export const password = "canary horse battery staple";

/** A person of their own: { id, email, token, refresh, role }. Roles other than beginner and other namespaces are given by hand. */
export async function signUp(role = "beginner", { namespace } = {}) {
	const email = `${role}-${randomBytes(6).toString("hex")}@example.org`;
	const made = await call("POST", "/auth/signup", { json: { email, password } });

	assert.equal(made.status, 201, made.text);
	const id = claims(made.json.access_token).sub;

	if (namespace) {
		await psql("insert into app.namespace (name) values ($1) on conflict do nothing", namespace);
		await psql("update app.principal set namespace_id = (select id from app.namespace where name = $1) where id = $2", namespace, id);
	}
	if (role === "beginner") return person(id, email, role, made.json);
	await psql("update app.principal set role = $1 where id = $2", role, id);
	return person(id, email, role, (await call("POST", "/auth/refresh", { json: { refresh_token: made.json.refresh_token } })).json);
}

function person(id, email, role, pair) {
	return { id, email, role, token: pair.access_token, refresh: pair.refresh_token, session: claims(pair.access_token).sid };
}

export const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

export async function newQuest(token, fields = {}) {
	const made = await call("POST", "/quests", { token, json: { title: "Patch the gate", ...fields } });

	assert.equal(made.status, 201, made.text);
	return made.json;
}

/** Two replies that nobody can tell apart, but for the moment and the request's id. */
export function assertSame(a, b) {
	const strip = ({ status, headers: { date, "x-request-id": id, ...headers }, text }) => ({
		status,
		headers,
		text: text.replaceAll(id, "ID"),
	});

	assert.deepEqual(strip(a), strip(b));
}

/** Runs the instance with other settings, and puts them back whatever happens. */
export async function withSettings(changes, run) {
	try {
		await ops("run", changes);
		await run();
	} finally {
		await ops("run");
	}
}

/** Paths of the details of a 422, sorted. */
export function faults(reply) {
	assert.equal(reply.status, 422, reply.text);
	return reply.json.error.details.map((d) => d.path).sort();
}

// The front's edge: requests as bytes, good and bent, through nginx to the programs; and records as bytes to the programs' own sockets.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import test from "node:test";
import { base, call, httpPort, many, signUp, talk, until } from "./harness.mjs";
import { psql } from "./instance.mjs";

const { token } = await signUp();
const [apiKey] = (process.env.API_TOKENS ?? "x").split(",");
const host = "Host: localhost\r\n",
	auth = `Authorization: Bearer ${token}\r\n`,
	json = "Content-Type: application/json\r\n";
const get = (path, more = "") => `GET ${path} HTTP/1.1\r\n${host}${more}\r\n`;
const post = (more, body = "", path = "/quests") => `POST ${path} HTTP/1.1\r\n${host}${auth}${json}${more}\r\n${body}`;
const canary = get("/healthz", "X-Request-Id: canary\r\nConnection: close\r\n");
const smuggled = `POST /quests HTTP/1.1\r\n${host}${auth}${json}Content-Length: 20\r\n\r\n{"title":"smuggled"}`;
const ok = '{"title":"edge"}',
	chunk = (s) => `${s.length.toString(16)}\r\n${s}\r\n`;
const CLOSED = 0; // no answer, the connection is closed

const requests = {
	// name: [bytes, the statuses that are right]
	// request line
	"a good request": [get("/me", auth), 200],
	"HTTP/1.0 with a host": [`GET /me HTTP/1.0\r\n${host}${auth}\r\n`, 200],
	"HTTP/1.0 without a host": [`GET /me HTTP/1.0\r\n${auth}\r\n`, CLOSED, 400],
	"HTTP/0.9": ["GET /me\r\n", CLOSED, 400],
	"HTTP/2.0 on the line": [`GET /me HTTP/2.0\r\n${host}\r\n`, 400, 505],
	"HTTP/9.9": [`GET /me HTTP/9.9\r\n${host}\r\n`, 400, 505],
	"HTTP/1.1x": [`GET /me HTTP/1.1x\r\n${host}\r\n`, 400],
	"HTTP/11": [`GET /me HTTP/11\r\n${host}\r\n`, 400, 505],
	"no slash in the version": [`GET /me HTTP1.1\r\n${host}\r\n`, 400],
	"lower-case version": [`GET /me http/1.1\r\n${host}\r\n`, 400],
	"lower-case method": [`get /me HTTP/1.1\r\n${host}\r\n`, 400],
	"a method nobody knows": [`FOO /me HTTP/1.1\r\n${host}\r\n`, 405],
	TRACE: [`TRACE /me HTTP/1.1\r\n${host}\r\n`, 405],
	CONNECT: [`CONNECT localhost:443 HTTP/1.1\r\n${host}\r\n`, 400, 405],
	"a method with a NUL": [`GE\0T /me HTTP/1.1\r\n${host}\r\n`, 400],
	"no method": [` /me HTTP/1.1\r\n${host}\r\n`, 400],
	"two blanks": [`GET  /me HTTP/1.1\r\n${host}${auth}\r\n`, 200, 400],
	"a tab for a blank": [`GET\t/me HTTP/1.1\r\n${host}\r\n`, 400],
	"OPTIONS *": [`OPTIONS * HTTP/1.1\r\n${host}\r\n`, 400, 404, 405],
	"GET *": [`GET * HTTP/1.1\r\n${host}\r\n`, 400],
	"a path without a slash": [`GET me HTTP/1.1\r\n${host}\r\n`, 400],
	"a NUL in the path": [get("/m\0e"), 400],
	"an escaped NUL in the path": [get("/quests/%00"), 400],
	"a control character in the path": [get("/m\x01e"), 400, 404],
	"DEL in the path": [get("/m\x7fe"), 400, 404],
	"a broken escape in the path": [get("/quests/%zz"), 400],
	"half an escape": [get("/quests/%4"), 400, 404],
	"a blank in the path": [get("/m e"), 400],
	"bytes past ASCII in the path": [get("/m\xe9"), 404],
	"up and out": [get("/../../etc/passwd"), 400],
	"up and out, escaped": [get("/%2e%2e/%2e%2e/etc/passwd"), 400],
	"a backslash": [get("/..\\..\\etc"), 404],
	"a fragment": [get("/healthz#x"), 200, 404],
	"a path of 9,000 letters": [get(`/${"x".repeat(9000)}`), 414],
	"an absolute address": [`GET http://localhost/me HTTP/1.1\r\n${host}${auth}\r\n`, 200, 404],
	"an absolute address of somebody else": [`GET http://evil.example/me HTTP/1.1\r\n${host}${auth}\r\n`, CLOSED, 400],
	"a CR in the line": [`GET /me\rX HTTP/1.1\r\n${host}\r\n`, 400],
	"an empty line before": [`\r\n${get("/me", auth)}`, 200],
	rubbish: [randomBytes(300), 400, CLOSED],
	"a TLS hello": [Buffer.from("1603010200010001fc0303", "hex"), 400, CLOSED],
	"the HTTP/2 preface": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 405, 505, CLOSED],
	// headers
	"no Host": ["GET /me HTTP/1.1\r\n\r\n", 400],
	"two Hosts": [get("/me", host + auth), 400],
	"two different Hosts": [get("/me", "Host: evil.example\r\n"), 400],
	"an empty Host": ["GET /me HTTP/1.1\r\nHost:\r\n\r\n", CLOSED, 400],
	"a Host that is not ours": ["GET /me HTTP/1.1\r\nHost: evil.example\r\n\r\n", CLOSED],
	"a Host with a path": ["GET /me HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400],
	"a Host with a NUL": ["GET /me HTTP/1.1\r\nHost: local\0host\r\n\r\n", 400],
	"a Host with a user": ["GET /me HTTP/1.1\r\nHost: x@localhost\r\n\r\n", 400, CLOSED],
	"a Host in capitals with a port": [`GET /me HTTP/1.1\r\nHost: LOCALHOST:${httpPort}\r\n${auth}\r\n`, 200],
	"a Host that is an address": [`GET /me HTTP/1.1\r\nHost: 127.0.0.1\r\n${auth}\r\n`, 200],
	"a Host with a dot behind": [`GET /me HTTP/1.1\r\nHost: localhost.\r\n${auth}\r\n`, 200, CLOSED, 400],
	"a blank before the colon": [get("/me", `Authorization : Bearer ${token}\r\n`), 400],
	"a blank before the colon of Transfer-Encoding": [post("Content-Length: 5\r\nTransfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400],
	"a folded header": [get("/me", `X-A: 1\r\n b\r\n${auth}`), 400],
	"a NUL in a header": [get("/me", "X-A: a\0b\r\n"), 400],
	"a bare CR in a header": [get("/me", `X-A: a\rb\r\n${auth}`), 200, 400],
	"no colon": [get("/me", `NoColon\r\n${auth}`), 200, 400],
	"no name": [get("/me", `: x\r\n${auth}`), 200, 400],
	"line ends of LF alone": [get("/me", auth).replaceAll("\r\n", "\n"), 200, 400],
	"a header of 9,000 letters": [get("/me", `X-A: ${"x".repeat(9000)}\r\n`), 431],
	"40,000 letters of headers": [get("/me", Array.from({ length: 40 }, (_, i) => `X-${i}: ${"x".repeat(1000)}\r\n`).join("")), 431],
	"1,000 short headers": [get("/me", auth + Array.from({ length: 1000 }, (_, i) => `X-${i}: y\r\n`).join("")), 200, 400, 431],
	"underscores for dashes": [get("/me", `X_API_KEY: ${apiKey}\r\n`), 401],
	"a credential in a name that looks like it": [
		get("/me", `HTTP-AUTHORIZATION: Bearer ${token}\r\nHTTP_AUTHORIZATION: Bearer ${token}\r\n`),
		401,
	],
	"two Authorizations": [get("/me", auth + auth), 400],
	"a key and a token": [get("/me", `${auth}X-API-Key: ${apiKey}\r\n`), 400],
	"two keys": [get("/me", `X-API-Key: ${apiKey}\r\nX-Api-Key: ${apiKey}\r\n`), 400],
	"two keys, one empty": [get("/me", `X-API-Key:\r\nX-API-Key: ${apiKey}\r\n`), 400],
	"two content types": [post(`Content-Type: text/plain\r\nContent-Length: ${ok.length}\r\n`, ok), 400],
	"two content types, the good one last": [
		`POST /quests HTTP/1.1\r\n${host}${auth}Content-Type: text/plain\r\n${json}Content-Length: ${ok.length}\r\n\r\n${ok}`,
		400,
	],
	"two request ids": [get("/me", `${auth}X-Request-Id: a\r\nX-Request-Id: b\r\n`), 200, 400],
	"names that servers believe": [
		get(
			"/me",
			"X-User-Id: 1\r\nX-Forwarded-User: admin\r\nRemote-User: admin\r\nX-Remote-User: admin\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nProxy: http://evil.example\r\n",
		),
		401,
	],
	"another method by a header": [get("/me", `${auth}X-HTTP-Method-Override: DELETE\r\n`), 200],
	"another path by a header": [
		get("/me", `${auth}X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\nX-Accel-Redirect: /metrics\r\n`),
		200,
	],
	"a script name by a header": [get("/me", `${auth}Script-Name: /metrics\r\nRequest-Uri: /metrics\r\nX-Request-Uri: /metrics\r\n`), 200],
	"Upgrade to h2c": [
		get("/me", `${auth}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n`),
		200,
	],
	"a range": [get("/me", `${auth}Range: bytes=0-3\r\n`), 200, 206],
	"a wish for no encoding": [get("/openapi.json", "Accept-Encoding: identity;q=0, *;q=0\r\n"), 200],
	// where a body ends
	"a good body": [post(`Content-Length: ${ok.length}\r\n`, ok), 201],
	"no length": [post("", ""), 411],
	"chunked, which nginx gathers first": [post("Transfer-Encoding: chunked\r\n", `${chunk(ok)}0\r\n\r\n`), 201],
	"chunked past the limit": [post("Transfer-Encoding: chunked\r\n", `${chunk("x".repeat(1 << 20))}${chunk("x")}0\r\n\r\n`), 413],
	"chunked with extensions and trailers": [
		post("Transfer-Encoding: chunked\r\n", `${ok.length.toString(16)};x=y\r\n${ok}\r\n0\r\nX-Api-Key: ${apiKey}\r\n\r\n`),
		201,
	],
	"chunked and a length": [post(`Content-Length: ${ok.length}\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`), 400],
	"a length and chunked": [post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${smuggled}`), 400],
	"chunked twice": [post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, 501],
	"chunked and identity": [post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400, 501],
	identity: [post("Transfer-Encoding: identity\r\n", ""), 400, 411, 501],
	"gzip, chunked": [post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400, 501],
	xchunked: [post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, 501],
	"chunked in capitals": [post("Transfer-Encoding: CHUNKED\r\n", `${chunk(ok)}0\r\n\r\n`), 201],
	"chunked behind a vertical tab": [post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"), 400, 501],
	"chunked in quotes": [post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n"), 400, 501],
	"chunked in HTTP/1.0": [`POST /quests HTTP/1.0\r\n${host}${auth}${json}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 411],
	"a chunk of no number": [post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), 400],
	"a chunk past all limits": [post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}"), 400, 413],
	"a chunk of less than nothing": [post("Transfer-Encoding: chunked\r\n", "-1\r\n{}\r\n0\r\n\r\n"), 400],
	"a chunk without its end": [post("Transfer-Encoding: chunked\r\n", "2\r\n{}x0\r\n\r\n"), 400],
	"a chunk by 0x": [post("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n"), 400, 411],
	"two lengths": [post("Content-Length: 15\r\nContent-Length: 15\r\n", ok), 400],
	"two different lengths": [post(`Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled), 400],
	"two lengths in one": [post("Content-Length: 15, 15\r\n", ok), 400],
	"a length with a sign": [post("Content-Length: +15\r\n", ok), 400],
	"a length below nothing": [post("Content-Length: -1\r\n", ok), 400],
	"a length with more behind": [post("Content-Length: 15x\r\n", ok), 400],
	"a length by 0x": [post("Content-Length: 0xf\r\n", ok), 400],
	"an empty length": [post("Content-Length:\r\n", ""), 400, 411],
	"a length past 64 bits": [post("Content-Length: 18446744073709551631\r\n", ok), 400, 413],
	"a length of a gigabyte": [post("Content-Length: 1073741824\r\n", ok), 413],
	"a length with a blank inside": [post("Content-Length: 1 5\r\n", ok), 400],
	"a length of full-width digits": [post("Content-Length: \uff11\uff15\r\n", ok), 400],
	Content_Length: [post("Content_Length: 15\r\n", ""), 411],
	"a body for GET": [get("/me", `${auth}Content-Length: ${smuggled.length}\r\n`) + smuggled, 413],
	"a body for DELETE": [
		`DELETE /quests/${randomUUID()} HTTP/1.1\r\n${host}${auth}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
		413,
	],
	"a body for a path that is nowhere": [`POST /nowhere HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`, 404],
	"a body for a page": [`POST /docs/ HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`, 405],
	"a body of a stranger": [`POST /quests HTTP/1.1\r\n${host}${json}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`, 401],
	"a body of another type": [
		`POST /quests HTTP/1.1\r\n${host}${auth}Content-Type: text/plain\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
		415,
	],
	"a broken body": [post(`Content-Length: ${smuggled.length}\r\n`, smuggled), 400],
	"chunked for GET": [get("/me", `${auth}Transfer-Encoding: chunked\r\n`) + `${chunk(smuggled)}0\r\n\r\n`, 200, 400, 411, 413],
};

/** What follows on the same connection must be the canary's own answer, or nothing. */
function assertNotShifted({ replies }, name) {
	for (const r of replies.slice(1)) {
		if (!r.whole || r.status === 400) continue; // what was left of the first one made no sense to nginx
		assert.deepEqual([r.status, r.id], [200, "canary"], `${name}: the next request on the connection got another's answer`);
	}
}

test(`boundary: ${Object.keys(requests).length} requests as bytes, over plain HTTP and TLS, are answered as they should be`, async () => {
	const list = Object.entries(requests),
		odd = [];

	assert.ok(list.length >= 80);
	await many(2 * list.length, 16, async (i) => {
		const [name, [bytes, ...right]] = list[i >> 1],
			answer = await talk(Buffer.concat([Buffer.from(bytes, "latin1"), Buffer.from(canary)]), { expect: 2, secure: i % 2 > 0 });
		const status = answer.replies.find((r) => r.status !== 100)?.status ?? CLOSED;

		if (!right.includes(status)) odd.push(`${name}: ${status}, not ${right}`);
		assertNotShifted(answer, name);
		if (status >= 400) assert.ok(answer.replies[0].json?.error, `${name}: not in the envelope: ${answer.text.slice(0, 300)}`);
	});
	assert.deepEqual(odd, []);
	assert.equal((await psql("select count(*) from app.quest where title = 'smuggled'"))[0][0], "0");
});

test("boundary: plain HTTP on the TLS port is told so", async () => {
	const {
		replies: [r],
	} = await talk(get("/me"), { port: Number(base.port) });

	assert.equal(r.status, 400);
	assert.ok(r.json.error.code);
});

test("boundary: requests behind each other on one connection are answered in their order", async () => {
	const ids = Array.from({ length: 20 }, (_, i) => `r${i}`);
	const { replies } = await talk(
		ids
			.map((id, i) =>
				i % 3 === 0
					? post(`X-Request-Id: ${id}\r\nContent-Length: ${ok.length}\r\n`, ok)
					: get(i % 3 === 1 ? "/me" : "/nowhere", `${auth}X-Request-Id: ${id}\r\n`),
			)
			.join(""),
		{ expect: 20 },
	);

	assert.deepEqual(
		replies.map((r) => r.id),
		ids,
	);
	assert.deepEqual(
		replies.map((r) => r.status),
		ids.map((_, i) => [201, 200, 404][i % 3]),
	);
});

test("boundary: Expect: 100-continue is answered, then the request", async () => {
	const { text } = await talk(post(`Content-Length: ${ok.length}\r\nExpect: 100-continue\r\nConnection: close\r\n`, ok), { expect: 2 });

	assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
});

test("boundary: a body that comes byte by byte is taken, one that never comes whole ends in 408", async () => {
	const slow = await new Promise((resolve, reject) => {
		const socket = net.connect(httpPort, "127.0.0.1"),
			body = [...ok];
		let text = "";

		socket
			.setNoDelay(true)
			.on("error", reject)
			.on("data", (d) => (text += d))
			.on("close", () => resolve(text));
		socket.write(post(`Content-Length: ${ok.length}\r\nConnection: close\r\n`));
		const next = () => body.length && socket.write(body.shift(), () => setImmediate(next));
		next();
	});
	assert.match(slow, /^HTTP\/1\.1 201 /);
	const {
		replies: [r],
	} = await talk(post("Content-Length: 100\r\n", ok));
	assert.equal(r?.status ?? 408, 408);
});

test("boundary: a client that goes away in the middle harms nobody", async () => {
	await many(
		60,
		20,
		(i) =>
			new Promise((resolve) => {
				const bytes = Buffer.from(post(`Content-Length: ${ok.length}\r\n`, ok)),
					socket = net.connect(httpPort, "127.0.0.1", () =>
						socket.write(bytes.subarray(0, 1 + ((i * 7) % bytes.length)), () => socket.destroy()),
					);

				socket.on("close", resolve).on("error", () => {});
			}),
	);
	assert.equal((await call("GET", "/me", { token })).status, 200);
});

// --- the programs' own sockets ---------------------------------------------------------------------------------------------------------

const record = (type, content = Buffer.alloc(0), { id = 1, version = 1, pad = 0, length = content.length } = {}) =>
	Buffer.concat([
		Buffer.from([version, type, id >> 8, id & 255, (length >> 8) & 255, length & 255, pad, 0]),
		Buffer.from(content),
		Buffer.alloc(pad),
	]);
const begin = (role = 1, flags = 0, how) => record(1, Buffer.from([role >> 8, role & 255, flags, 0, 0, 0, 0, 0]), how);
const size = (n) => (n < 128 ? Buffer.from([n]) : Buffer.from([(n >> 24) | 128, (n >> 16) & 255, (n >> 8) & 255, n & 255]));
const pairs = (o) =>
	Buffer.concat(
		Object.entries(o).flatMap(([k, v]) => [size(Buffer.byteLength(k)), size(Buffer.byteLength(v)), Buffer.from(k), Buffer.from(v)]),
	);
const params = (o) => {
	const all = pairs(o),
		out = [];
	for (let i = 0; i < all.length; i += 60_000) out.push(record(4, all.subarray(i, i + 60_000)));
	return Buffer.concat([...out, record(4)]);
};
const env = { REQUEST_METHOD: "GET", REQUEST_URI: "/healthz", REMOTE_ADDR: "127.0.0.1", CONTENT_LENGTH: "" };
const whole = (o = env, body = "") => Buffer.concat([begin(), params(o), ...(body ? [record(5, Buffer.from(body))] : []), record(5)]);

const records = {
	// name: [bytes, whether an answer with that status must come (undefined: nothing or anything)]
	"a good request": [whole(), 200],
	"padding everywhere": [Buffer.concat([begin(1, 0, { pad: 7 }), record(4, pairs(env), { pad: 255 }), record(4), record(5)]), 200],
	"params byte by byte": [Buffer.concat([begin(), ...[...pairs(env)].map((b) => record(4, Buffer.from([b]))), record(4), record(5)]), 200],
	rubbish: [randomBytes(4096)],
	zeros: [Buffer.alloc(4096)],
	ones: [Buffer.alloc(4096, 255)],
	HTTP: [Buffer.from(get("/me"))],
	"half a head": [Buffer.from([1, 1, 0])],
	"version 0": [begin(1, 0, { version: 0 })],
	"version 2": [begin(1, 0, { version: 2 })],
	"request 0": [Buffer.concat([begin(1, 0, { id: 0 }), params(env), record(5)])],
	"a role nobody plays": [Buffer.concat([begin(3), params(env), record(5)])],
	"a begin of 3 bytes": [record(1, Buffer.from([0, 1, 0]))],
	"a begin of 500 bytes": [record(1, Buffer.alloc(500))],
	"two begins of one id": [Buffer.concat([begin(), begin()])],
	"two requests at once": [Buffer.concat([begin(), begin(1, 0, { id: 2 }), params(env), record(5)])],
	"an abort": [Buffer.concat([begin(), record(2)])],
	"an abort between params": [Buffer.concat([begin(), record(4, pairs(env)), record(2)])],
	"an abort in the body": [
		Buffer.concat([
			begin(),
			params({
				...env,
				REQUEST_METHOD: "POST",
				REQUEST_URI: "/quests",
				CONTENT_LENGTH: "100",
				CONTENT_TYPE: "application/json",
				HTTP_AUTHORIZATION: `Bearer ${token}`,
			}),
			record(5, "{"),
			record(2),
		]),
	],
	"an abort of nothing": [record(2)],
	"a body before the params": [Buffer.concat([begin(), record(5, "x"), params(env), record(5)])],
	"params of nobody": [params(env)],
	"a body of nobody": [record(5, "x")],
	"types nobody knows": [Buffer.concat([...Array(40).keys()].map((t) => record(t + 12, "x", { id: 0 })))],
	"a question for values": [record(9, pairs({ FCGI_MAX_CONNS: "", FCGI_MPXS_CONNS: "", X: "" }), { id: 0 })],
	"a long question for values": [record(9, Buffer.alloc(60_000, 1), { id: 0 })],
	"params cut in a name": [Buffer.concat([begin(), record(4, Buffer.from([20, 5, 65])), record(4), record(5)])],
	"params with a length past the end": [
		Buffer.concat([begin(), record(4, Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 65])), record(4), record(5)]),
	],
	"params with half a length": [Buffer.concat([begin(), record(4, Buffer.from([128, 0])), record(4), record(5)])],
	"params of 70,000 bytes": [whole({ ...env, X: "x".repeat(70_000) }), 431],
	"params of a megabyte": [whole({ ...env, X: "x".repeat(1 << 20) })],
	"1,000 params": [whole({ ...env, ...Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`HTTP_X_${i}`, "y"])) }), 200],
	"no params": [Buffer.concat([begin(), record(4), record(5)]), 400],
	"empty names": [whole({ ...env, "": "" }), 200],
	"a param twice": [Buffer.concat([begin(), record(4, pairs(env)), params({ REQUEST_URI: "/me" }), record(5)]), 400],
	"a length that is no number": [whole({ ...env, CONTENT_LENGTH: "x" }), 400],
	"a length below nothing": [whole({ ...env, CONTENT_LENGTH: "-5" }), 400],
	"a body shorter than its length": [
		whole(
			{
				...env,
				REQUEST_METHOD: "POST",
				REQUEST_URI: "/quests",
				CONTENT_LENGTH: "100",
				CONTENT_TYPE: "application/json",
				HTTP_AUTHORIZATION: `Bearer ${token}`,
			},
			ok,
		),
		400,
	],
	"a body longer than its length": [
		whole(
			{
				...env,
				REQUEST_METHOD: "POST",
				REQUEST_URI: "/quests",
				CONTENT_LENGTH: "3",
				CONTENT_TYPE: "application/json",
				HTTP_AUTHORIZATION: `Bearer ${token}`,
			},
			ok,
		),
		400,
	],
	"a remote user": [whole({ ...env, REQUEST_URI: "/me", REMOTE_USER: "admin", HTTP_X_USER_ID: "1" }), 401],
	"a line end in the request id": [whole({ ...env, HTTP_X_REQUEST_ID: "a\r\nX-Evil: 1" }), 200],
	"a line end in the origin": [whole({ ...env, HTTP_ORIGIN: "https://app.example\r\nX-Evil: 1" }), 200],
	"a NUL in the address": [whole({ ...env, REQUEST_URI: "/me\0" }), 404],
	"no address": [whole({ REQUEST_METHOD: "GET" }), 400],
	"another program's route": [whole({ ...env, REQUEST_METHOD: "POST", REQUEST_URI: "/auth/login" }), 404],
};

/** Writes records to a program's socket and reads what comes back, until it closes, its request has ended or it has been silent for a while. */
function sendRecords(program, bytes) {
	return new Promise((resolve) => {
		const socket = net.connect(`${process.env.STATE_DIR}/run/${program}.sock`),
			parts = [];
		const end = () => {
			socket.destroy();
			resolve(Buffer.concat(parts).toString("latin1"));
		};

		socket
			.on("data", (d) => {
				parts.push(d);
				if (d.includes(Buffer.from([1, 3, 0, 1, 0, 8]))) end();
			})
			.on("end", end)
			.on("error", end)
			.setTimeout(300, end);
		socket.write(bytes);
	});
}

for (const program of ["api", "auth"])
	test(
		`boundary: ${Object.keys(records).length} odd streams of records to ${program}'s own socket break nothing`,
		{ skip: !process.env.STATE_DIR },
		async () => {
			const odd = [];

			await many(Object.keys(records).length, 4, async (i) => {
				const [name, [bytes, wanted]] = Object.entries(records)[i],
					answer = await sendRecords(program, bytes),
					status = Number(/Status: (\d{3})/.exec(answer)?.[1] ?? 0);

				if (program === "api" && wanted && status !== wanted) odd.push(`${name}: ${status}, not ${wanted}`);
				assert.ok(!/X-Evil/.test(answer.split("\r\n\r\n")[0].replace(/[\s\S]*Status/, "Status")), `${name}: a header was split`);
			});
			assert.deepEqual(odd, []);
			await until(
				async () => (await call("POST", "/auth/login", { json: { email: "nobody@example.org", password: "x" } })).status === 401,
				5000,
			);
			assert.equal((await call("GET", "/me", { token })).status, 200);
		},
	);

// Access tokens: forged, bent and borrowed ones, built by hand from the real key. Each is refused like every other, body byte for byte.
import assert from "node:assert/strict";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import fs from "node:fs";
import test from "node:test";
import { call, claims, many, signUp, talk } from "./harness.mjs";
import { psql } from "./instance.mjs";

const [kid, secret] = fs.readFileSync(`${process.env.STATE_DIR}/secrets/jwt.key`, "utf8").trim().split("\n")[0].split(":");
const key = Buffer.from(secret, "hex");
const who = await signUp(),
	other = await signUp(),
	admin = await signUp("admin"),
	gone = await signUp();
const disabled = await signUp();
await call("POST", "/auth/logout", { token: gone.token });
await psql("update app.principal set disabled_at = now() where id = $1", disabled.id);

const b64 = (x) => Buffer.from(x).toString("base64url");
const text = (x) => (typeof x === "string" ? x : JSON.stringify(x));
const sign = (head, payload, { hash = "sha256", with: k = key } = {}) =>
	createHmac(hash, k).update(`${head}.${payload}`).digest("base64url");
const now = () => Math.floor(Date.now() / 1000);
const header = { typ: "JWT", alg: "HS256", kid };
const fresh = (from = who) => ({
	iss: "life-agent",
	aud: "life-agent",
	use: "access",
	sub: from.id,
	sid: from.session,
	role: from.role,
	iat: now(),
	exp: now() + 600,
});

/** A token of ours, signed well, with header and claims changed (undefined: left out; text: taken as it is). */
function mint(head = {}, claim = {}, how) {
	const h = b64(text(typeof head === "string" ? head : { ...header, ...head })),
		p = b64(text(typeof claim === "string" ? claim : { ...fresh(), ...claim }));

	return `${h}.${p}.${sign(h, p, how)}`;
}

function resign(h, p, how) {
	return `${h}.${p}.${sign(h, p, how)}`;
}

const [goodHead, goodPayload, goodSignature] = who.token.split(".");
const flip = (bit) => {
	const b = Buffer.from(goodSignature, "base64url");
	b[bit >> 3] ^= 1 << (bit & 7);
	return `${goodHead}.${goodPayload}.${b.toString("base64url")}`;
};
const inserted = (json, more) => text(json).replace("{", `{${more},`);
const nonCanonical = (part) =>
	part.slice(0, -1) +
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(part.at(-1)) ^ 1
	];

/** Base64url text of the JSON with blanks added until its last letter has spare bits. */
function withSpareBits(json) {
	let s = text(json);

	while (Buffer.byteLength(s) % 3 === 0) s += " ";
	return b64(s);
}

/** A good token that has a - or _ in every part, so that the other alphabet changes it. */
function withBothAlphabets() {
	for (let i = 0; ; i++) {
		const t = mint({}, { iat: now() - (i % 25), note: `?>~${i}` });

		if (
			t
				.split(".")
				.slice(1)
				.every((p) => /[-_]/.test(p))
		)
			return t;
	}
}

const attacks = {
	// algorithm
	"alg none, no signature": () => `${b64(text({ ...header, alg: "none" }))}.${goodPayload}.`,
	"alg none, good signature": () => mint({ alg: "none" }),
	"alg None": () => mint({ alg: "None" }),
	"alg NONE": () => mint({ alg: "NONE" }),
	"alg nOnE, no signature": () => `${b64(text({ ...header, alg: "nOnE" }))}.${goodPayload}.`,
	"alg hs256": () => mint({ alg: "hs256" }),
	"alg Hs256": () => mint({ alg: "Hs256" }),
	"alg HS256 with a blank": () => mint({ alg: "HS256 " }),
	"alg HS384, signed so": () => mint({ alg: "HS384" }, {}, { hash: "sha384" }),
	"alg HS512, signed so": () => mint({ alg: "HS512" }, {}, { hash: "sha512" }),
	"alg HS384, signed with HS256": () => mint({ alg: "HS384" }),
	"alg RS256": () => mint({ alg: "RS256" }),
	"alg ES256": () => mint({ alg: "ES256" }),
	"alg PS256": () => mint({ alg: "PS256" }),
	"alg EdDSA": () => mint({ alg: "EdDSA" }),
	"alg missing": () => mint({ alg: undefined }),
	"alg empty": () => mint({ alg: "" }),
	"alg null": () => mint({ alg: null }),
	"alg a list": () => mint({ alg: ["HS256"] }),
	"alg a number": () => mint({ alg: 256 }),
	"alg an object": () => mint({ alg: { HS256: 1 } }),
	// key
	"kid missing": () => mint({ kid: undefined }),
	"kid unknown": () => mint({ kid: "k00000000" }),
	"kid empty": () => mint({ kid: "" }),
	"kid null": () => mint({ kid: null }),
	"kid a list": () => mint({ kid: [kid] }),
	"kid a number": () => mint({ kid: 1 }),
	"kid a path": () => mint({ kid: "../../../dev/null" }, {}, { with: "" }),
	"kid /dev/null": () => mint({ kid: "/dev/null" }, {}, { with: "" }),
	"kid a file": () => mint({ kid: "secrets/jwt.key" }),
	"kid SQL": () => mint({ kid: `${kid}' or '1'='1` }, {}, { with: "1" }),
	"kid in capitals": () => mint({ kid: kid.toUpperCase() }),
	"kid cut": () => mint({ kid: kid.slice(0, -1) }),
	"kid with more behind": () => mint({ kid: `${kid}x` }),
	"kid with an escape in it": () => mint({ kid: `${kid}\\u0000` }),
	// header
	crit: () => mint({ crit: ["exp"] }),
	"crit empty": () => mint({ crit: [] }),
	jku: () => mint({ jku: "https://evil.example/keys" }),
	jwk: () => mint({ jwk: { kty: "oct", k: b64("x".repeat(32)) } }, {}, { with: "x".repeat(32) }),
	x5u: () => mint({ x5u: "https://evil.example/c.pem" }),
	x5c: () => mint({ x5c: ["MIIB"] }),
	x5t: () => mint({ x5t: "AAAA" }),
	"x5t#S256": () => mint({ "x5t#S256": "AAAA" }),
	"b64 false": () => mint({ b64: false, crit: ["b64"] }),
	zip: () => mint({ zip: "DEF" }),
	enc: () => mint({ enc: "A128GCM" }),
	"cty JWT": () => mint({ cty: "JWT" }),
	"a header nobody knows": () => mint({ foo: 1 }),
	"typ at+jwt": () => mint({ typ: "at+jwt" }),
	"typ null": () => mint({ typ: null }),
	"typ JWE": () => mint({ typ: "JWE" }),
	"header a list": () => mint("[]"),
	"header a text": () => mint('"HS256"'),
	"header null": () => mint("null"),
	"header empty": () => `.${goodPayload}.${sign("", goodPayload)}`,
	"header broken": () => mint("{"),
	"header with a second alg": () => mint(inserted(header, '"alg":"none"')),
	"header with a second kid": () => mint(inserted(header, '"kid":"x"')),
	"header with alg twice the same": () => mint(inserted(header, '"alg":"HS256"')),
	"header with alg by an escape twice": () => mint(inserted(header, '"\\u0061lg":"none"')),
	"header with text behind": () => mint(`${text(header)}x`),
	"header with a NUL": () => mint(`${text(header)}\0`),
	"header behind a BOM": () => mint(`\ufeff${text(header)}`),
	"header in UTF-16": () => resign(Buffer.from(text(header), "utf16le").toString("base64url"), goodPayload),
	"header not UTF-8": () =>
		resign(
			Buffer.concat([Buffer.from(text(header).slice(0, -1)), Buffer.from(',"x":"\xff"}', "latin1")]).toString("base64url"),
			goodPayload,
		),
	// parts
	empty: () => "",
	"one dot": () => ".",
	"two dots": () => "..",
	"one part": () => goodHead,
	"two parts": () => `${goodHead}.${goodPayload}`,
	"four parts": () => `${who.token}.x`,
	"four parts, the last empty": () => `${who.token}.`,
	"five parts": () => `${who.token}.${goodPayload}.${goodSignature}`,
	"an empty part first": () => `.${who.token}`,
	"no payload": () => resign(goodHead, ""),
	"parts swapped": () => `${goodPayload}.${goodHead}.${goodSignature}`,
	twice: () => `${who.token},${who.token}`,
	"a list of one": () => `["${who.token}"]`,
	// base64url
	"padded signature": () => `${who.token}=`,
	"padded header": () => resign(`${withSpareBits(header)}=`, goodPayload),
	"padded payload": () => resign(goodHead, `${withSpareBits(fresh())}==`),
	"the other alphabet": () => withBothAlphabets().replaceAll("-", "+").replaceAll("_", "/"),
	"the other alphabet in the signature only": () => {
		const [h, p, s] = withBothAlphabets().split(".");
		return `${h}.${p}.${s.replaceAll("-", "+").replaceAll("_", "/")}`;
	},
	"a blank inside": () => who.token.replace(".", ". "),
	"a blank in the signature": () => `${who.token.slice(0, -3)} ${who.token.slice(-3)}`,
	"a tab inside": () => who.token.replace(".", "\t."),
	"a percent-escaped dot": () => who.token.replace(".", "%2e"),
	"letters of another script": () => who.token.replace(/[aA]/, "а"),
	"full-width dots": () => who.token.replaceAll(".", "．"),
	"a soft hyphen": () => who.token.replace(".", "\u00ad."),
	"spare bits in the signature": () => `${goodHead}.${goodPayload}.${nonCanonical(goodSignature)}`,
	"spare bits in the header": () => resign(nonCanonical(withSpareBits(header)), goodPayload),
	"spare bits in the payload": () => resign(goodHead, nonCanonical(withSpareBits(fresh()))),
	"a part of impossible length": () => `${goodHead}.${goodPayload}.${goodSignature}AA`,
	"plain JSON instead of base64": () => `${text(header)}.${text(fresh())}.${goodSignature}`,
	// payload
	"payload a list": () => mint({}, "[]"),
	"payload null": () => mint({}, "null"),
	"payload a number": () => mint({}, "1"),
	"payload broken": () => mint({}, "{"),
	"payload empty object": () => mint({}, "{}"),
	"payload with text behind": () => mint({}, `${text(fresh())}{}`),
	"payload with single quotes": () => mint({}, text(fresh()).replaceAll('"', "'")),
	"payload too deep": () => mint({}, inserted(fresh(), `"x":${"[".repeat(40)}${"]".repeat(40)}`)),
	"a second sub": () => mint({}, inserted(fresh(), `"sub":"${other.id}"`)),
	"a second exp": () => mint({}, inserted(fresh(), '"exp":1')),
	"a second role": () => mint({}, inserted(fresh(), '"role":"admin"')),
	"a second sub by an escape": () => mint({}, inserted(fresh(), `"\\u0073ub":"${other.id}"`)),
	"a NUL in a claim's name": () => mint({}, inserted(fresh(), '"x\\u0000":1')),
	"a lone surrogate": () => mint({}, inserted(fresh(), '"x":"\\ud800"')),
	// time
	"exp missing": () => mint({}, { exp: undefined }),
	"exp a text": () => mint({}, { exp: String(now() + 600) }),
	'exp "never"': () => mint({}, { exp: "never" }),
	"exp a fraction": () => mint({}, { exp: now() + 600.5 }),
	"exp with a point": () => mint({}, text(fresh()).replace(/"exp":(\d+)/, '"exp":$1.0')),
	"exp 1e30": () => mint({}, text(fresh()).replace(/"exp":\d+/, '"exp":1e30')),
	"exp null": () => mint({}, { exp: null }),
	"exp a list": () => mint({}, { exp: [now() + 600] }),
	"exp true": () => mint({}, { exp: true }),
	"exp negative": () => mint({}, { exp: -1 }),
	"exp zero": () => mint({}, { exp: 0 }),
	"exp the least integer": () => mint({}, text(fresh()).replace(/"exp":\d+/, '"exp":-9223372036854775808')),
	"exp the greatest integer": () => mint({}, text(fresh()).replace(/"exp":\d+/, '"exp":9223372036854775807')),
	"exp greatest, iat least": () =>
		mint(
			{},
			text(fresh())
				.replace(/"exp":\d+/, '"exp":9223372036854775807')
				.replace(/"iat":\d+/, '"iat":-9223372036854775808'),
		),
	"exp past 64 bits": () => mint({}, text(fresh()).replace(/"exp":\d+/, '"exp":18446744073709551617')),
	expired: () => mint({}, { iat: now() - 700, exp: now() - 100 }),
	"expired past the leeway": () => mint({}, { iat: now() - 600, exp: now() - 31 }),
	"lives too long": () => mint({}, { exp: now() + 901 }),
	"lives for a year": () => mint({}, { exp: now() + 31536000 }),
	"exp before iat": () => mint({}, { iat: now() + 20, exp: now() + 10 }),
	"exp at iat": () => mint({}, { exp: now(), iat: now() }),
	"iat missing": () => mint({}, { iat: undefined }),
	"iat a text": () => mint({}, { iat: String(now()) }),
	"iat in the future": () => mint({}, { iat: now() + 300, exp: now() + 900 }),
	"iat least": () => mint({}, text(fresh()).replace(/"iat":\d+/, '"iat":-9223372036854775808')),
	"nbf in the future": () => mint({}, { nbf: now() + 300 }),
	"nbf a text": () => mint({}, { nbf: "0" }),
	"nbf null": () => mint({}, { nbf: null }),
	"nbf a fraction": () => mint({}, { nbf: 1.5 }),
	"nbf greatest": () => mint({}, inserted(fresh(), '"nbf":9223372036854775807')),
	"nbf least": () => mint({}, inserted(fresh(), '"nbf":-9223372036854775808').replace(/"exp":\d+/, '"exp":1')),
	// who it is of and for
	"iss missing": () => mint({}, { iss: undefined }),
	"iss another": () => mint({}, { iss: "evil" }),
	"iss a list": () => mint({}, { iss: ["life-agent"] }),
	"iss in capitals": () => mint({}, { iss: "Life-Agent" }),
	"aud missing": () => mint({}, { aud: undefined }),
	"aud another": () => mint({}, { aud: "other-service" }),
	"aud a list of others": () => mint({}, { aud: ["other", "life-agent"] }),
	"use missing": () => mint({}, { use: undefined }),
	"use refresh": () => mint({}, { use: "refresh" }),
	"use a list": () => mint({}, { use: ["access"] }),
	"sub missing": () => mint({}, { sub: undefined }),
	"sub a list": () => mint({}, { sub: [who.id] }),
	"sub no UUID": () => mint({}, { sub: "1" }),
	"sub SQL": () => mint({}, { sub: `${who.id.slice(0, 20)}' or 1=1 -- '` }),
	"sub somebody else": () => mint({}, { sub: other.id }),
	"sub nobody": () => mint({}, { sub: randomUUID() }),
	"sub nil": () => mint({}, { sub: "00000000-0000-0000-0000-000000000000" }),
	"sub the admin": () => mint({}, { sub: admin.id, role: "admin" }),
	"sid missing": () => mint({}, { sid: undefined }),
	"sid no UUID": () => mint({}, { sid: "x" }),
	"sid a list": () => mint({}, { sid: [who.session] }),
	"sid invented": () => mint({}, { sid: randomUUID() }),
	"sid somebody else's": () => mint({}, { sid: other.session }),
	"sid the admin's": () => mint({}, { sid: admin.session, role: "admin" }),
	"sid of an ended session": () => mint({}, fresh(gone)),
	"token of an ended session": () => gone.token,
	"token of a disabled account": () => disabled.token,
	"role missing": () => mint({}, { role: undefined }),
	"role unknown": () => mint({}, { role: "root" }),
	"role anyone": () => mint({}, { role: "anyone" }),
	"role a list": () => mint({}, { role: ["beginner"] }),
	"role in capitals": () => mint({}, { role: "Beginner" }),
	"role raised to admin": () => mint({}, { role: "admin" }),
	"role raised to pro": () => mint({}, { role: "pro" }),
	"an admin's role lowered": () => mint({}, { ...fresh(admin), role: "beginner" }),
	// signature
	"no signature": () => `${goodHead}.${goodPayload}.`,
	"signature cut by one": () => who.token.slice(0, -1),
	"signature cut to half": () => who.token.slice(0, -22),
	"signature of 31 bytes": () =>
		`${goodHead}.${goodPayload}.${Buffer.from(goodSignature, "base64url").subarray(0, 31).toString("base64url")}`,
	"signature of 33 bytes": () =>
		`${goodHead}.${goodPayload}.${Buffer.concat([Buffer.from(goodSignature, "base64url"), Buffer.alloc(1)]).toString("base64url")}`,
	"signature of zeros": () => `${goodHead}.${goodPayload}.${b64(Buffer.alloc(32))}`,
	"signature in hex": () => `${goodHead}.${goodPayload}.${Buffer.from(goodSignature, "base64url").toString("hex")}`,
	"signature of another token": () => `${goodHead}.${goodPayload}.${other.token.split(".")[2]}`,
	"another's payload": () => `${goodHead}.${other.token.split(".")[1]}.${goodSignature}`,
	"another key": () => mint({}, {}, { with: randomBytes(32) }),
	"the empty key": () => mint({}, {}, { with: "" }),
	"a key of zeros": () => mint({}, {}, { with: Buffer.alloc(32) }),
	"the key in hex": () => mint({}, {}, { with: secret }),
	"the whole line of the key file": () => mint({}, {}, { with: `${kid}:${secret}` }),
	"the kid as key": () => mint({}, {}, { with: kid }),
	"the refresh key": () =>
		mint({}, {}, { with: Buffer.from(fs.readFileSync(`${process.env.STATE_DIR}/secrets/refresh.key`, "utf8").trim(), "hex") }),
	"signed over the payload alone": () => `${goodHead}.${goodPayload}.${createHmac("sha256", key).update(goodPayload).digest("base64url")}`,
	...Object.fromEntries([0, 1, 7, 8, 100, 127, 128, 200, 254, 255].map((bit) => [`signature with bit ${bit} flipped`, () => flip(bit)])),
	// other credentials
	"a refresh token": () => who.refresh,
	"a link's token": () => b64(randomBytes(32)),
	"a session's id": () => who.session,
	"an API key with a dot": () => "la_abcd.efgh",
	"8,000 letters": () => "x".repeat(8000),
	"8,000 dots": () => ".".repeat(8000),
	"a token of 8,000 letters": () => mint({}, { pad: "x".repeat(5600) }, { with: "wrong" }),
};

const ask = (method, path, authorization) => call(method, path, { headers: { authorization, "x-request-id": "same" } });
const wire = (token) => Buffer.from(token).toString("latin1");
const refused = await ask("GET", "/me", "Bearer x.y.z");

test("me_get: the token itself, and good ones minted like it, are taken", async () => {
	for (const token of [
		who.token,
		mint(),
		mint({ typ: undefined }),
		mint(`{"kid":"${kid}", "alg" : "HS256"}`),
		mint({}, { nbf: now() }),
		mint({}, { iat: now() + 20 }),
		mint({}, { iat: now() - 600, exp: now() - 20 }),
		mint({}, { exp: now() + 900 }),
		mint({}, { more: ["claims", { are: null }] }),
		withBothAlphabets(),
	])
		assert.equal((await call("GET", "/me", { token })).status, 200, Buffer.from(token.split(".")[0], "base64url").toString());
	for (const scheme of ["bearer ", "BEARER ", "Bearer  "]) assert.equal((await ask("GET", "/me", scheme + who.token)).status, 200, scheme);
	assert.equal(refused.status, 401);
	assert.equal(refused.json.error.code, "invalid_token");
});

test("me_get: there are more than ninety attacks", () => assert.ok(Object.keys(attacks).length > 90, String(Object.keys(attacks).length)));

for (const [name, build] of Object.entries(attacks))
	test(`me_get, session_logout, switch_get: refuse a token: ${name}`, async () => {
		const authorization = `Bearer ${wire(build())}`;

		for (const [method, path] of [
			["GET", "/me"],
			["POST", "/auth/logout"],
			["GET", "/api/v1/admin/kill-switch"],
			["GET", "/quests"],
		]) {
			const r = await ask(method, path, authorization);

			assert.equal(r.status, 401, `${method} ${path}: ${r.text}`);
			assert.equal(r.text, refused.text);
			assert.equal(r.headers["www-authenticate"], refused.headers["www-authenticate"]);
		}
	});

const schemes = ["Basic", "Token", "JWT", "Bearer:", "Bear", "Bearer,", "DPoP"];

test("me_get: a good token under another scheme, or in another place, is refused", async () => {
	for (const scheme of schemes) assert.equal((await ask("GET", "/me", `${scheme} ${who.token}`)).text, refused.text, scheme);
	for (const value of [
		who.token,
		`Bearer${who.token}`,
		"Bearer",
		"Bearer ",
		"",
		`Bearer ${who.token}, Bearer ${who.token}`,
		`Basic ${b64(`x:${who.token}`)}`,
		`Bearer "${who.token}"`,
		`Bearer token=${who.token}`,
	])
		assert.equal((await ask("GET", "/me", value)).status, 401, value.slice(0, 20));
	for (const headers of [
		{ "x-api-key": who.token },
		{ "x-api-key": `Bearer ${who.token}` },
		{ cookie: `access_token=${who.token}` },
		{ "x-authorization": `Bearer ${who.token}` },
		{ "x-access-token": who.token },
		{ "proxy-authorization": `Bearer ${who.token}` },
		{ "x-user-id": who.id, "remote-user": who.id, "x-forwarded-user": who.id },
	])
		assert.equal((await call("GET", "/me", { headers })).status, 401);
	assert.equal((await call("GET", `/me?access_token=${who.token}`)).status, 401);
});

test("switch_set: a good signature over a raised role moves nothing", async () => {
	const token = mint({}, { role: "admin" });

	assert.equal((await call("PUT", "/api/v1/admin/kill-switch", { token, json: { on: true } })).status, 401);
	assert.equal((await call("POST", "/quests", { token, json: { title: "x" } })).status, 401);
	assert.equal((await call("GET", "/api/v1/admin/kill-switch", { token: admin.token })).json.on, false);
	assert.equal((await call("GET", "/api/v1/admin/kill-switch", { token: who.token })).status, 403);
});

test("me_get: a token too long for a header line is turned away by the front, whatever is in it", async () => {
	for (const n of [9_000, 33_000, 700_000]) {
		const {
			replies: [r],
		} = await talk(
			`GET /me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${mint({}, { pad: "x".repeat(n) })}\r\nConnection: close\r\n\r\n`,
		);

		assert.ok([400, 431].includes(r?.status), `${n}: ${r?.status}`);
	}
});

test("me_get: a long token is taken as long as it fits into a header line", async () => {
	const token = mint({}, { pad: "x".repeat(5_800) });

	assert.ok(token.length > 8_000, String(token.length));
	assert.equal((await call("GET", "/me", { token })).status, 200);
});

test("me_get: of ten thousand mutants of a good token none is taken", async () => {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
	const pick = (n) => Math.floor(Math.random() * n),
		letter = () => letters[pick(letters.length)];
	const ways = [
		// each takes the token and a place in it
		(t, i) => t.slice(0, i) + letter() + t.slice(i + 1),
		(t, i) => t.slice(0, i) + t.slice(i + 1),
		(t, i) => t.slice(0, i) + letter() + t.slice(i),
		(t, i) => t.slice(0, i),
		(t, i) =>
			t.slice(0, i) +
			t
				.slice(i, i + 2)
				.split("")
				.reverse()
				.join("") +
			t.slice(i + 2),
		(t, i) => t.slice(0, i) + (t[i] === t[i].toUpperCase() ? t[i].toLowerCase() : t[i].toUpperCase()) + t.slice(i + 1),
		(t, i) => t.slice(i) + t.slice(0, i),
		(t, i) => t + t.slice(i),
	];
	const mutant = (token) => {
		let out = token;

		while (out === token) for (let n = 1 + pick(3); n > 0; n--) out = ways[pick(ways.length)](out, pick(out.length || 1)) || ".";
		return out;
	};
	const tokens = [who.token, mint({}, { ...fresh(admin) }), other.token],
		taken = [];
	const statuses = await many(10_000, 50, async (i) => {
		const token = mutant(tokens[i % tokens.length]),
			{ status } = await call("GET", "/me", { token, check: false });

		if (status === 200) taken.push(token);
		return status;
	});

	assert.deepEqual(taken, []);
	assert.ok(
		statuses.every((s) => s === 401),
		`statuses: ${[...new Set(statuses)]}`,
	);
	assert.equal((await call("GET", "/me", { token: who.token })).status, 200);
	assert.equal(claims(who.token).sub, who.id);
});

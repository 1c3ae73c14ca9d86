// What the route table promises, as the build prints it, and the check of every reply against it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { bin } from "./instance.mjs";

export const print = (what) => execFileSync(`${bin}/print`, [what], { encoding: "utf8", maxBuffer: 1 << 24 });
export const openapi = JSON.parse(print("openapi.json"));

/** Every row of the route table: { op, method, path, open, body, spec }; open: nobody can be the wrong actor. */
export const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, spec]) => ({
		op: spec.operationId,
		method: method.toUpperCase(),
		path,
		spec,
		open: spec.security.every((s) => Object.keys(s).length === 0),
		match: new RegExp(`^${path.replaceAll(/\{[^}]*\}/g, "[^/]+")}$`),
	})),
);

const codes = new Map(
	print("errors.md")
		.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)
		.map(([, status, code]) => [code, Number(status)]),
);
const ajv = formats.default(new Ajv({ strict: false, allErrors: true }));
const validators = new Map();
const seen = Object.fromEntries(operations.map((o) => [o.op, {}]));

ajv.addFormat("email", /^[^@\s]+@[^@\s]+$/); // as RFC 5321 has it: admin@localhost is one, which ajv-formats would not have
ajv.addSchema(openapi, "openapi");
process.on("exit", () => process.env.LA_SEEN && fs.appendFileSync(process.env.LA_SEEN, `${JSON.stringify(seen)}\n`));

export function operationOf(method, path) {
	const bare = path.split("?")[0];

	return operations.find((o) => o.method === (method === "HEAD" ? "GET" : method) && o.match.test(bare));
}

/** Throws unless `value` is as the named component of the OpenAPI document says. */
export function assertSchema(name, value) {
	const ref = `openapi#/components/schemas/${name}`;

	if (!validators.has(ref)) validators.set(ref, ajv.getSchema(ref));
	const ok = validators.get(ref)(value);

	assert.ok(ok, `${name}: ${ajv.errorsText(validators.get(ref).errors)} in ${JSON.stringify(value)?.slice(0, 300)}`);
}

/** Throws unless a reply is one that the contract allows: headers, status, content type and body. */
export function assertReply(method, path, reply, { secure = true } = {}) {
	const row = operationOf(method, path),
		{ status, headers } = reply;

	assertHeaders(reply, secure);
	if (row) {
		seen[row.op][status] = (seen[row.op][status] ?? 0) + 1;
		// What nginx or the router say belongs to a path, not to one of its operations.
		assert.ok(row.spec.responses[status] || [405, 414, 431].includes(status), `${row.op} does not declare the status ${status}`);
	}
	if (method === "HEAD" || status === 204) return assert.equal(reply.text, "");
	if (status >= 400 && !(row?.op === "health" && reply.json?.checks)) return assertError(reply);
	if (row) assertBody(row, reply);
	return undefined;
}

function assertHeaders({ headers, rawHeaders, status }, secure) {
	const names = rawHeaders.filter((_, i) => i % 2 === 0).map((n) => n.toLowerCase());

	for (const once of ["x-request-id", "content-type", "cache-control", "retry-after", "www-authenticate", "x-content-type-options"])
		assert.ok(names.filter((n) => n === once).length <= 1, `${once} stands there more than once`);
	assert.match(headers["x-request-id"] ?? "", /^[A-Za-z0-9._-]{1,64}$/);
	assert.equal(headers["x-content-type-options"], "nosniff");
	assert.equal(headers["x-frame-options"], "DENY");
	assert.equal(headers["referrer-policy"], "no-referrer");
	assert.match(headers["content-security-policy"] ?? "", /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/);
	assert.equal(headers["strict-transport-security"], secure ? "max-age=31536000" : undefined);
	assert.ok(!/[0-9]/.test(headers.server ?? ""), `the server's version is told: ${headers.server}`);
	if (status === 401) assert.match(headers["www-authenticate"] ?? "", /^(Bearer( error="invalid_token")?|X-Cave-Webhook-Signature)$/);
	if (status === 405) assert.match(headers.allow ?? "", /^[A-Z]+(, [A-Z]+)*$/);
	if (status === 429 || status === 503) assert.match(headers["retry-after"] ?? "", /^[1-9][0-9]*$/);
}

function assertError({ status, headers, json }) {
	assert.equal(headers["cache-control"], "no-store");
	if (headers["content-type"] === "application/problem+json; charset=utf-8") {
		assertSchema("problem", json);
		assert.equal(json.status, status);
		assert.equal(json.instance, `urn:life-agent:request:${headers["x-request-id"]}`);
		assert.equal(codes.get(json.type.replace("urn:life-agent:error:", "")), status);
		return;
	}
	assert.equal(headers["content-type"], "application/json; charset=utf-8");
	assertSchema("error", json);
	assert.equal(json.error.request_id, headers["x-request-id"]);
	assert.equal(codes.get(json.error.code), status, `the code ${json.error.code} does not belong to the status ${status}`);
}

function assertBody(row, { headers, json, status }) {
	const [[type, media]] = Object.entries(row.spec.responses[status].content);

	assert.equal(headers["cache-control"], "no-store");
	assert.match(headers["content-type"], new RegExp(`^${type}; (version=0\\.0\\.4; )?charset=utf-8$`));
	if (media.schema.$ref) assertSchema(media.schema.$ref.replace("#/components/schemas/", ""), json);
}

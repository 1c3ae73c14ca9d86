// The description of the API: served and printed from the same table, sound, and true to its own examples.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import YAML from "yaml";
import { assertSchema, openapi, operations, print } from "./contract.mjs";
import { call } from "./harness.mjs";
import { capture, root } from "./instance.mjs";

const printed = {
	"docs/openapi.json": "openapi.json",
	"docs/openapi.yaml": "openapi.yaml",
	"static/src/lib/api.gen.ts": "api.gen.ts",
	...Object.fromEntries(["routes", "errors", "settings", "metrics", "scopes"].map((f) => [`docs/reference/${f}.md`, `${f}.md`])),
};

test("openapi: what is served is what the build prints, the same in both notations", async () => {
	const json = await call("GET", "/openapi.json"),
		yaml = await call("GET", "/openapi.yaml");

	assert.deepEqual(json.json, openapi);
	assert.deepEqual(YAML.parse(yaml.text), openapi);
	assert.deepEqual(YAML.parse(print("openapi.yaml")), openapi);
});

test("openapi: redocly finds nothing to say", async () => {
	const cli = path.join(root, "tests/node_modules/@redocly/cli/bin/cli.js"),
		file = path.join(fs.mkdtempSync("/tmp/openapi-"), "openapi.json");

	fs.writeFileSync(file, JSON.stringify(openapi));
	await capture([
		"env",
		"REDOCLY_TELEMETRY=off",
		"REDOCLY_SUPPRESS_UPDATE_NOTICE=true",
		process.execPath,
		cli,
		"lint",
		"--config",
		path.join(import.meta.dirname, "redocly.yaml"),
		"--max-problems=50",
		file,
	]);
	fs.rmSync(path.dirname(file), { recursive: true });
});

for (const [file, what] of Object.entries(printed))
	test(`openapi: ${file} is as the build prints it`, { skip: !fs.existsSync(path.join(root, file)) && "not printed here" }, () => {
		assert.ok(fs.readFileSync(path.join(root, file), "utf8") === print(what), `${file} is out of date: make docs`);
	});

test("openapi: every example is as its schema says", () => {
	const examples = Object.entries(openapi.components.schemas).flatMap(([name, s]) =>
		[...(s.examples ?? []), ...(s.example ? [s.example] : [])].map((e) => [name, e]),
	);

	assert.ok(examples.length >= 10, String(examples.length));
	for (const [name, example] of examples) assertSchema(name, example);
});

test("openapi: every operation names a way to be refused, and each status it declares exists", () => {
	for (const { op, spec, open, path: at } of operations) {
		assert.ok(spec.summary && spec.description && spec.tags.length === 1, op);
		if (!open) assert.ok(spec.responses[401], op);
		if (at.includes("{")) assert.ok(spec.responses[404], op);
		for (const [status, r] of Object.entries(spec.responses))
			if (r.$ref) assert.ok(openapi.components.responses[r.$ref.split("/").at(-1)], `${op} ${status}`);
	}
	assert.equal(new Set(operations.map((o) => o.op)).size, operations.length);
});

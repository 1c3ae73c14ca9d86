// Looks at the whole run: every row of the route table was tried, no worker died, and no secret was written into a log.
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { operations } from "./contract.mjs";
import { logs, programs } from "./instance.mjs";

const replies = fs.existsSync(process.env.LA_SEEN)
	? fs
			.readFileSync(process.env.LA_SEEN, "utf8")
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line))
	: [];
const seen = (op) => [...new Set(replies.flatMap((r) => Object.keys(r[op] ?? {}).map(Number)))].sort();
const lacking = (what, statuses, rows = operations) =>
	assert.deepEqual(
		rows.filter((o) => !seen(o.op).some((s) => statuses.includes(s))).map((o) => o.op),
		[],
		`never seen to ${what}`,
	);
const complete = { skip: !process.env.LA_COMPLETE && "only some files ran" };

test("coverage: every operation was seen to succeed", complete, () => lacking("succeed", [200, 201, 202, 204]));
test("coverage: every operation that needs somebody was seen to refuse somebody else", complete, () =>
	lacking(
		"refuse a wrong actor",
		[401, 403],
		operations.filter((o) => !o.open),
	),
);
test("coverage: every operation was seen to refuse bad input", complete, () => lacking("refuse bad input", [400, 404, 413, 415, 422]));

test("health: no worker died, nothing was logged as an error, and no sanitizer spoke", { skip: !process.env.STATE_DIR }, () => {
	const bad = logs(...programs).filter((l) => /"message":"worker died"|"level":"error"|runtime error:|Sanitizer/.test(l));

	assert.deepEqual(bad, []);
});

test("health: every log line of the programs is one JSON object with a time and a level", { skip: !process.env.STATE_DIR }, () => {
	for (const line of logs(...programs).filter((l) => l && !/^==\d+==WARNING: ASan doesn't fully support makecontext/.test(l))) {
		const entry = JSON.parse(line);

		assert.ok(entry.time && entry.level && entry.message, line);
	}
});

test("health: no log holds a password, a token or a key", { skip: !process.env.STATE_DIR }, () => {
	const hook = (process.env.CAVE_ROTATION_WEBHOOK_SECRET || "none at all").replaceAll(/[+/=]/g, "\\$&");
	const secrets = new RegExp(
		[hook, "canary horse", "eyJhbGciOi", "\\$argon2", ...(process.env.API_TOKENS ?? "").split(",").filter(Boolean)].join("|"),
	);

	assert.deepEqual(
		logs(...programs, "nginx", "postgres")
			.filter((l) => secrets.test(l))
			.slice(0, 3),
		[],
	);
});

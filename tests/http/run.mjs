// Starts one instance, runs the test files against it one after the other, looks at what it left behind, and always stops it.
//   node run.mjs [quest.test.mjs ...]      LA_URL=https://... STATE_DIR=... HTTP_PORT=... use an instance that runs already
import fs from "node:fs";
import path from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { logs, ops, programs, settings } from "./instance.mjs";

const here = import.meta.dirname;
const all = fs
	.readdirSync(here)
	.filter((f) => f.endsWith(".test.mjs"))
	.sort();
const files = process.argv.length > 2 ? process.argv.slice(2).map((f) => path.basename(f)) : all;
const own = !process.env.LA_URL;
const seen = fs.mkdtempSync("/tmp/seen-");
const count = { passed: 0, failed: 0 };
let stopped = false;

process.env.LA_SEEN = `${seen}/replies`;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(130));
try {
	if (own) await start();
	await runFiles();
	await runAfter();
} catch (e) {
	console.error(e.stack);
	count.failed++;
}
await end();

async function start() {
	Object.assign(process.env, await settings());
	process.env.LA_URL = `https://127.0.0.1:${process.env.HTTPS_PORT}`;
	await ops("run");
}

async function runFiles() {
	const stream = run({ files: files.map((f) => path.join(here, f)), concurrency: 1, timeout: 240_000 });

	tally(stream);
	await finish(stream);
}

/** The checks that need the replies of every file, and the logs of the whole run. */
async function runAfter() {
	process.env.LA_COMPLETE = files.length === all.length ? "1" : "";
	const stream = run({ files: [path.join(here, "after.mjs")], concurrency: 1 });

	tally(stream);
	await finish(stream);
}

function tally(stream) {
	stream.on("test:pass", (t) => (count.passed += isTest(t)));
	stream.on("test:fail", (t) => (count.failed += isTest(t)));
}

function isTest(t) {
	return t.details?.type === "suite" || t.skip || t.todo ? 0 : 1;
}

function finish(stream) {
	return new Promise((resolve, reject) =>
		stream.compose(new spec()).on("error", reject).on("end", resolve).pipe(process.stdout, { end: false }),
	);
}

async function end(code) {
	if (stopped) return;
	stopped = true;
	if (own && process.env.STATE_DIR) {
		if (count.failed)
			for (const line of logs(...programs)
				.filter((l) => /"level":"error"|runtime error|Sanitizer/.test(l))
				.slice(-20))
				console.log(line);
		await ops("stop").catch((e) => console.error(e.message));
		if (!process.env.KEEP_STATE) fs.rmSync(process.env.STATE_DIR, { recursive: true, force: true });
	}
	fs.rmSync(seen, { recursive: true, force: true });
	console.log(`http: ${count.passed} passed, ${count.failed} failed`);
	process.exit(code ?? (count.failed || !count.passed ? 1 : 0));
}

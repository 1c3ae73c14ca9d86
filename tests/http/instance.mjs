// One real instance in a state folder of its own: nginx, PostgreSQL and the programs, started and stopped by the operator's own commands.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");
export const programs = [...fs.readFileSync(path.join(root, "lib/base/program.def"), "utf8").matchAll(/^PROGRAM\((\w+)/gm)].map((m) => m[1]);
export const bin = path.resolve(root, process.env.TEST_BIN ?? "build/address-undefined/bin");

/** Settings every instance of these tests begins with; ops/run reads them from the environment, and nothing from the machine's own. */
export async function settings() {
	const [https, http, hook] = await freePorts(3),
		state = fs.mkdtempSync("/tmp/t");

	fs.chmodSync(state, 0o755); // the service users look at it before they are let in
	return {
		STATE_DIR: state,
		BIN: bin,
		HTTPS_PORT: String(https),
		HTTP_PORT: String(http),
		LISTEN: "127.0.0.1",
		PUBLIC_URL: `https://localhost:${https}`,
		SIGNUP: "open",
		PUBLIC_READ: "0",
		KILL_SWITCH: "0",
		REQUIRE_SECOND_FACTOR: "0",
		RATE_LIMIT_RPS: "0",
		AUTH_RPS: "0",
		CONN_PER_ADDRESS: "0",
		ALLOWED_ORIGINS: "https://app.example, https://desk.example:8443",
		LOG_LEVEL: "info",
		MIN_FREE_MB: "16",
		API_TOKENS: `${drawKey()},${drawKey()}`,
		ADMIN_EMAIL: "admin@localhost",
		ADMIN_PASSWORD_FILE: "",
		CAVE_ROTATION_WEBHOOK_SECRET: randomBytes(32).toString("base64"),
		BKG_DB_DSN: "",
		TRUSTED_PROXIES: "",
		SERVER_NAMES: "",
		TLS_CERT_FILE: "",
		TLS_KEY_FILE: "",
		HOOK_PORT: String(hook), // of the tests' own receiver, the only private address that requests may go to
		OUTBOUND_ALLOW: `127.0.0.1:${hook}`,
		CAVE_ROTATION_WEBHOOK_SECRET: randomBytes(32).toString("base64"),
		API_WORKERS: "0",
		AUTH_WORKERS: "0",
	};
}

/** Runs one of the operator's commands; its whole output, or an error that shows it. */
export function ops(verb, changes = {}) {
	const log = path.join(fs.mkdtempSync("/tmp/ops-"), "out"),
		out = fs.openSync(log, "w");

	return new Promise((resolve, reject) => {
		// To a file, since daemons would keep a pipe open.
		const child = spawn(path.join(root, "ops", verb), { env: { ...process.env, ...changes }, stdio: ["ignore", out, out], detached: true });

		child.on("error", reject);
		child.on("exit", (code) => {
			const text = fs.readFileSync(log, "utf8");

			fs.closeSync(out);
			fs.rmSync(path.dirname(log), { recursive: true });
			code === 0 ? resolve(text) : reject(new Error(`ops/${verb} ended with ${code}:\n${text}`));
		});
	});
}

/** Runs SQL as the database's superuser over the private socket; rows of columns, all text. */
export async function psql(sql, ...values) {
	const words = [
		"psql",
		"-X",
		"-A",
		"-t",
		"-q",
		"-F",
		"\x1f",
		"-v",
		"ON_ERROR_STOP=1",
		"-h",
		`${process.env.STATE_DIR}/run/pg`,
		"-U",
		"postgres",
		"-d",
		"life_agent",
	];
	const text = sql.replace(/\$(\d)/g, (_, n) => `'${String(values[n - 1]).replaceAll("'", "''")}'`);
	const out = await capture([...asPostgres(), ...words], text);

	return out
		.split("\n")
		.filter(Boolean)
		.map((line) => line.split("\x1f"));
}

/** The state folder is closed to others: PostgreSQL's user gets our group for as long as the command runs. */
function asPostgres() {
	return process.getuid() === 0
		? ["setpriv", "--reuid=postgres", "--regid=postgres", `--groups=${fs.statSync(process.env.STATE_DIR).gid}`]
		: [];
}

export function capture([command, ...args], input = "") {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: "pipe" });
		let out = "",
			err = "";

		child.stdout.setEncoding("utf8").on("data", (d) => (out += d));
		child.stderr.setEncoding("utf8").on("data", (d) => (err += d));
		child.on("error", reject);
		child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code}: ${err}${out}`))));
		child.stdin.on("error", () => {}).end(input);
	});
}

/** What the services have written, all of it. */
export function logs(...services) {
	return services.flatMap((s) => {
		const dir = `${process.env.STATE_DIR}/log/${s}`;

		return (fs.existsSync(dir) ? fs.readdirSync(dir) : [])
			.filter((f) => f === "current" || f.startsWith("@"))
			.flatMap((f) => fs.readFileSync(`${dir}/${f}`, "utf8").split("\n"));
	});
}

function drawKey() {
	return `svc_${randomBytes(32).toString("base64url")}`;
}

async function freePorts(n) {
	const held = await Promise.all(
		Array.from(
			{ length: n },
			() =>
				new Promise((resolve) => {
					const s = net.createServer().listen(0, "127.0.0.1", () => resolve(s));
				}),
		),
	);
	const ports = held.map((s) => s.address().port);

	await Promise.all(held.map((s) => new Promise((done) => s.close(done))));
	return ports;
}

// One instance of one's own: nginx, PostgreSQL and the programs, started and stopped by the operating verbs.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export const root = new URL('../../../', import.meta.url).pathname;
export const bin = process.env.TEST_BIN ?? 'build/address-undefined/bin';
export const sanitized = bin.includes('address');
const sanitizers = { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1', UBSAN_OPTIONS: 'print_stacktrace=1' };

// until(fn, ms): tries until fn gives something true, which is returned; fails after ms.
export async function until(fn, ms, what = fn.toString()) {
	const end = Date.now() + ms;
	for (;;) {
		const got = await fn();
		if (got) return got;
		if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
		await pause(20);
	}
}

const freePort = async () => {
	const s = createServer().listen(0, '127.0.0.1');
	await once(s, 'listening');
	const { port } = s.address();
	s.close();
	await once(s, 'close');
	return port;
};

export async function start(settings = {}) {
	const top = mkdtempSync('/tmp/la-faults-');
	chmodSync(top, 0o755);
	const [https, http] = [await freePort(), await freePort()];
	const env = {
		PATH: process.env.PATH, HOME: '/root', STATE_DIR: `${top}/s`, HTTPS_PORT: `${https}`, HTTP_PORT: `${http}`, BIN: bin, RATE_LIMIT_RPS: '0',
		...sanitizers, ...settings,
	};
	const i = { top, state: env.STATE_DIR, https, http, env, stopped: false };
	process.on('exit', () => stop(i));
	for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
	const out = verb(i, 'run');
	if (out.status !== 0) throw new Error(`ops/run failed:\n${out.text}`);
	i.startText = out.text;
	return i;
}

// verb(i, 'reload'): runs ops/reload; daemons must not inherit our pipes, so its words go through a file.
export function verb(i, name) {
	const file = `${i.top}/${name}.out`, fd = openSync(file, 'w');
	const { status } = spawnSync('setsid', ['-w', `${root}ops/${name}`], { cwd: root, env: i.env, stdio: ['ignore', fd, fd], timeout: 110000 });
	closeSync(fd);
	return { status, text: readFileSync(file, 'utf8') };
}

// The same while this process goes on: the child, and what comes of it.
export function verbStart(i, name) {
	const file = `${i.top}/${name}.out`, fd = openSync(file, 'w');
	const child = spawn('setsid', ['-w', `${root}ops/${name}`], { cwd: root, env: i.env, stdio: ['ignore', fd, fd] });
	closeSync(fd);
	return { child, done: once(child, 'exit').then(([status]) => ({ status, text: readFileSync(file, 'utf8') })) };
}

export function stop(i) {
	if (i.stopped) return;
	i.stopped = true;
	const out = verb(i, 'stop');
	if (out.status === 0 && !process.env.KEEP_STATE) rmSync(i.top, { recursive: true, force: true });
	else process.stderr.write(`${i.top} is left\n${out.text}`);
}

// --- the database, as its superuser -------------------------------------------------------------------------------------------------

const psqlArgs = (i) => ['-u', 'postgres', '-G', 'life-agent', '--', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', `${i.state}/run/pg`, '-U', 'postgres', '-d', 'life_agent'];
const psqlOptions = { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };

// sql(i, text): rows as arrays of texts.
export function sql(i, text) {
	const r = spawnSync('runuser', [...psqlArgs(i), '-F', '\t'], { ...psqlOptions, input: text, encoding: 'utf8', maxBuffer: 1 << 28 });
	if (r.status !== 0) throw new Error(`psql: ${r.stderr}`);
	return r.stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

// A session that stays open: say(text), and close().
export function session(i) {
	const child = spawn('runuser', psqlArgs(i), { ...psqlOptions, stdio: ['pipe', 'pipe', 'ignore'] });
	let seen = '', n = 0;
	child.stdout.on('data', (d) => { seen += d; });
	return {
		async say(text) {
			const mark = `mark ${++n}`;
			child.stdin.write(`${text}\n\\echo ${mark}\n`);
			await until(() => seen.includes(`${mark}\n`), 10000, `psql: ${text}`);
		},
		close: () => { child.stdin.end(); return once(child, 'exit'); },
	};
}

// --- processes ----------------------------------------------------------------------------------------------------------------------

const read = (path) => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
const statOf = (pid) => read(`/proc/${pid}/stat`).replace(/.*\) /s, '').split(' ');

export const pidOf = (i, service) => Number(spawnSync('s6-svstat', ['-o', 'pid', `${i.state}/s6/${service}`], { encoding: 'utf8' }).stdout);
export const isAlive = (pid) => !['', 'Z'].includes(statOf(pid)[0]);
export const childrenOf = (pid) => read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number).filter(isAlive);
export const workersOf = (i, program) => childrenOf(pidOf(i, program));
export const backendsOf = (i) => childrenOf(pidOf(i, 'postgres')).filter((p) => read(`/proc/${p}/cmdline`).startsWith('postgres: app_'));
export const svc = (i, flag, service) => spawnSync('s6-svc', [flag, `${i.state}/s6/${service}`]);
export const rssOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
export const fdsOf = (pid) => readdirSync(`/proc/${pid}/fd`).length;
export const familyOf = (pid) => [pid, ...childrenOf(pid).flatMap(familyOf)];
export const kill = (pid, signal) => { try { process.kill(pid, signal); } catch { /* gone already */ } };
export const any = (list) => list[Math.floor(Math.random() * list.length)];

// --- logs ---------------------------------------------------------------------------------------------------------------------------

export function logOf(i, service) {
	const dir = `${i.state}/log/${service}`;
	return readdirSync(dir).filter((f) => f === 'current' || f.startsWith('@')).sort().map((f) => readFileSync(`${dir}/${f}`, 'utf8')).join('');
}

export const linesOf = (i, service) => logOf(i, service).split('\n').filter((l) => l && !l.includes("ASan doesn't fully support makecontext"));

// What a sanitizer or a failed CHECK said; empty when all is well.
export const programs = [...readFileSync(`${root}lib/base/program.def`, 'utf8').matchAll(/^PROGRAM\((\w+)/gm)].map((m) => m[1]);
export const crashes = (i) => programs.flatMap((s) => linesOf(i, s).filter((l) => !l.startsWith('{')));

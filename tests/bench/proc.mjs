// Starts programs and stops them by pid; reads CPU time and memory of process trees from /proc.
import { execFileSync, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'node:net';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));
const isRoot = process.getuid() === 0;
const running = new Set(); // what is to be ended, in the order of its start
let closing; // set once: from then on nothing starts

const quietly = (read, otherwise) => {
	try {
		return read();
	} catch {
		return otherwise; // the process ended while it was looked at
	}
};

// Whom a child runs as: a system user in Life-Agent's group when we are root, else ourselves.
export function identity(user) {
	if (!isRoot) return {};
	const uid = Number(execFileSync('id', ['-u', user]));
	const gid = Number(execFileSync('getent', ['group', 'life-agent'], { encoding: 'utf8' }).split(':')[2]);
	return { uid, gid };
}

// The pid and all its descendants.
export function tree(pid) {
	const tasks = quietly(() => readdirSync(`/proc/${pid}/task`), []);
	const children = tasks.flatMap((task) =>
		quietly(() => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'), '')
			.split(' ')
			.filter(Boolean)
			.map(Number),
	);
	return [pid, ...children.flatMap(tree)];
}

export const nameOf = (pid) => quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), '');
export const parentOf = (pid) =>
	Number(quietly(() => /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1], 0));
export const folderOf = (pid) => quietly(() => readlinkSync(`/proc/${pid}/cwd`), '');

// Topmost processes of that name in a tree.
export function named(name, rootPid) {
	return tree(rootPid).filter((pid) => nameOf(pid) === name && nameOf(parentOf(pid)) !== name);
}

// CPU microseconds of the trees so far, user and system, with the children they have reaped. A parent is read before its children, so
// that one reaped meanwhile is missed and not counted twice; then all is read again.
export function cpuOf(roots) {
	for (let tries = 20; ; tries--) {
		const ticks = roots.flatMap(tree).map(ticksOf);
		if (ticks.includes(undefined) && tries) continue;
		return (ticks.reduce((sum, n) => sum + (n ?? 0), 0) / ticksPerSecond) * 1e6;
	}
}

function ticksOf(pid) {
	const fields = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '));
	return fields?.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

// Memory of the trees in MiB: their proportional share of all they map, or their heaps and stacks, which no other program's coming or
// going and no writing back of a mapped file changes.
export const memoryOf = (roots) => sumOf(roots, /^Pss:\s+(\d+)/m);
export const heapOf = (roots) => sumOf(roots, /^Anonymous:\s+(\d+)/m);

function sumOf(roots, line) {
	const kib = roots.flatMap(tree).map((pid) => {
		const text = quietly(() => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), '');
		return Number(line.exec(text)?.[1] ?? 0);
	});
	return kib.reduce((sum, n) => sum + n, 0) / 1024;
}

// Starts a program that stays; its output goes to a file. When it is stopped, every process of its tree is asked to end.
export function start(command, args, { log, ...options }) {
	const out = openSync(log, 'a');
	const program = launch(command, args, { ...options, detached: true, stdio: ['ignore', out, out] });
	closeSync(out);
	return program;
}

// Runs a command to its end and gives its standard output; a failure carries what it wrote to standard error.
export function run(command, args, { input, ...options } = {}) {
	const program = launch(command, args, { ...options, stdio: 'pipe' });
	const { child } = program;
	let out = '';
	let err = '';
	child.stdout.on('data', (data) => (out += data));
	child.stderr.on('data', (data) => (err += data));
	child.stdin.on('error', () => {}); // it did not read all of it; its exit code tells
	child.stdin.end(input);
	return new Promise((done, fail) => {
		child.on('error', fail);
		child.on('close', (code, cause) => {
			running.delete(program);
			if (code === 0) return done(out);
			const said = (err || out).trim().slice(-600);
			fail(new Error(`${command} ${args.slice(0, 4).join(' ')}: ${cause ?? `exit ${code}`}: ${said}`));
		});
	});
}

function launch(command, args, options) {
	if (closing) throw new Error('the run is ending');
	const child = spawn(command, args, options);
	child.on('error', (error) => console.error(`bench: ${command}: ${error.message}`));
	const program = { child, pid: child.pid, end: () => endTree(child.pid) };
	running.add(program);
	return program;
}

// Something that is not our child but ours to end: `end` is called when everything stops.
export const alsoStop = (end) => running.add({ end });

// For such an end: runs a command that outlives the rule that nothing starts any more.
export function runAtTheEnd(command, env) {
	return new Promise((done, fail) => {
		const child = spawn(command, { env, stdio: 'ignore', detached: true }); // not hit by the terminal's Ctrl-C
		child.on('error', fail);
		child.on('close', (code) => (code === 0 ? done() : fail(new Error(`${command}: exit ${code}`))));
	});
}

export async function stop(program) {
	if (running.delete(program)) await program.end();
}

export function stopAll() {
	closing ??= (async () => {
		for (const program of [...running].reverse())
			await stop(program).catch((error) => console.error(`bench: ${error.message}`));
	})();
	return closing;
}

// Asks every process of a tree to end, and kills those that have not within five seconds.
async function endTree(root) {
	const pids = tree(root);
	const signal = (pid, name) => quietly(() => process.kill(pid, name));
	pids.forEach((pid) => signal(pid, 'SIGTERM'));
	await until(() => !pids.some(isAlive), 5).catch(() => {});
	pids.filter(isAlive).forEach((pid) => signal(pid, 'SIGKILL'));
}

const isAlive = (pid) => /^State:\s+[^ZX]/m.test(quietly(() => readFileSync(`/proc/${pid}/status`, 'utf8'), ''));

// Waits until the condition holds, trying again every few milliseconds; gives its value.
export async function until(condition, limitSeconds, what = 'condition', everyMs = 5) {
	const limit = Date.now() + limitSeconds * 1000;
	for (;;) {
		const value = await condition();
		if (value) return value;
		if (Date.now() > limit) throw new Error(`${what}: not within ${limitSeconds} s`);
		await sleep(everyMs);
	}
}

// Whether something accepts connections there: a port, or the path of a unix socket.
export function answers(where) {
	return new Promise((done) => {
		const socket = typeof where === 'number' ? createConnection(where, '127.0.0.1') : createConnection(where);
		socket.once('connect', () => {
			socket.destroy();
			done(true);
		});
		socket.once('error', () => done(false));
	});
}

// Life-Agent as it is installed: started by ops/run in a state folder of its own, with people signed up and quests seeded.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as config from './config.mjs';
import { alsoStop, identity, named, run, runAtTheEnd } from './proc.mjs';

const stateDir = `${config.stateDir}/life-agent`;
const pgHost = `${stateDir}/run/pg`;
const plain = `http://127.0.0.1:${config.port(1)}`;
const tls = `https://127.0.0.1:${config.port(0)}`;
const tokensFile = `${config.stateDir}/tokens-our.txt`;
const keyFile = `${config.stateDir}/service-key.txt`;
const deepTokenFile = `${config.stateDir}/token-deep.txt`;
const tokenAge = 240_000; // ms; access tokens live 600 s

// Said outright, so that neither the caller's environment nor .env changes what is measured.
const settings = {
	STATE_DIR: stateDir,
	BIN: config.binDir,
	HTTPS_PORT: config.port(0),
	HTTP_PORT: config.port(1),
	LISTEN: '127.0.0.1',
	PUBLIC_URL: '',
	BKG_DB_DSN: '',
	SIGNUP: 'open',
	PUBLIC_READ: 0,
	KILL_SWITCH: 0,
	RATE_LIMIT_RPS: config.rateLimit,
	AUTH_RPS: 0,
	CONN_PER_ADDRESS: 4096,
};

const ops = (verb, env = {}) =>
	run(`${config.root}/ops/${verb}`, [], { cwd: config.root, env: { ...process.env, ...settings, ...env } });

// Empties the state folder, but only one that an earlier bench made; what that one left running is stopped.
export async function prepareState() {
	const marker = `${config.stateDir}/.bench`;
	const used = existsSync(config.stateDir) && readdirSync(config.stateDir).length > 0;
	if (used && !existsSync(marker))
		throw new Error(`${config.stateDir} is not a bench's own: give another STATE_DIR`);
	if (existsSync(stateDir)) await ops('stop');
	rmSync(config.stateDir, { recursive: true, force: true });
	mkdirSync(config.stateDir, { recursive: true });
	chmodSync(config.stateDir, 0o1777); // the peers, which run as another user, make their sockets in it
	writeFileSync(marker, '');
}

export const removeState = () => rmSync(stateDir, { recursive: true, force: true });

// Starts everything. Gives: pid (of the supervisor), plain, tls (addresses), tokens (a file), people, groups(), psql() ...
export async function startLifeAgent() {
	const serviceKey = randomBytes(32).toString('hex');
	alsoStop(() => runAtTheEnd(`${config.root}/ops/stop`, { ...process.env, ...settings }));
	writeFileSync(`${config.stateDir}/life-agent.log`, await ops('run', { API_TOKENS: serviceKey }));
	writeFileSync(keyFile, serviceKey, { mode: 0o600 });
	const pid = Number(readFileSync(`${stateDir}/pid/s6-svscan`, 'utf8').split(' ')[0]);
	const groups = () => ({
		nginx: named('nginx', pid),
		app: named('api', pid),
		postgres: named('postgres', pid),
		whole: [pid],
	});
	const [deep, ...people] = await inParallel(4, config.people + 1, signUp);
	const everybody = [deep, ...people];
	await freshTokens(everybody);
	const service = (await psql(`select principal_id from app.api_key where name like 'API_TOKENS%'`)).trim();
	const mine = [service, ...people.map((person) => person.id)];
	await seed({ rows: 100_000, owners: 1000 - mine.length, mine: mine.join() });
	return {
		name: 'our',
		title: 'Life-Agent',
		pid,
		plain,
		tls,
		pgHost,
		psql,
		groups,
		people,
		deep,
		tokens: tokensFile,
		deepToken: deepTokenFile,
		serviceKey: keyFile,
		freshTokens: () => freshTokens(everybody),
	};
}

// Adds quests: see seed.sql for the words.
export function seed({ rows, owners, mine = '', deep = '' }) {
	const words = Object.entries({ rows, owners, mine, deep })
		.map(([word, value]) => `\\set ${word} '${value}'\n`)
		.join('');
	return psql(words + readFileSync(`${config.here}/seed.sql`, 'utf8'));
}

export function psql(sql) {
	const args = [
		'-qAtX',
		'-v',
		'ON_ERROR_STOP=1',
		'-h',
		pgHost,
		'-p',
		'5432',
		'-U',
		'postgres',
		'-d',
		'life_agent',
	];
	return run('psql', args, { input: sql, cwd: '/', ...identity('postgres') });
}

async function post(path, body) {
	const answer = await fetch(plain + path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
	return answer.json();
}

async function signUp(i) {
	const person = { email: `bench-${i}@example.org`, password: `long walk ${i} before breakfast` };
	const pair = await post('/auth/signup', person);
	const { sub } = JSON.parse(Buffer.from(pair.access_token.split('.')[1], 'base64url'));
	return { ...person, id: sub, pair, since: Date.now() };
}

async function freshTokens(people) {
	const stale = people.filter((person) => Date.now() - person.since > tokenAge);
	await inParallel(4, stale.length, async (i) => {
		stale[i].pair = await post('/auth/refresh', { refresh_token: stale[i].pair.refresh_token });
		stale[i].since = Date.now();
	});
	const lines = people.map((person) => person.pair.access_token);
	writeFileSync(deepTokenFile, lines[0], { mode: 0o600 });
	writeFileSync(tokensFile, lines.slice(1).join('\n'), { mode: 0o600 });
}

// Calls work(0) .. work(count - 1), a few at a time; gives their results in order.
async function inParallel(width, count, work) {
	const results = [];
	let next = 0;
	const lane = async () => {
		while (next < count) {
			const i = next++;
			results[i] = await work(i);
		}
	};
	await Promise.all(Array.from({ length: width }, lane));
	return results;
}

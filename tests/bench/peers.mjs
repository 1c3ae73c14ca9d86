// The peers: Fastify, FastAPI and, where the bench kit lies beside the project, its C floor probe; behind one nginx of their own.
import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as config from './config.mjs';
import { answers, identity, named, run, start, until } from './proc.mjs';

const secret = randomBytes(32).toString('hex');
const workers = config.cores;
const here = `${config.here}/peers`;
const socketOf = (name) => `${config.stateDir}/${name}.sock`;

const kinds = {
	floor: {
		title: 'C floor',
		pass: 'fastcgi_pass',
		ports: [10, 11],
		command: () => [`${config.stateDir}/floor`, [socketOf('floor'), workers, 4]],
		// Its connection string names another database; a second name, slipped in with the user, wins.
		env: { PROBE_USER: 'app_user dbname=life_agent', PROBE_SCHEMA: 'floor', PROBE_JSON: 'c', PGPORT: '5432' },
	},
	fastify: {
		title: 'Fastify',
		pass: 'proxy_pass',
		ports: [20, 21],
		command: () => [process.execPath, [`${here}/fastify.mjs`]],
		env: { SOCK: socketOf('fastify'), WORKERS: workers, CONNECTIONS: 8, NODE_ENV: 'production' },
	},
	fastapi: {
		title: 'FastAPI',
		pass: 'proxy_pass',
		ports: [30, 31],
		command: () => [
			'/usr/bin/python3',
			`-m uvicorn fastapi_peer:app --uds ${socketOf('fastapi')} --workers ${workers} --loop uvloop
			--http httptools --no-access-log --log-level warning`.split(/\s+/),
		],
		env: { CONNECTIONS: 8, PYTHONDONTWRITEBYTECODE: '1' },
	},
};

// Starts every peer on the data of `our` cluster. Each has: name, title, plain, tls (addresses), tokens (a file), groups().
export async function startPeers(our) {
	const names = Object.keys(kinds).filter((name) => name !== 'floor' || config.floorSource);
	if (!config.floorSource) console.log('The C floor is left out: ../shared/bench is not here.');
	await our.psql(readFileSync(`${here}/peers.sql`, 'utf8'));
	if (config.floorSource) await prepareFloor(our);
	const peers = Object.fromEntries(
		await Promise.all(names.map(async (name) => [name, await startPeer(name, our)])),
	);
	const nginx = await startNginx(names);
	for (const peer of Object.values(peers))
		peer.groups = () => ({ nginx: [nginx.pid], app: [peer.program.pid], postgres: named('postgres', our.pid) });
	return peers;
}

async function startPeer(name, our) {
	const { title, command, env, ports } = kinds[name];
	const [program, args] = command();
	const peer = {
		name,
		title,
		plain: `http://127.0.0.1:${config.port(ports[0])}`,
		tls: `https://127.0.0.1:${config.port(ports[1])}`,
	};
	peer.launch = async () => {
		peer.program = start(program, args.map(String), {
			...identity('la-api'),
			cwd: here,
			log: `${config.stateDir}/${name}.log`,
			env: { ...process.env, PGHOST: our.pgHost, JWT_SECRET: secret, ...env },
		});
		await until(() => answers(socketOf(name)), 20, `${title} listens`);
	};
	await peer.launch();
	peer.tokens = `${config.stateDir}/tokens-${name}.txt`;
	writeFileSync(
		peer.tokens,
		our.people.map((person, i) => token(name === 'floor' ? String(i + 1) : person.id)).join('\n'),
	);
	return peer;
}

async function prepareFloor(our) {
	const sources = [`${config.floorSource}/probe_epoll.c`, '-lpq', '-ljson-c', '-ljwt', '-lcrypto', '-lpthread'];
	await run('cc', [
		'-O2',
		'-g',
		'-std=gnu11',
		'-w',
		'-I/usr/include/postgresql',
		'-o',
		`${config.stateDir}/floor`,
		...sources,
	]);
	await our.psql(readFileSync(`${here}/floor.sql`, 'utf8'));
}

async function startNginx(names) {
	const dir = config.stateDir;
	await run('openssl', [
		'req',
		'-x509',
		'-newkey',
		'ec',
		'-pkeyopt',
		'ec_paramgen_curve:P-256',
		'-nodes',
		'-days',
		'30',
		'-subj',
		'/CN=localhost',
		'-keyout',
		`${dir}/key.pem`,
		'-out',
		`${dir}/cert.pem`,
	]);
	const servers = names.map((name) => {
		const [plain, tls] = kinds[name].ports.map(config.port);
		const to = kinds[name].pass === 'proxy_pass' ? `http://${name}` : name;
		return `upstream ${name} { server unix:${socketOf(name)}; keepalive 32; }
	server { listen 127.0.0.1:${plain}; listen 127.0.0.1:${tls} ssl http2; location / { ${kinds[name].pass} ${to}; } }`;
	});
	const words = { dir, workers, user: process.getuid() === 0 ? 'user root;' : '', servers: servers.join('\n\t') };
	const text = readFileSync(`${here}/nginx.conf`, 'utf8').replace(/@(\w+)@/g, (all, word) => words[word] ?? all);
	writeFileSync(`${dir}/nginx.conf`, text);
	execFileSync('nginx', ['-t', '-q', '-c', `${dir}/nginx.conf`]);
	const nginx = start('nginx', ['-c', `${dir}/nginx.conf`], { log: `${dir}/nginx.log` });
	await until(() => answers(config.port(kinds[names[0]].ports[0])), 5, 'nginx of the peers listens');
	return nginx;
}

// An HS256 token that outlives the run.
function token(sub) {
	const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const now = Math.floor(Date.now() / 1000);
	const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, iat: now, exp: now + 86_400, role: 'beginner' })}`;
	return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
}

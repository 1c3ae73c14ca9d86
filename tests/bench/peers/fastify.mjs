// Fastify peer: verifies the bearer token, lists and creates quests in one transaction under row-level security.
// Environment: SOCK, WORKERS, CONNECTIONS, PGHOST, JWT_SECRET.
import cluster from 'node:cluster';
import { chmodSync, rmSync } from 'node:fs';
import fastify from 'fastify';
import jwt from '@fastify/jwt';
import pg from 'pg';

const { SOCK, WORKERS, CONNECTIONS, JWT_SECRET } = process.env;
const columns = 'id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at';
const text = { type: 'string' };
const quest = {
	type: 'object',
	properties: {
		id: text,
		title: text,
		body: text,
		status: text,
		visibility: text,
		difficulty: text,
		tags: { type: 'array', items: text },
		version: { type: 'integer' },
		owner_id: text,
		created_at: text,
		updated_at: text,
	},
};
const page = {
	type: 'object',
	properties: { items: { type: 'array', items: quest }, next: { type: 'string', nullable: true } },
};
const fresh = {
	type: 'object',
	required: ['title'],
	properties: {
		title: { type: 'string', minLength: 1, maxLength: 120 },
		body: { type: 'string', maxLength: 10000, default: '' },
	},
};
const limits = {
	type: 'object',
	properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
};

async function transact(pool, user, query) {
	const db = await pool.connect();
	try {
		await db.query('begin');
		await db.query({ name: 'actor', text: `select set_config('bench.actor', $1, true)`, values: [user] });
		const { rows } = await db.query(query);
		await db.query('commit');
		return rows;
	} catch (error) {
		await db.query('rollback');
		throw error;
	} finally {
		db.release();
	}
}

function serve() {
	const pool = new pg.Pool({
		host: process.env.PGHOST,
		user: 'app_user',
		database: 'life_agent',
		max: Number(CONNECTIONS),
	});
	const app = fastify();
	app.register(jwt, { secret: JWT_SECRET });
	const signedIn = (request) => request.jwtVerify();

	const asUser = (user, query) => transact(pool, user, query);

	app.get(
		'/healthz',
		{ schema: { response: { 200: { type: 'object', properties: { status: text } } } } },
		async () => ({ status: 'ok' }),
	);

	app.get(
		'/quests',
		{ onRequest: signedIn, schema: { querystring: limits, response: { 200: page } } },
		async (request) => {
			const items = await asUser(request.user.sub, {
				name: 'list',
				text: `select ${columns} from bench.quest order by id desc limit $1`,
				values: [request.query.limit],
			});
			return { items, next: items.length === request.query.limit ? items.at(-1).id : null };
		},
	);

	app.post(
		'/quests',
		{ onRequest: signedIn, schema: { body: fresh, response: { 201: quest } } },
		async (request, reply) => {
			const { sub } = request.user;
			const { title, body } = request.body;
			reply.code(201);
			return (
				await asUser(sub, {
					name: 'create',
					text: `insert into bench.quest (owner_id, namespace_id, title, body) values ($1, $1, $2, $3) returning ${columns}`,
					values: [sub, title, body],
				})
			)[0];
		},
	);

	app.listen({ path: SOCK }).then(() => chmodSync(SOCK, 0o777));
}

if (cluster.isPrimary) {
	rmSync(SOCK, { force: true });
	for (let i = 0; i < Number(WORKERS); i++) cluster.fork();
} else serve();

// What row-level security costs: the list's own statement by a role it binds and by one it does not. The statement names the owner
// either way, so both find the same rows by the same indexes.
import { readFileSync, writeFileSync } from 'node:fs';
import * as config from './config.mjs';
import { alternate, measured } from './load.mjs';
import { identity, run } from './proc.mjs';
import { row, tell } from './report.mjs';

export async function rowSecurity({ our }) {
	const { id } = our.people[0];
	const namespace = (await our.psql(`select namespace_id from app.principal where id = '${id}'`)).trim();
	const script = `${config.stateDir}/list.sql`;
	writeFileSync(
		script,
		[
			`\\startpipeline`,
			`select set_config('app.actor', '${id}', true), set_config('app.namespace', '${namespace}', true);`,
			statement('quest_list'),
			`\\endpipeline`,
			'',
		].join('\n'),
	);
	const as = (user, role) => () =>
		measured(() => pgbench(our, script, user, role), { postgres: our.groups().postgres });
	const { bound, free } = await alternate({ bound: as('la-api', 'app_user'), free: as('postgres', 'postgres') });
	tell('rls', 'under row-level security', bound);
	tell('rls', 'the same with WHERE alone', free);
	row({
		what: 'list in PostgreSQL under RLS: CPU',
		unit: 'us',
		ours: bound.cpu,
		beside: 'WHERE alone',
		theirs: free.cpu,
		atMost: 1.25,
	});
}

// A statement of sql/queries/quest.sql with the values of a plain first page, written so that no plan knows them beforehand.
function statement(name) {
	const text = readFileSync(`${config.root}/sql/queries/quest.sql`, 'utf8');
	const body = text
		.split(/^-- name: /m)
		.find((block) => block.startsWith(`${name} `))
		.split('\n')
		.slice(1)
		.join('\n')
		.replace(/^\s*--.*$/gm, '');
	const given = { limit: ':rows', mine: ':no' };
	return body.replace(/(?<!:):(\w+)/g, (all, word) => given[word] ?? `nullif(:none, 'none')`).trim();
}

async function pgbench(our, script, user, role) {
	const settings = '-c search_path=app,pg_catalog -c plan_cache_mode=force_generic_plan -c jit=off';
	const out = await run(
		'pgbench',
		[
			'-n',
			'-M',
			'prepared',
			'-c2',
			'-j1',
			`-T${config.seconds}`,
			'-D',
			'rows=20',
			'-D',
			'no=false',
			'-D',
			'none=none',
			'-f',
			script,
			'-h',
			our.pgHost,
			'-p',
			'5432',
			'-U',
			role,
			'life_agent',
		],
		{ ...identity(user), cwd: '/', env: { ...process.env, PGOPTIONS: settings } },
	);
	const number = (pattern) => Number(pattern.exec(out)[1]);
	const latency = number(/latency average = ([\d.]+)/) * 1000;
	return { n: number(/actually processed: (\d+)/), rate: number(/tps = ([\d.]+)/), p50: latency, p99: latency };
}

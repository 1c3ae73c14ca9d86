// What one token check costs, by a small program linked with the objects of the build.
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as config from './config.mjs';
import { run } from './proc.mjs';
import { details, row } from './report.mjs';

export async function tokenCheck() {
	const program = `${config.stateDir}/token_check`;
	const archive = `${config.stateDir}/lib.a`;
	const keyFile = `${config.stateDir}/token_check.key`;
	const libraries = ['-lpq', '-ljson-c', '-ljwt', '-largon2', '-lfcgi', '-lcrypto', '-lm'];
	await run('ar', ['rcs', archive, ...objects()]);
	await run('cc', [
		'-std=gnu17',
		'-D_GNU_SOURCE',
		'-O2',
		`-I${config.root}`,
		'-o',
		program,
		`${config.here}/token_check.c`,
		archive,
		...libraries,
	]);
	rmSync(keyFile, { force: true });
	writeFileSync(keyFile, `bench:${randomBytes(32).toString('hex')}\n`, { mode: 0o400 });
	const us = JSON.parse(await run(program, [keyFile]));
	details.token = us;
	row({
		what: 'token check',
		unit: 'us',
		ours: us.check,
		beside: 'goal, us',
		theirs: 5,
		atMost: 1,
		absolute: true,
	});
	row({
		what: 'token check',
		unit: 'us',
		ours: us.check,
		beside: 'its HS256 by libjwt',
		theirs: us.libjwt,
		atMost: 1.35,
	});
}

const objects = () =>
	['base', 'ext', 'core'].flatMap((folder) => {
		const path = `${config.objDir}/lib/${folder}`;
		return readdirSync(path)
			.filter((name) => name.endsWith('.o'))
			.map((name) => `${path}/${name}`);
	});

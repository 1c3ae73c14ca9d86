// The knobs of a run, from the environment, and where things are.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);

export const root = resolve(import.meta.dirname, '../..');
export const here = import.meta.dirname;
export const stateDir = resolve(root, process.env.STATE_DIR ?? 'var/bench');
export const binDir = resolve(root, process.env.BIN ?? 'build/plain/bin');
export const objDir = resolve(binDir, '..');

export const rounds = number('K', 3); // alternating rounds of every measurement; medians are printed
export const seconds = number('S', 2); // of each load
export const growthRequests = number('N', 200_000); // of the memory growth row
export const connections = number('CONNECTIONS', 32);
export const people = number('PEOPLE', 100);
export const cores = cpus().length;
export const rateLimit = number('RATE_LIMIT_RPS', 0);

const basePort = number('BENCH_PORT', 19100);
export const port = (n) => basePort + n;

export const only = (process.env.BENCH_ONLY ?? '').split(',').filter(Boolean);
const kit = resolve(root, '../shared/bench/c');
export const floorSource = existsSync(`${kit}/probe_epoll.c`) ? kit : null;

// What ten times the rows cost a list, and what a page far from the first costs.
import { readFileSync } from 'node:fs';
import { alternate, onPlain } from './load.mjs';
import { row, tell } from './report.mjs';
import { seed } from './stack.mjs';

const path = '/quests?limit=20';
const depth = 90_000;

// The rows cannot shrink again, so the two sizes are not measured in turn: a peer whose table stays as it is shows how far the machine drifted.
export async function growth({ our, peers }) {
	const control = peers.floor ?? peers.fastify;
	const both = () => alternate({ our: onPlain(our, path), control: onPlain(control, path) });
	const small = await both();
	await seed({ rows: 900_000, owners: 8000, deep: our.deep.id });
	await our.freshTokens();
	const large = await both();
	tell('growth', '100,000 rows', small.our);
	tell('growth', '1,000,000 rows', large.our);
	const drift = large.control.cpu / small.control.cpu;
	row({
		what: 'list, 1e6 rows: CPU a request',
		unit: 'us',
		ours: large.our.cpu,
		beside: '1e5 rows, same drift',
		theirs: small.our.cpu * drift,
		atMost: 1.3,
	});
	await deepPage(our);
}

// A page of somebody who has 100,000 quests, far from the first; as far as half a minute of paging leads.
async function deepPage(our) {
	const options = { tokens: our.deepToken };
	const { next, at } = await pageThrough(our);
	const { first, deep } = await alternate({
		first: onPlain(our, path, options),
		deep: onPlain(our, `${path}&after=${encodeURIComponent(next)}`, options),
	});
	tell('growth', 'first page of 100,000', first);
	tell('growth', `page at depth ${at}`, deep);
	const what = `page at depth ${at}: CPU a request`;
	row({ what, unit: 'us', ours: deep.cpu, beside: 'the first page', theirs: first.cpu, atMost: 2 });
}

async function pageThrough(our) {
	const headers = { authorization: `Bearer ${readFileSync(our.deepToken, 'utf8')}` };
	const limit = Date.now() + 30_000;
	let next = '';
	let at = 0;
	for (; at < depth && Date.now() < limit; at += 100) {
		const after = next && `&after=${encodeURIComponent(next)}`;
		const answer = await fetch(`${our.plain}/quests?limit=100${after}`, { headers });
		if (!answer.ok) throw new Error(`page at ${at}: ${answer.status}`);
		({ next } = await answer.json());
	}
	return { next, at };
}

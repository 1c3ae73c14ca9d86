// Clients that write and read without pause and check every answer against what they wrote.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, excuse, password } from './http.mjs';
import { any } from './instance.mjs';

// What was seen, by the phase in which the answer came: answers, excused refusals, broken connections, and everything that must never be.
export class Ledger {
	creates = new Map(); // title → {id, owner}: acknowledged
	patches = new Map(); // quest id → the last acknowledged step
	unsent = new Set();  // titles of creates that went down a connection nginx had closed already
	wrong = [];
	phases = new Map();
	begin(name) {
		this.phase = { began: Date.now(), answered: 0, excused: 0, broken: 0, stale: 0, slowest: 0, lastExcuse: 0, codes: {} };
		this.phases.set(name, this.phase);
		return this.phase;
	}

	// Whether the answer counts.
	take(r) {
		const phase = this.phase;
		phase.slowest = Math.max(phase.slowest, r.ms);
		if (r.error) {
			if (r.error === 'HANG') this.wrong.push(`${r.id} ${r.method} ${r.path}: no answer in ${Math.round(r.ms)} ms, until ${new Date(r.at).toISOString()}`);
			else if (isStale(r)) phase.stale++;
			else phase.broken++;
			phase.codes[r.error] = (phase.codes[r.error] ?? 0) + 1;
			return false;
		}
		phase.answered++;
		const code = excuse(r);
		if (!code) return true;
		phase.excused++;
		phase.lastExcuse = Math.max(phase.lastExcuse, r.at - r.ms); // when it was asked
		phase.codes[code] = (phase.codes[code] ?? 0) + 1;
		return false;
	}

	expect(ok, r, what) { if (!ok) this.wrong.push(`${what}: ${r.id} ${r.method} ${r.path} → ${r.status} ${r.text.slice(0, 200)}`); }

	// The first few of what must never be, once.
	takeWrong() { return this.wrong.splice(0).slice(0, 5); }

	table() {
		return [...this.phases].map(([name, p]) => `${name.padEnd(34)} ${String(p.answered).padStart(6)} answered ${String(p.excused).padStart(4)} refused ` +
			`${String(p.broken).padStart(3)} broken ${String(p.stale).padStart(3)} stale, slowest ${Math.round(p.slowest)} ms ${JSON.stringify(p.codes)}`).join('\n');
	}
}

// The answer of a kept connection that nginx had closed before the request came: every client asks again on a new one.
const isStale = (r) => r.reused && ['ECONNRESET', 'EPIPE'].includes(r.error);

export class Writer {
	own = []; // quests: {id, title, step}
	seq = 0;
	asked = 0;

	constructor(i, ledger, n, user, tls) {
		Object.assign(this, { ledger, n, user, client: new Client(i, { tls, token: user.token }) });
	}

	async run(going) {
		while (going()) if (!await this.step()) await pause(30);
		this.client.close();
	}

	step() {
		const dice = Math.random();
		if (this.own.length === 0 || dice < 0.2) return this.create();
		return dice < 0.4 ? this.patch() : dice < 0.6 ? this.get() : dice < 0.85 ? this.list() : dice < 0.95 ? this.me() : this.health();
	}

	// Every request has an id of its own, so that a fault can be followed into the log.
	async ask(method, path, body) {
		const id = `c${this.n}-r${++this.asked}`;
		const r = await this.client.send(method, path, body, { headers: { 'x-request-id': id } });
		r.id = id;
		if (isStale(r) && body?.title) this.ledger.unsent.add(body.title);
		return this.ledger.take(r) ? r : null;
	}

	isMine(q) { return q.owner_id === this.user.id && this.user.titles.test(q.title); }

	async create() {
		const title = `c${this.n}-s${++this.seq}`;
		const r = await this.ask('POST', '/quests', { title, body: 'p0' });
		if (!r) return false;
		this.ledger.expect(r.status === 201 && this.isMine(r.json) && r.json.title === title && r.json.version === 1, r, 'quest_create');
		if (r.status !== 201) return true;
		this.ledger.creates.set(title, { id: r.json.id, owner: this.user.id });
		this.own.push({ id: r.json.id, title, step: 0 });
		return true;
	}

	async patch() {
		const q = any(this.own), step = ++this.seq;
		const r = await this.ask('PATCH', `/quests/${q.id}`, { body: `p${step}` });
		if (!r) return false;
		this.ledger.expect(r.status === 200 && this.isMine(r.json) && r.json.id === q.id && r.json.title === q.title && r.json.body === `p${step}`, r, 'quest_update');
		if (r.status === 200) this.ledger.patches.set(q.id, q.step = step);
		return true;
	}

	async get() {
		const q = any(this.own), r = await this.ask('GET', `/quests/${q.id}`);
		if (!r) return false;
		this.ledger.expect(r.status === 200 && this.isMine(r.json) && r.json.title === q.title && Number(r.json.body.slice(1)) >= q.step, r, 'quest_get');
		return true;
	}

	async list() {
		const r = await this.ask('GET', `/quests?limit=${1 + Math.floor(Math.random() * 20)}`);
		if (!r) return false;
		this.ledger.expect(r.status === 200 && r.json.items.length > 0 && r.json.items.every((q) => this.isMine(q)), r, 'quest_list');
		return true;
	}

	async me() {
		const r = await this.ask('GET', '/me');
		if (!r) return false;
		this.ledger.expect(r.status === 200 && r.json.user.id === this.user.id && r.json.user.email === this.user.email, r, 'me_get');
		return true;
	}

	async health() {
		const r = await this.ask('GET', '/healthz');
		if (r) this.ledger.expect(r.status === 200 && r.json.status === 'ok', r, 'health');
		return r !== null;
	}
}

// Signs in, looks who it is, turns the refresh token over, and signs out.
export class Visitor extends Writer {
	async step() {
		const token = await this.pair('/auth/login', { email: this.user.email, password });
		if (!token) return false;
		this.client.token = token.access_token;
		const again = await this.me() && await this.pair('/auth/refresh', { refresh_token: token.refresh_token });
		if (again) await this.ask('POST', '/auth/logout');
		return Boolean(again);
	}

	async pair(path, body) {
		const r = await this.ask('POST', path, body);
		if (r) this.ledger.expect(r.status === 200 && typeof r.json.access_token === 'string', r, path);
		return r?.json;
	}
}

// Every acknowledged write, looked for in the database's rows: [title, id, owner, body].
export function lostWrites(ledger, rows) {
	const seen = new Map(), faults = [];
	for (const [title, id, owner, body] of rows) {
		if (seen.has(title)) faults.push(`twice: ${title}`);
		seen.set(title, { id, owner, step: Number(body.slice(1)) });
	}
	for (const title of ledger.unsent) if (seen.has(title)) faults.push(`taken without an answer: ${title}`);
	for (const [title, ack] of ledger.creates) {
		const row = seen.get(title);
		if (!row || row.id !== ack.id || row.owner !== ack.owner) faults.push(`lost: ${title}`);
		else if (row.step < (ledger.patches.get(ack.id) ?? 0)) faults.push(`patch lost: ${title} is at ${row.step}, ${ledger.patches.get(ack.id)} was acknowledged`);
	}
	return faults;
}

// Counters of /metrics (buckets too) as name → number.
export function counters(text) {
	const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((m) => [m[1], m[2]]));
	const kind = (name) => kinds.get(name) ?? kinds.get(name.replace(/_(bucket|sum|count)$/, ''));
	return new Map([...text.matchAll(/^([a-z_]+)(\{[^}]*\})? (\S+)$/gm)].filter((m) => kind(m[1]) !== 'gauge').map((m) => [m[1] + (m[2] ?? ''), Number(m[3])]));
}

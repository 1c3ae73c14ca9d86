// HTTP clients: one kept connection each, over TLS or plain, from a loopback address of one's own if wanted.
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

export class Client {
	constructor(i, { tls = false, from, token } = {}) {
		const Agent = tls ? TlsAgent : PlainAgent;
		this.request = tls ? tlsRequest : plainRequest;
		this.agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, servername: 'localhost' });
		this.base = { host: '127.0.0.1', port: tls ? i.https : i.http, agent: this.agent, localAddress: from };
		this.token = token;
	}

	// → {status, headers, text, json, ms}, or {error, reused, ms} when no answer came.
	send(method, path, body, { headers = {}, abortAfter, limit = 15000 } = {}) {
		const began = performance.now();
		const all = { host: 'localhost', ...headers };
		const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
		if (this.token && !all.authorization) all.authorization = `Bearer ${this.token}`;
		if (payload !== undefined) {
			all['content-type'] ??= 'application/json';
			all['content-length'] = Buffer.byteLength(payload);
		}
		return new Promise((done) => {
			const end = (result) => done({ ...result, method, path, ms: performance.now() - began, at: Date.now() });
			const req = this.request({ ...this.base, method, path, headers: all }, (res) => {
				const parts = [];
				res.on('data', (d) => parts.push(d));
				res.on('error', (e) => end({ error: e.code ?? e.message }));
				res.on('end', () => end(answer(res, Buffer.concat(parts).toString())));
			});
			req.setTimeout(limit, () => req.destroy(Object.assign(new Error('no answer'), { code: 'HANG' })));
			req.on('error', (e) => end({ error: e.code ?? e.message, reused: req.reusedSocket }));
			if (abortAfter !== undefined) req.on('socket', (s) => abort(req, s, abortAfter));
			req.end(payload);
		});
	}

	get(path, options) { return this.send('GET', path, undefined, options); }
	post(path, body, options) { return this.send('POST', path, body, options); }
	patch(path, body, options) { return this.send('PATCH', path, body, options); }
	close() { this.agent.destroy(); }
}

function answer(res, text) {
	let json;
	try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
	return { status: res.statusCode, headers: res.headers, text, json };
}

// Cuts the connection some microtasks after the request was handed to the kernel.
function abort(req, socket, ms) {
	const cut = () => setTimeout(() => req.destroy(Object.assign(new Error('cut'), { code: 'CUT' })), ms);
	if (socket.connecting) socket.once('connect', cut);
	else cut();
}

export const password = 'violet-Tangent-93-orbit';

// → {id, email, token, refresh}
export async function signUp(i, name) {
	const c = new Client(i), email = `${name}@example.org`;
	const r = await c.post('/auth/signup', { email, password });
	if (r.status !== 201) throw new Error(`signup: ${r.status ?? r.error} ${r.text}`);
	c.token = r.json.access_token;
	const me = await c.get('/me');
	c.close();
	return { id: me.json.user.id, email, token: r.json.access_token, refresh: r.json.refresh_token };
}

// Why a fault excuses this answer: it refuses in the envelope (or as /healthz does), telling when to come back. Nothing for any other answer.
export function excuse(r) {
	if (![502, 503, 504].includes(r.status) || !/^\d+$/.test(r.headers['retry-after'] ?? '')) return undefined;
	return r.json?.error?.code ?? r.json?.status;
}

// FastCGI by hand: records, and sending any bytes to a socket.
import { connect } from 'node:net';

export const BEGIN = 1, ABORT = 2, PARAMS = 4, STDIN = 5, GET_VALUES = 9;

export function record(type, id, content = '', { version = 1, length, padding = 0 } = {}) {
	const body = Buffer.from(content), head = Buffer.from([version, type, id >> 8, id & 255, 0, 0, padding, 0]);
	head.writeUInt16BE(length ?? body.length, 4);
	return Buffer.concat([head, body, Buffer.alloc(padding)]);
}

const size = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE((n | 0x80000000) >>> 0); return b; };
export const pair = (name, value, n = name.length, v = value.length) => Buffer.concat([size(n), size(v), Buffer.from(name), Buffer.from(value)]);
export const begin = (id = 1, role = 1, keep = 0) => record(BEGIN, id, Buffer.from([0, role, keep, 0, 0, 0, 0, 0]));

// A whole request as bytes.
export function request(method, uri, { body = '', id = 1, keep = 0, more = {} } = {}) {
	const all = { REQUEST_METHOD: method, REQUEST_URI: uri, REMOTE_ADDR: '127.0.0.1', ...(body ? { CONTENT_TYPE: 'application/json', CONTENT_LENGTH: `${body.length}` } : {}), ...more };
	const params = Buffer.concat(Object.entries(all).map(([k, v]) => pair(k, v)));
	return Buffer.concat([begin(id, 1, keep), record(PARAMS, id, params), record(PARAMS, id), ...(body ? [record(STDIN, id, body)] : []), record(STDIN, id)]);
}

// Sends the pieces (buffers; a number waits that many ms; 'end' half-closes) and gathers what comes until the other side closes, or for `ms`.
export function talk(path, pieces, ms = 300) {
	return new Promise((done) => {
		const s = connect(path), parts = [];
		const timer = setTimeout(() => s.destroy(), ms);
		s.on('error', () => {});
		s.on('data', (d) => parts.push(d));
		s.on('close', () => { clearTimeout(timer); done(Buffer.concat(parts)); });
		s.on('connect', async () => {
			for (const p of pieces) {
				if (p === 'end') s.end();
				else if (typeof p === 'number') await new Promise((on) => setTimeout(on, p));
				else if (s.writable) s.write(p);
			}
		});
	});
}

// The CGI answer out of the records: {status, text}.
export function answerOf(bytes) {
	const parts = [];
	for (let at = 0; at + 8 <= bytes.length;) {
		const n = bytes.readUInt16BE(at + 4);
		if (bytes[at + 1] === 6) parts.push(bytes.subarray(at + 8, at + 8 + n));
		at += 8 + n + bytes[at + 6];
	}
	const text = Buffer.concat(parts).toString();
	return { status: Number(/^Status: (\d+)/.exec(text)?.[1]), text: text.split('\r\n\r\n').slice(1).join('\r\n\r\n') };
}

// Random numbers that are the same in every run.
export function dice(seed) {
	return (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor(seed / 2 ** 32 * n); };
}

// The other side of a webhook: what was told, and what it answers. It has the only private address that requests may go to.
import { createHmac } from "node:crypto";
import http from "node:http";

export const port = Number(process.env.HOOK_PORT);
export const at = (path) => `http://127.0.0.1:${port}${path}`;
/** What was heard, in order: { path, method, headers, body }. */
export const heard = [];
/** path -> (how often it was asked before) => { status, headers? }, or nothing for no answer at all; 204 for other paths. */
export const answers = new Map();

const server = http.createServer((req, res) => {
	const parts = [];

	req
		.on("data", (d) => parts.push(d))
		.on("end", () => {
			const before = heard.filter((h) => h.path === req.url).length,
				answer = answers.has(req.url) ? answers.get(req.url)(before) : { status: 204 };

			heard.push({ path: req.url, method: req.method, headers: req.headers, body: Buffer.concat(parts).toString() });
			if (answer) res.writeHead(answer.status, answer.headers).end(answer.body);
			else req.socket.destroy();
		});
});

await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
server.unref();

export const hmac = (secret, text, encoding) => createHmac("sha256", Buffer.from(secret, "base64")).update(text).digest(encoding);
/** The headers of a signed message. */
export const sign = (secret, id, timestamp, body) => ({
	"x-cave-webhook-id": id,
	"x-cave-webhook-timestamp": String(timestamp),
	"x-cave-webhook-signature": hmac(secret, body, "base64"),
	"x-cave-webhook-signature-v2": `v1=${hmac(secret, `${id}.${timestamp}.${body}`, "hex")}`,
});

// A process of its own that offers logins at a fixed rate, whatever becomes of them: node flood.mjs PORT PER_SECOND SECONDS EMAIL...
// Prints how many of which status came back, as JSON. It stands for other machines, so it takes what time is left over on this one.
import { Agent, request } from 'node:http';
import { setPriority } from 'node:os';

setPriority(19);
const [port, rate, seconds] = process.argv.slice(2, 5).map(Number), emails = process.argv.slice(5);
const agent = new Agent({ keepAlive: true, maxSockets: 2000 });
const statuses = {};
let offered = 0, open = 0;

function login() {
	const body = JSON.stringify({ email: emails[offered % emails.length], password: 'not the password' });
	const end = (status) => { statuses[status] = (statuses[status] ?? 0) + 1; open--; };
	open++;
	offered++;
	const req = request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/auth/login', localAddress: `127.0.${offered >> 8 & 7}.${2 + (offered & 127)}`,
		headers: { host: 'localhost', 'content-type': 'application/json', 'content-length': body.length } }, (res) => {
		res.resume().on('end', () => end(res.statusCode));
	});
	req.on('error', (e) => end(e.code)).end(body);
}

const began = performance.now();
const timer = setInterval(() => {
	const passed = (performance.now() - began) / 1000;
	while (offered < Math.min(passed, seconds) * rate && open < 2000) login();
	if (passed < seconds) return;
	if (open > 0 && passed < seconds + 20) return;
	clearInterval(timer);
	process.stdout.write(JSON.stringify({ offered, statuses }));
	agent.destroy();
}, 5);

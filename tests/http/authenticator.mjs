// An authenticator app: codes of RFC 6238 by Debian's oathtool, each of a step that was not used yet.
import assert from "node:assert/strict";
import { call, password } from "./harness.mjs";
import { capture, psql } from "./instance.mjs";

export const oathtool = async (secret, step) =>
	(await capture(["oathtool", "--totp", "--base32", `--now=@${step * 30}`, "-"], secret)).trim();

/** Gives `who` a second factor: { secret, recovery, code() }. */
export async function enrol(who) {
	const begun = await call("POST", "/auth/totp", { token: who.token, json: { current_password: password } });

	assert.equal(begun.status, 201, begun.text);
	const { secret } = begun.json;
	const now = () => Math.floor(Date.now() / 30_000);
	/** A code that is good now. Nobody waits half a minute for the next: the steps used so far are forgotten. */
	const code = async () => {
		await psql("update app.second_factor set last_step = 0 where principal_id = $1", who.id);
		return oathtool(secret, now());
	};
	const confirmed = await call("POST", "/auth/totp/confirm", { token: who.token, json: { code: await code() } });

	assert.equal(confirmed.status, 200, confirmed.text);
	return { ...begun.json, recovery: confirmed.json.recovery_codes, code, now };
}

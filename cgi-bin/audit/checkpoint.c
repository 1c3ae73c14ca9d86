/* Signed statements of how far the log goes and what its last line is:
 *   {"v":1,"seq":N,"hash":"..","count":N,"ts":"..","kid":"..","prev":"..","sig":".."}
 * `hash` is the SHA-256 of line `seq`, `count` the lines since the checkpoint before, `prev` the SHA-256 of that checkpoint's line (64 zeros in the
 * first), `sig` the Ed25519 signature, as Base64, of the line without it. */
#include "cgi-bin/audit/sealer.h"
#include "lib/base/clock.h"
#include "lib/base/code.h"

bool checkpoint_write(struct sealer *s)
{
	const struct keyring *k = &s->app->checkpoint_keys;
	unsigned char sig[ED25519_SIZE];
	char now[CLOCK_TEXT];
	struct str line, hash = hex_encode(s->mem, (struct str){ (const char *)s->hash, SHA256_SIZE });
	struct str prev = hex_encode(s->mem, (struct str){ (const char *)s->point_hash, SHA256_SIZE });

	clock_format(clock_wall_us(), now);
	line = mem_strf(s->mem, "{\"v\":1,\"seq\":%lld,\"hash\":\"%s\",\"count\":%lld,\"ts\":\"%.*s\",\"kid\":\"%s\",\"prev\":\"%s\"}", (long long)s->seq, hash.p,
	                (long long)(s->seq - s->point_seq), CLOCK_TEXT, now, k->list[0].kid, prev.p);
	ed25519_sign(keyring_key(k, 0), line, sig);
	line = mem_strf(s->mem, "%.*s,\"sig\":\"%s\"}\n", (int)line.n - 1, line.p, base64_encode(s->mem, (struct str){ (const char *)sig, sizeof sig }).p);
	if (!lines_append(&s->points, line))
		return fail(s, "checkpoints.jsonl cannot be written");
	sha256(str_head(line, line.n - 1), s->point_hash);
	s->point_seq = s->seq;
	s->due_us = 0;
	return true;
}

/* Tokens: nothing unsigned is ever taken, and claims that we did sign are taken only when every rule holds. */
#include "tests/fuzz/fuzz.h"

#include "lib/base/code.h"
#include "lib/core/token.h"
#include "lib/core/token_cache.h"
#include "lib/ext/crypto.h"

enum { NOW = 1800000000 };

static const struct token_keys keys = { .ring = { .n = 1, .list = { { .kid = "k1", .key = "0123456789abcdefghijklmnopqrstu" } } }, .refresh = "zyxwvutsrqponmlkjihgfedcba98765" };

static struct str sign(struct mem *m, struct str header, struct str claims)
{
	unsigned char mac[SHA256_SIZE];
	struct str h = base64url_encode(m, header), c = base64url_encode(m, claims), text = mem_strf(m, "%.*s.%.*s", STR_FMT(h), STR_FMT(c)), s;

	hmac_sha256((struct str){ (const char *)keys.ring.list[0].key, KEY_SIZE }, text, mac);
	s = base64url_encode(m, (struct str){ (const char *)mac, sizeof mac });
	return mem_strf(m, "%.*s.%.*s", STR_FMT(text), STR_FMT(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mem *m = mem_new(ARENA * 4);
	struct str text = fuzz_str(data, n), rest = text, header = fuzz_line(&rest), session;
	struct actor a = { 0 };
	int64_t generation;

	HOLDS(!token_check(m, &keys, text, NOW, &a));
	HOLDS(!token_check_again(m, &keys, text, NOW, &a));
	HOLDS(!refresh_check(m, &keys, text, &session, &generation));
	if (n < 16384 && token_check(m, &keys, sign(m, header, rest), NOW, &a)) {
		HOLDS(str_is_uuid(a.principal) && str_is_uuid(a.session) && a.role > ANYONE && a.role < ROLE__MAX && a.scopes == role_scopes(a.role));
		HOLDS(memmem(header.p, header.n, "HS256", 5) && memmem(rest.p, rest.n, "life-agent", 10));
	}
	mem_free(m);
	return 0;
}

/* Access tokens: what is issued is taken, and every rule refuses what breaks it and nothing else. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "lib/base/code.h"
#include "lib/core/token.h"
#include "lib/ext/crypto.h"

#define NOW 1800000000LL
#define SUB "019391a4-0000-7d2b-9a55-0c6d2f1e8b11"
#define SID "019391a4-1111-7d2b-9a55-0c6d2f1e8b11"
#define HEADER "{\"alg\":\"HS256\",\"kid\":\"k2\",\"typ\":\"JWT\"}"
#define REST "\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\""
#define TIMES "\"iat\":1800000000,\"exp\":1800000600"
#define CLAIMS "{" REST "," TIMES "}"

static struct mem *m;
static struct token_keys keys = { .ring = { .n = 2 } };

static int up(void **state)
{
	(void)state;
	m = mem_new(8 << 20);
	for (int k = 0; k < 2; k++) {
		snprintf(keys.ring.list[k].kid, sizeof keys.ring.list[k].kid, "k%d", 2 - k);
		for (int i = 0; i < KEY_SIZE; i++)
			keys.ring.list[k].key[i] = (unsigned char)(i * 7 + 100 * k);
	}
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(m);
	return 0;
}

static struct str signed_by(const unsigned char *key, struct str text)
{
	unsigned char mac[SHA256_SIZE];
	struct str sig;

	hmac_sha256((struct str){ (const char *)key, KEY_SIZE }, text, mac);
	sig = base64url_encode(m, (struct str){ (const char *)mac, sizeof mac });
	return mem_strf(m, "%.*s.%.*s", STR_FMT(text), STR_FMT(sig));
}

static struct str forge(const char *header, const char *claims)
{
	struct str h = base64url_encode(m, str_from(header)), c = base64url_encode(m, str_from(claims));

	return signed_by(keys.ring.list[0].key, mem_strf(m, "%.*s.%.*s", STR_FMT(h), STR_FMT(c)));
}

static bool takes(struct str token, int64_t now)
{
	struct actor a = { 0 };

	return token_check(m, &keys, token, now, &a);
}

static void what_is_issued_is_taken(void **state)
{
	struct str t = token_issue(m, &keys, &(struct actor){ .role = ADMIN, .principal = STR(SUB), .session = STR(SID) }, NOW);
	struct actor a = { 0 };

	(void)state;
	assert_true(token_check(m, &keys, t, NOW, &a));
	assert_str(a.principal, SUB);
	assert_str(a.session, SID);
	assert_int_equal(a.role, ADMIN);
	assert_int_equal(a.scopes, role_scopes(ADMIN));
	assert_true(takes(forge(HEADER, CLAIMS), NOW));
}

static void it_lives_its_time_and_the_leeway(void **state)
{
	struct str t = forge(HEADER, CLAIMS);

	(void)state;
	assert_true(takes(t, NOW - 30));
	assert_false(takes(t, NOW - 31));
	assert_true(takes(t, NOW + 600 + 29));
	assert_false(takes(t, NOW + 600 + 30));
}

static void every_rule_about_the_header_refuses(void **state)
{
	static const char *const bad[] = {
		"{\"alg\":\"none\",\"kid\":\"k2\"}", "{\"alg\":\"hs256\",\"kid\":\"k2\"}", "{\"alg\":\"HS384\",\"kid\":\"k2\"}", "{\"alg\":\"RS256\",\"kid\":\"k2\"}",
		"{\"alg\":null,\"kid\":\"k2\"}", "{\"alg\":[\"HS256\"],\"kid\":\"k2\"}", "{\"kid\":\"k2\"}", "{\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"kid\":\"\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\"}" /* signed by k2 */, "{\"alg\":\"HS256\",\"kid\":\"k3\"}", "{\"alg\":\"HS256\",\"kid\":2}",
		"{\"alg\":\"HS256\",\"kid\":\"K2\"}", "{\"alg\":\"HS256\",\"kid\":\"k2 \"}", "{\"alg\":\"HS256\",\"kid\":\"../k2\"}", "{\"alg\":\"HS256\",\"kid\":\"k2' or 1=1\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k2\",\"crit\":[\"x\"]}", "{\"alg\":\"HS256\",\"kid\":\"k2\",\"jku\":\"https://x\"}", "{\"alg\":\"HS256\",\"kid\":\"k2\",\"jwk\":{}}",
		"{\"alg\":\"HS256\",\"kid\":\"k2\",\"x5u\":\"https://x\"}", "{\"alg\":\"HS256\",\"kid\":\"k2\",\"x5c\":[]}", "{\"alg\":\"HS256\",\"kid\":\"k2\",\"b64\":false}",
		"{\"alg\":\"HS256\",\"kid\":\"k2\",\"typ\":\"at+jwt\"}", "{\"alg\":\"HS256\",\"kid\":\"k2\",\"typ\":1}", "{\"alg\":\"HS256\",\"kid\":\"k2\",\"crit\":\"JWT\"}", "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"k2\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k2\",}", "[]", "\"HS256\"", "", "null",
	};

	(void)state;
	assert_true(takes(forge("{\"kid\":\"k2\",\"alg\":\"HS256\"}", CLAIMS), NOW));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (takes(forge(bad[i], CLAIMS), NOW))
			fail_msg("taken: %s", bad[i]);
}

static void every_rule_about_the_claims_refuses(void **state)
{
	static const char *const bad[] = {
		"{" REST ",\"iat\":1800000000}", "{" REST ",\"exp\":1800000600}", "{" REST ",\"iat\":1800000000,\"exp\":\"never\"}",
		"{" REST ",\"iat\":1800000000,\"exp\":1800000600.5}", "{" REST ",\"iat\":1800000000,\"exp\":true}", "{" REST ",\"iat\":1800000000,\"exp\":null}",
		"{" REST ",\"iat\":\"now\",\"exp\":1800000600}", "{" REST ",\"iat\":1800000000,\"exp\":1799999000}", "{" REST ",\"iat\":1800000000,\"exp\":1800000000}",
		"{" REST ",\"iat\":1800000000,\"exp\":1800000901}", "{" REST ",\"iat\":1800000100,\"exp\":1800000600}", "{" REST ",\"iat\":1799990000,\"exp\":1799990600}",
		"{" REST "," TIMES ",\"nbf\":1800000100}", "{" REST "," TIMES ",\"nbf\":\"x\"}", "{" REST "," TIMES ",\"nbf\":null}",
		"{" REST ",\"iat\":-9223372036854775808,\"exp\":9223372036854775807}", "{" REST ",\"iat\":9223372036854775000,\"exp\":9223372036854775807}",
		"{" REST ",\"iat\":-9223372036854775808,\"exp\":-9223372036854775000}",
		"{\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"other\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"other\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":[\"life-agent\"],\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"refresh\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"root\",\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":[\"" SUB "\"],\"sid\":\"" SID "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"\",\"role\":\"pro\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":\"anyone\"," TIMES "}",
		"{\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"sid\":\"" SID "\",\"role\":4," TIMES "}",
		"{" REST "," TIMES ",\"sub\":\"" SID "\"}", "[]", "null", "\"" SUB "\"", "", "{" REST "," TIMES "} ,", "{" REST "," TIMES ",\"x\":\"\xff\"}",
	};

	(void)state;
	assert_true(takes(forge(HEADER, "{" REST "," TIMES ",\"nbf\":1800000029,\"extra\":{}}"), NOW));
	assert_true(takes(forge(HEADER, "{" REST ",\"iat\":1800000000,\"exp\":1800000900}"), NOW));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (takes(forge(HEADER, bad[i]), NOW))
			fail_msg("taken: %s", bad[i]);
}

/* Traded for a key: no session, the key's hash and its scopes; nothing in between. */
static void a_token_of_a_key_names_the_key_and_no_session(void **state)
{
#define HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define KEYED "\"iss\":\"life-agent\",\"aud\":\"life-agent\",\"use\":\"access\",\"sub\":\"" SUB "\",\"role\":\"pro\"," TIMES
	static const char *const bad[] = {
		"{" KEYED "}", "{" KEYED ",\"key\":\"" HASH "\"}", "{" KEYED ",\"scope\":\"\"}", "{" KEYED ",\"key\":\"" HASH "\",\"scope\":\"\",\"sid\":\"" SID "\"}",
		"{" KEYED ",\"key\":\"" HASH "0\",\"scope\":\"\"}", "{" KEYED ",\"key\":\"\",\"scope\":\"\"}", "{" KEYED ",\"key\":null,\"scope\":\"\"}",
		"{" KEYED ",\"key\":\"Ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"scope\":\"\"}", "{" KEYED ",\"key\":\"" HASH "\",\"scope\":[\"quest:read\"]}",
		"{" KEYED ",\"key\":null,\"scope\":\"\",\"sid\":\"" SID "\"}",
	};
	struct actor who = { .role = PRO, .principal = STR(SUB), .key_hash = STR(HASH), .key_scopes = STR("quest:read") }, out = { 0 };

	(void)state;
	assert_true(token_check(m, &keys, token_issue(m, &keys, &who, NOW), NOW, &out));
	assert_null(out.session.p);
	assert_str(out.key_hash, HASH);
	assert_str(out.key_scopes, "quest:read");
	assert_true(out.scopes == (1ull << SCOPE_quest_read | 1));
	who.key_scopes = STR("");
	assert_true(token_check(m, &keys, token_issue(m, &keys, &who, NOW), NOW, &out));
	assert_true(out.scopes == role_scopes(PRO));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (takes(forge(HEADER, bad[i]), NOW))
			fail_msg("taken: %s", bad[i]);
}

static void only_three_strict_parts_are_taken(void **state)
{
	struct str t = forge(HEADER, CLAIMS), h = base64url_encode(m, STR(HEADER)), c = base64url_encode(m, STR(CLAIMS));
	static const char *const bad[] = { "", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d" };
	char *wide = mem_alloc(m, TOKEN_LENGTH_MAX + 1);

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(takes(str_from(bad[i]), NOW));
	assert_false(takes(mem_strf(m, "%.*s.", STR_FMT(t)), NOW));
	assert_false(takes(mem_strf(m, ".%.*s", STR_FMT(t)), NOW));
	assert_false(takes(mem_strf(m, "%.*s=", STR_FMT(t)), NOW));
	assert_false(takes(mem_strf(m, " %.*s", STR_FMT(t)), NOW));
	assert_false(takes(mem_strf(m, "%.*s.%.*s.", STR_FMT(h), STR_FMT(c)), NOW));
	assert_false(takes(str_head(t, t.n - 1), NOW));
	assert_false(takes(signed_by(keys.ring.list[0].key, mem_strf(m, "%.*s=.%.*s", STR_FMT(h), STR_FMT(c))), NOW));
	memset(wide, 'A', TOKEN_LENGTH_MAX + 1);
	assert_false(takes(str_head(str_from(mem_strz(m, (struct str){ wide, TOKEN_LENGTH_MAX + 1 })), TOKEN_LENGTH_MAX + 1), NOW));
}

/* A token that would be good but for its length. */
static void longer_than_8_kib_is_refused(void **state)
{
	char *pad = mem_alloc(m, 8000);

	(void)state;
	memset(pad, ' ', 5400);
	assert_true(takes(forge(HEADER, mem_strf(m, "{%s" REST "," TIMES "}", pad).p), NOW));
	memset(pad, ' ', 6400);
	assert_false(takes(forge(HEADER, mem_strf(m, "{%s" REST "," TIMES "}", pad).p), NOW));
}

static void keys_rotate_by_name(void **state)
{
	struct token_keys old = { .ring = { .n = 1 } }, one = { .ring = { .n = 1 } };
	struct actor a;
	struct str t;

	(void)state;
	old.ring.list[0] = keys.ring.list[1];
	one.ring.list[0] = keys.ring.list[0];
	t = token_issue(m, &old, &(struct actor){ .role = PRO, .principal = STR(SUB), .session = STR(SID) }, NOW);
	assert_true(token_check(m, &keys, t, NOW, &a));
	assert_false(token_check(m, &one, t, NOW, &a));
	old.ring.list[0] = (typeof(old.ring.list[0])){ .kid = "k2" }; /* its name, not its bytes */
	assert_false(token_check(m, &old, forge(HEADER, CLAIMS), NOW, &a));
}

/* 10,000 tokens, each a valid one with a byte changed, cut out, doubled, or two swapped. */
static void no_mutant_is_taken(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n";
	struct mem *outer = m;
	struct str good = forge(HEADER, CLAIMS);
	uint64_t seed = 42;
	char text[1024];
	int tried = 0;

	(void)state;
	m = mem_new(8 << 20);
	while (tried < 10000) {
		size_t n = good.n, i = xorshift(&seed) % n, k = xorshift(&seed) % n;

		memcpy(text, good.p, n);
		switch (xorshift(&seed) % 4) {
		case 0: text[i] = alphabet[xorshift(&seed) % (sizeof alphabet - 1)]; break;
		case 1: memmove(text + i, text + i + 1, --n - i); break;
		case 2: memmove(text + i + 1, text + i, n++ - i); break;
		default: text[i] = good.p[k], text[k] = good.p[i];
		}
		if (str_is((struct str){ text, n }, good))
			continue;
		if (takes((struct str){ text, n }, NOW))
			fail_msg("taken: %.*s", (int)n, text);
		mem_reset(m);
		tried++;
	}
	mem_free(m);
	m = outer;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_issued_is_taken),
		cmocka_unit_test(it_lives_its_time_and_the_leeway),
		cmocka_unit_test(every_rule_about_the_header_refuses),
		cmocka_unit_test(every_rule_about_the_claims_refuses),
		cmocka_unit_test(a_token_of_a_key_names_the_key_and_no_session),
		cmocka_unit_test(only_three_strict_parts_are_taken),
		cmocka_unit_test(longer_than_8_kib_is_refused),
		cmocka_unit_test(keys_rotate_by_name),
		cmocka_unit_test(no_mutant_is_taken),
	};

	return cmocka_run_group_tests_name("core/token", tests, up, down);
}

/* Key files and refresh tokens: wide modes and weak keys are refused by name; a changed token is no token. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/code.h"
#include "lib/core/token.h"

#define KEY_A "00112233445566778899aabbccddeeff0123456789abcdef0f1e2d3c4b5a6978"
#define KEY_B "8f0e7d6c5b4a39281706f5e4d3c2b1a09182736455647382910afbecd0e1f2a3"
#define SESSION "019391a4-1111-7d2b-9a55-0c6d2f1e8b11"

static char folder[] = "/tmp/la-keys-XXXXXX", jwt[64], refresh[64];
static struct mem *m;
static struct token_keys k;
static struct str why;

static void put(const char *path, const char *text, mode_t mode)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

static int up(void **state)
{
	(void)state;
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	if (!mkdtemp(folder))
		return 1;
	snprintf(jwt, sizeof jwt, "%s/jwt", folder);
	snprintf(refresh, sizeof refresh, "%s/refresh", folder);
	put(jwt, "k1:" KEY_A "\n", 0400);
	put(refresh, KEY_B "\n", 0400);
	m = mem_new(1 << 20);
	why = STR_NONE;
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(m);
	unlink(jwt);
	unlink(refresh);
	return rmdir(folder);
}

static bool reads(void) { return token_keys_read(&k, jwt, refresh, m, &why); }

/* Refused, and the reason names the file and never the key. */
static void refused(const char *file)
{
	assert_false(reads());
	assert_non_null(memmem(why.p, why.n, file, strlen(file)));
	assert_lacks(why, "00112233");
	assert_lacks(why, "8f0e7d6c");
}

static void good_files_are_read(void **state)
{
	(void)state;
	assert_true(reads());
	assert_int_equal(k.ring.n, 1);
	assert_string_equal(k.ring.list[0].kid, "k1");
	assert_int_equal(k.ring.list[0].key[1], 0x11);
	assert_int_equal(k.refresh[0], 0x8f);
	put(jwt, "new:" KEY_B "\n\nold:" KEY_A "", 0400);
	assert_true(reads());
	assert_int_equal(k.ring.n, 2);
	assert_string_equal(k.ring.list[0].kid, "new");
}

static void files_that_others_may_touch_are_refused(void **state)
{
	static const mode_t bad[] = { 0600, 0440, 0404, 0420, 0402, 0500, 0410, 0401, 0644, 0777 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		chmod(jwt, bad[i]);
		refused("/jwt");
		chmod(jwt, 0400);
		chmod(refresh, bad[i]);
		refused("/refresh");
		chmod(refresh, 0400);
	}
	assert_true(reads());
}

static void missing_files_and_links_are_refused(void **state)
{
	char real[80];

	(void)state;
	snprintf(real, sizeof real, "%s/real", folder);
	assert_int_equal(rename(jwt, real), 0);
	refused("/jwt");
	assert_int_equal(symlink(real, jwt), 0);
	refused("/jwt");
	assert_int_equal(rename(real, jwt), 0);
	unlink(refresh);
	refused("/refresh");
	assert_false(token_keys_read(&k, "", refresh, m, &why));
}

static void weak_and_broken_keys_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "\n", "k1", "k1:" KEY_A "\nk1:" KEY_A, "k1:", ":" KEY_A, "k1:" KEY_A "0", "k1: " KEY_A, "k1:0011223344", "k1=" KEY_A, KEY_A,
		"k1:0000000000000000000000000000000000000000000000000000000000000000", "k1:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"k1:0102030401020304010203040102030401020304010203040102030401020304", "k1:00112233445566778899AABBCCDDEEFF0123456789abcdef0f1e2d3c4b5a6978",
		"k1:0011223344556677889gaabbccddeeff0123456789abcdef0f1e2d3c4b5a6978", "a-name-of-thirty-two-characters-x:" KEY_A,
		"a:" KEY_A "\nb:" KEY_A "\nc:" KEY_A "\nd:" KEY_A "\ne:" KEY_A "\n", "k1:" KEY_A "\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		put(jwt, bad[i], 0400);
		refused("/jwt");
	}
	put(jwt, "k1:" KEY_A, 0400);
	put(refresh, "", 0400);
	refused("/refresh");
	put(refresh, "k1:" KEY_B, 0400);
	refused("/refresh");
	put(refresh, "0000000000000000000000000000000000000000000000000000000000000000", 0400);
	refused("/refresh");
}

/* A header that is known as it stands says which key; the signature must still be that key's. */
static void each_key_knows_its_header_and_no_other(void **state)
{
	static const struct actor who = { .role = PRO, .principal = { SESSION, 36 }, .session = { SESSION, 36 } };
	struct token_keys second;
	struct str first_token, second_token, rest, header;
	struct actor a;
	char *mixed;

	(void)state;
	put(jwt, "k1:" KEY_A "\nk2:" KEY_B "\n", 0400);
	assert_true(reads());
	second = k;
	second.ring.list[0] = k.ring.list[1];
	first_token = token_issue(m, &k, &who, 1000);
	second_token = rest = token_issue(m, &second, &who, 1000);
	assert_true(str_cut(&rest, '.', &header));
	assert_true(str_is(header, k.headers[1]));
	assert_false(str_is(header, k.headers[0]));
	assert_true(token_check(m, &k, first_token, 1000, &a));
	assert_true(token_check(m, &k, second_token, 1000, &a));
	mixed = mem_strz(m, second_token);
	assert_int_equal(k.headers[0].n, header.n);
	memcpy(mixed, k.headers[0].p, header.n);
	assert_false(token_check(m, &k, str_from(mixed), 1000, &a));
	k.headers[0] = k.headers[1] = STR_NONE; /* as for a header that another wrote */
	assert_true(token_check(m, &k, second_token, 1000, &a));
	assert_false(token_check(m, &k, str_from(mixed), 1000, &a));
}

static void refresh_tokens_go_round(void **state)
{
	static const int64_t generations[] = { 0, 1, 255, 256, 70000, INT32_MAX, UINT32_MAX };
	struct str session;
	int64_t g;

	(void)state;
	assert_true(reads());
	for (size_t i = 0; i < COUNT(generations); i++) {
		struct str t = refresh_issue(m, &k, STR(SESSION), generations[i]);

		assert_true(str_is(t, refresh_issue(m, &k, STR(SESSION), generations[i]))); /* always the same bytes */
		assert_true(refresh_check(m, &k, t, &session, &g));
		assert_str(session, SESSION);
		assert_int_equal(g, generations[i]);
	}
}

static void a_changed_refresh_token_is_refused(void **state)
{
	struct token_keys other;
	struct str t, raw, session;
	int64_t g;

	(void)state;
	assert_true(reads());
	other = k;
	other.refresh[31] ^= 1;
	t = refresh_issue(m, &k, STR(SESSION), 7);
	assert_false(refresh_check(m, &other, t, &session, &g));
	assert_true(base64url_decode(m, t, &raw));
	for (size_t bit = 0; bit < raw.n * 8; bit++) {
		char *changed = mem_strz(m, raw);

		changed[bit / 8] = (char)(changed[bit / 8] ^ 1 << bit % 8);
		assert_false(refresh_check(m, &k, base64url_encode(m, (struct str){ changed, raw.n }), &session, &g));
	}
	for (size_t n = 0; n < t.n; n++)
		assert_false(refresh_check(m, &k, str_head(t, n), &session, &g));
	assert_false(refresh_check(m, &k, mem_strf(m, "%.*sA", STR_FMT(t)), &session, &g));
	assert_false(refresh_check(m, &k, mem_strf(m, "%.*s=", STR_FMT(t)), &session, &g));
}

static void below_zero(void) { refresh_issue(m, &k, STR(SESSION), -1); }
static void no_session(void) { refresh_issue(m, &k, STR("x"), 1); }

static void senseless_refresh_tokens_are_never_issued(void **state)
{
	(void)state;
	assert_true(dies(below_zero));
	assert_true(dies(no_session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_files_are_read, up, down),
		cmocka_unit_test_setup_teardown(files_that_others_may_touch_are_refused, up, down),
		cmocka_unit_test_setup_teardown(missing_files_and_links_are_refused, up, down),
		cmocka_unit_test_setup_teardown(weak_and_broken_keys_are_refused, up, down),
		cmocka_unit_test_setup_teardown(each_key_knows_its_header_and_no_other, up, down),
		cmocka_unit_test_setup_teardown(refresh_tokens_go_round, up, down),
		cmocka_unit_test_setup_teardown(a_changed_refresh_token_is_refused, up, down),
		cmocka_unit_test_setup_teardown(senseless_refresh_tokens_are_never_issued, up, down),
	};

	return cmocka_run_group_tests_name("core/token keys", tests, NULL, NULL);
}

/* The memory of checked tokens: it answers like the check itself, and not longer than that would. */
#include "tests/unit/test.h"

#include "lib/core/token_cache.h"

#define NOW 1800000000LL
#define SUB STR("019391a4-0000-7d2b-9a55-0c6d2f1e8b11")
#define SID STR("019391a4-1111-7d2b-9a55-0c6d2f1e8b11")

static struct mem *m;
static struct token_keys keys = { .ring = { .n = 1, .list = { { .kid = "k1", .key = "0123456789abcdefghijklmnopqrstu" } } } };

static int up(void **state) { (void)state; m = mem_new(1 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static struct str issue(enum role role, struct str sub, int64_t now_s)
{
	return token_issue(m, &keys, &(struct actor){ .role = role, .principal = sub, .session = SID }, now_s);
}

static void the_second_answer_is_the_first(void **state)
{
	struct str t = issue(PRO, SUB, NOW);
	struct actor a = { 0 }, b = { 0 };

	(void)state;
	assert_true(token_check_again(m, &keys, t, NOW, &a));
	assert_true(token_check_again(m, &keys, t, NOW + 1, &b));
	assert_true(str_is(a.principal, b.principal) && str_is(a.session, b.session) && a.role == b.role && a.scopes == b.scopes);
	assert_true(str_is(b.principal, SUB) && str_is(b.session, SID) && b.role == PRO);
}

/* Remembered or not, whatever differs by a byte is another token. */
static void a_changed_token_is_never_taken_for_a_remembered_one(void **state)
{
	struct str t = issue(PRO, SUB, NOW);
	struct actor a;

	(void)state;
	assert_true(token_check_again(m, &keys, t, NOW, &a));
	for (size_t i = 0; i < t.n; i++) {
		char *changed = mem_strz(m, t);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		if (!str_is(t, str_from(changed)))
			assert_false(token_check_again(m, &keys, str_from(changed), NOW, &a));
	}
	assert_false(token_check_again(m, &keys, str_head(t, t.n - 1), NOW, &a));
	assert_true(token_check_again(m, &keys, t, NOW, &a));
}

/* Refused tokens are not remembered, short and long ones neither. */
static void what_was_refused_stays_refused(void **state)
{
	struct str t = issue(PRO, SUB, NOW - 10000);
	struct actor a;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_false(token_check_again(m, &keys, t, NOW, &a));
		assert_false(token_check_again(m, &keys, STR("a.b.c"), NOW, &a));
		assert_false(token_check_again(m, &keys, STR(""), NOW, &a));
	}
}

/* Asked again and again, it ends when it would have ended anyway: its time and the leeway. */
static void being_remembered_makes_no_token_live_longer(void **state)
{
	struct str t = issue(ADMIN, SUB, NOW);
	struct actor a;

	(void)state;
	for (int64_t at = 7; at < TOKEN_SECONDS + 30; at++)
		assert_true(token_check_again(m, &keys, t, NOW + at, &a));
	for (int64_t at = TOKEN_SECONDS + 30; at < TOKEN_SECONDS + 60; at++)
		assert_false(token_check_again(m, &keys, t, NOW + at, &a));
}

static void many_tokens_do_not_get_in_each_others_way(void **state)
{
	struct actor a;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct str sub = mem_strf(m, "019391a4-0000-7d2b-9a55-0000000%05d", i % 500), t = issue(PRO, sub, NOW);

		assert_true(token_check_again(m, &keys, t, NOW, &a));
		assert_true(str_is(a.principal, sub));
		if (i % 100 == 99)
			mem_reset(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_second_answer_is_the_first, up, down),
		cmocka_unit_test_setup_teardown(a_changed_token_is_never_taken_for_a_remembered_one, up, down),
		cmocka_unit_test_setup_teardown(what_was_refused_stays_refused, up, down),
		cmocka_unit_test_setup_teardown(being_remembered_makes_no_token_live_longer, up, down),
		cmocka_unit_test_setup_teardown(many_tokens_do_not_get_in_each_others_way, up, down),
	};

	return cmocka_run_group_tests_name("core/token_cache", tests, NULL, NULL);
}

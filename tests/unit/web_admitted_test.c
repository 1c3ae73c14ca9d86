/* Who was let in a moment ago, and everything that makes the database be asked again. */
#include "tests/unit/test.h"

#include "lib/web/admitted.h"

#define PRINCIPAL "019391a4-0000-7d2b-9a55-0c6d2f1e8b11"
#define SESSION "019391a4-1111-7d2b-9a55-0c6d2f1e8b11"
#define OTHER "019391a4-2222-7d2b-9a55-0c6d2f1e8b11" /* ends like SESSION: the same place of the table */
#define NAMESPACE "019391a4-3333-7d2b-9a55-0c6d2f1e8b11"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct actor person = { .role = PRO, .principal = { PRINCIPAL, 36 }, .session = { SESSION, 36 } };
static const struct actor key = { .role = PRO, .principal = { PRINCIPAL, 36 }, .key_hash = { HASH, 64 }, .key_scopes = { "quest:read", 10 } };

static bool found(struct actor a, int64_t endings, int64_t now_us)
{
	struct str ns = admitted_find(&a, endings, now_us);

	assert_true(!ns.p || str_is(ns, STR(NAMESPACE)));
	return ns.p != NULL;
}

static void let_in_for_a_quarter_of_a_second(void **state)
{
	(void)state;
	assert_false(found(person, 7, 1000));
	admitted_keep(&person, STR(NAMESPACE), 7, 1000);
	assert_true(found(person, 7, 1000));
	assert_true(found(person, 7, 250999));
	assert_false(found(person, 7, 251000));
	assert_false(found((struct actor){ 0 }, 0, 0));
}

static void asked_again_when_anything_may_have_ended(void **state)
{
	(void)state;
	admitted_keep(&person, STR(NAMESPACE), 7, 1000);
	assert_false(found(person, 8, 1001));
	assert_true(found(person, 7, 1001));
}

static void only_the_very_same_actor_counts(void **state)
{
	struct actor a;

	(void)state;
	admitted_keep(&person, STR(NAMESPACE), 7, 1000);
	a = person, a.role = ADMIN;
	assert_false(found(a, 7, 1001));
	a = person, a.session = STR(OTHER);
	assert_false(found(a, 7, 1001));
	a = person, a.principal = STR(OTHER);
	assert_false(found(a, 7, 1001));
	admitted_keep(&key, STR(NAMESPACE), 7, 1000);
	assert_true(found(key, 7, 1001));
	a = key, a.key_scopes = STR("quest:reap");
	assert_false(found(a, 7, 1001));
	a = key, a.key_scopes = STR_NONE;
	assert_false(found(a, 7, 1001));
	a = key, a.key_hash = STR("10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
	assert_false(found(a, 7, 1001));
}

static void what_does_not_fit_is_not_kept(void **state)
{
	static char scopes[400];
	struct actor a = key;

	(void)state;
	memset(scopes, 'x', sizeof scopes);
	a.key_scopes = (struct str){ scopes, sizeof scopes };
	admitted_keep(&a, STR(NAMESPACE), 9, 1000);
	assert_false(found(a, 9, 1001));
	admitted_keep(&person, STR("default"), 9, 1000);
	assert_false(found(person, 9, 1001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(let_in_for_a_quarter_of_a_second),
		cmocka_unit_test(asked_again_when_anything_may_have_ended),
		cmocka_unit_test(only_the_very_same_actor_counts),
		cmocka_unit_test(what_does_not_fit_is_not_kept),
	};

	return cmocka_run_group_tests_name("web/admitted", tests, NULL, NULL);
}

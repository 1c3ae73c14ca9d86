/* What keys grant, remembered for a moment: whole, by the whole hash, and forgotten when told. */
#include "tests/unit/test.h"

#include "lib/web/key_cache.h"

#define ID STR("019391a4-1111-7d2b-9a55-0c6d2f1e8b11")
#define WHO STR("019391a4-0000-7d2b-9a55-0c6d2f1e8b11")

static struct mem *m;
static struct key_grant g;

static int up(void **state) { (void)state; m = mem_new(8 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static struct str hash_of(int i) { return mem_strf(m, "%08x%056x", (unsigned)i * 2654435761u, (unsigned)i); }

static void keep(struct str hash, struct str principal, struct str role, struct str scopes)
{
	key_cache_keep(hash, &(struct key_grant){ .principal = principal, .role = role, .scopes = scopes, .id = ID, .type = KEY_namespace, .per_minute = 100 });
}

static void what_was_kept_is_found(void **state)
{
	(void)state;
	assert_false(key_cache_find(hash_of(1), m, &g));
	keep(hash_of(1), WHO, STR("pro"), STR("quest:read quest:write"));
	assert_true(key_cache_find(hash_of(1), m, &g));
	assert_true(str_is(g.principal, WHO));
	assert_str(g.role, "pro");
	assert_str(g.scopes, "quest:read quest:write");
	assert_true(str_is(g.id, ID));
	assert_null(g.next.p);
	assert_int_equal(g.type, KEY_namespace);
	assert_int_equal(g.per_minute, 100);
	keep(hash_of(1), WHO, STR("pro"), STR(""));
	assert_true(key_cache_find(hash_of(1), m, &g));
	assert_int_equal(g.scopes.n, 0);
}

static void a_successor_is_kept_too(void **state)
{
	(void)state;
	key_cache_keep(hash_of(6), &(struct key_grant){ .principal = WHO, .role = STR("pro"), .scopes = STR(""), .id = ID, .next = WHO });
	assert_true(key_cache_find(hash_of(6), m, &g));
	assert_true(str_is(g.next, WHO));
}

static void what_is_forgotten_is_gone(void **state)
{
	(void)state;
	keep(hash_of(2), WHO, STR("pro"), STR(""));
	key_cache_forget(hash_of(2));
	assert_false(key_cache_find(hash_of(2), m, &g));
	key_cache_forget(hash_of(3));
}

/* Two keys on one place: the later one is there, and nobody gets what the other may. */
static void no_key_gets_what_another_may(void **state)
{
	static const char *const roles[] = { "beginner", "advanced", "pro", "admin" };

	(void)state;
	for (int i = 100; i < 2000; i++)
		keep(hash_of(i), WHO, str_from(roles[i % 4]), STR("quest:read"));
	for (int i = 100; i < 2000; i++)
		if (key_cache_find(hash_of(i), m, &g))
			assert_true(str_is(g.role, str_from(roles[i % 4])));
}

static void what_does_not_fit_is_not_kept(void **state)
{
	char wide[600];

	(void)state;
	memset(wide, 'w', sizeof wide);
	keep(hash_of(5), WHO, STR("pro"), (struct str){ wide, sizeof wide });
	assert_false(key_cache_find(hash_of(5), m, &g));
	keep(hash_of(5), WHO, (struct str){ wide, 17 }, STR(""));
	assert_false(key_cache_find(hash_of(5), m, &g));
	keep(hash_of(5), STR("x"), STR("pro"), STR(""));
	assert_false(key_cache_find(hash_of(5), m, &g));
	key_cache_keep(hash_of(5), &(struct key_grant){ .principal = WHO, .id = ID, .next = STR("x") });
	assert_false(key_cache_find(hash_of(5), m, &g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_kept_is_found, up, down),
		cmocka_unit_test_setup_teardown(a_successor_is_kept_too, up, down),
		cmocka_unit_test_setup_teardown(what_is_forgotten_is_gone, up, down),
		cmocka_unit_test_setup_teardown(no_key_gets_what_another_may, up, down),
		cmocka_unit_test_setup_teardown(what_does_not_fit_is_not_kept, up, down),
	};

	return cmocka_run_group_tests_name("web/key_cache", tests, NULL, NULL);
}

/* The table of key types, and the tokens drawn by it. */
#include "tests/unit/test.h"

#include "lib/core/key_type.h"

static struct mem *m;

static int up(void **state) { (void)state; m = mem_new(1 << 16); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static void types_are_found_by_name(void **state)
{
	enum key_type t;

	(void)state;
	for (int i = 0; i < KEY__MAX; i++) {
		assert_true(key_type_find(str_from(key_type_infos[i].name), &t));
		assert_int_equal(t, i);
	}
	assert_false(key_type_find(STR("Admin"), &t));
	assert_false(key_type_find(STR(""), &t));
}

/* What admins issue is what has a letter, a limit and a role. */
static void issued_types_are_those_with_a_letter(void **state)
{
	int n = 0;

	(void)state;
	for (int i = 0; i < KEY__MAX; i++)
		if (key_type_infos[i].letter) {
			assert_string_equal(issued_key_types[n++], key_type_infos[i].name);
			assert_true(key_type_infos[i].per_minute > 0 && key_type_infos[i].role != ANYONE);
		}
	assert_null(issued_key_types[n]);
}

/* No scopes are all of the role: only an admin's key may have none. Of those there are, none goes beyond the role or into what is a person's. */
static void only_an_admins_key_may_everything(void **state)
{
	(void)state;
	for (int i = 0; i < KEY__MAX; i++) {
		const struct key_type_info *t = &key_type_infos[i];
		uint64_t all = scopes_parse(str_from(t->scopes), role_scopes(ADMIN));

		if (!t->letter || i == KEY_admin)
			continue;
		assert_true(*t->scopes);
		assert_int_equal(all & ~role_scopes(t->role), 0);
		assert_int_equal(all & (1ull << SCOPE_account_secure | 1ull << SCOPE_audit_read | 1ull << SCOPE_key_admin), 0);
	}
}

static void a_token_says_its_type_and_is_never_the_same(void **state)
{
	struct str a = key_token(m, KEY_namespace), b = key_token(m, KEY_namespace);

	(void)state;
	assert_true(str_has_prefix(a, STR("bkg_n_")));
	assert_int_equal(a.n, 6 + 43);
	assert_false(str_is(a, b));
	assert_true(str_has_prefix(key_token(m, KEY_admin), STR("bkg_a_")));
}

static void of_a_person(void) { key_token(m, KEY_personal); }

static void a_type_that_is_not_issued_has_no_token(void **state)
{
	(void)state;
	assert_true(dies(of_a_person));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_found_by_name),
		cmocka_unit_test(issued_types_are_those_with_a_letter),
		cmocka_unit_test(only_an_admins_key_may_everything),
		cmocka_unit_test(a_token_says_its_type_and_is_never_the_same),
		cmocka_unit_test(a_type_that_is_not_issued_has_no_token),
	};

	return cmocka_run_group_tests_name("core/key_type", tests, up, down);
}

/* Passwords: hashed with a fresh salt, verified whole, and never at a cost that a stored string chooses. */
#include "tests/unit/test.h"

#include <time.h>

#include "lib/ext/pass.h"

static struct mem *m;

static int up(void **state) { (void)state; m = mem_new(1 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static void a_password_is_verified_whole(void **state)
{
	struct str password = STR("correct horse battery"), hash = pass_hash(m, password);
	char cut[] = "correct horse battery", wide[300];

	(void)state;
	assert_true(pass_is(m, password, hash));
	assert_false(pass_is(m, STR("correct horse batterz"), hash));
	assert_false(pass_is(m, STR("Correct horse battery"), hash));
	assert_false(pass_is(m, (struct str){ cut, sizeof cut }, hash));     /* one NUL more */
	assert_false(pass_is(m, (struct str){ cut, sizeof cut - 2 }, hash)); /* one letter less */
	assert_false(pass_is(m, STR(""), hash));
	memset(wide, 'w', sizeof wide);
	hash = pass_hash(m, (struct str){ wide, 256 });
	assert_true(pass_is(m, (struct str){ wide, 256 }, hash));
	assert_false(pass_is(m, (struct str){ wide, 255 }, hash));
}

static void the_same_password_never_gives_the_same_hash(void **state)
{
	struct str a = pass_hash(m, STR("correct horse battery")), b = pass_hash(m, STR("correct horse battery"));

	(void)state;
	assert_false(str_is(a, b));
	assert_true(str_has_prefix(a, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_lacks(a, "horse");
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A row that asks for a gigabyte, for another kind, or is no hash at all costs nothing and is nobody's. */
static void a_stored_string_cannot_choose_its_cost(void **state)
{
	static const char *const bad[] = {
		"", "x", "$argon2id$v=19$m=1048576,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=200,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$2y$10$abcdefghijklmnopqrstuv",
	};
	char wide[200] = "$argon2id$v=19$m=19456,t=2,p=1$";
	double began = cpu_seconds();

	(void)state;
	memset(wide + 31, 'A', sizeof wide - 31);
	assert_false(pass_is(m, STR("correct horse battery"), (struct str){ wide, sizeof wide }));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(pass_is(m, STR("correct horse battery"), str_from(bad[i])));
	assert_true(cpu_seconds() - began < 0.05);
	assert_false(pass_is(m, STR("x"), STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_false(pass_is(m, STR("x"), STR("$argon2id$v=19$m=19456,t=2,p=1$!!!!$????")));
}

/* Best of several runs each, since other work shares the machine. */
static void nobodys_password_costs_as_much_as_somebodys(void **state)
{
	struct str hash = pass_hash(m, STR("correct horse battery"));
	double mine = 1e9, nobodys = 1e9;

	(void)state;
	for (int i = 0; i < 5; i++) {
		double began = cpu_seconds(), took;

		assert_false(pass_is(m, STR("wrong horse battery"), hash));
		took = cpu_seconds() - began;
		mine = took < mine ? took : mine;
		began = cpu_seconds();
		assert_false(pass_is_nobodys(m, STR("wrong horse battery")));
		took = cpu_seconds() - began;
		nobodys = took < nobodys ? took : nobodys;
	}
	assert_true(nobodys > mine / 2 && nobodys < mine * 2);
	assert_true(mine > 0.002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_verified_whole),
		cmocka_unit_test(the_same_password_never_gives_the_same_hash),
		cmocka_unit_test(a_stored_string_cannot_choose_its_cost),
		cmocka_unit_test(nobodys_password_costs_as_much_as_somebodys),
	};

	return cmocka_run_group_tests_name("ext/pass", tests, up, down);
}

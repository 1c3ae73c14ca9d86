/* Which new passwords are refused. */
#include "tests/unit/test.h"

#include "lib/core/password.h"

static void what_a_guesser_tries_first_is_refused(void **state)
{
	static const char *const weak[] = {
		"aaaaaaaaaaaa", "abababababab", "123456789012", "987654321098", "abcdefghijkl", "passwordpassword", "Password1234", "PASSWORD!!!!", "qwertyuiop12",
		"1q2w3e4r5t6y", "ada@example.org", "ada@example.org1", "iloveyou2024", "geheim123456", "correcthorsebatterystaple", "xyzxyzxyzxyzxyz",
	};

	(void)state;
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
		if (!password_weakness(str_from(weak[i]), STR("ada@example.org")))
			fail_msg("taken: %s", weak[i]);
}

static void what_takes_a_thought_is_taken(void **state)
{
	static const char *const good[] = {
		"correct horse battery", "Wir essen um acht Uhr", "k7#mQ2!vXz9w", "ada lovelace 1815 london", "\xc3\xa4\xc3\xb6\xc3\xbc und drei Mohnbl\xc3\xbcten", "tr0ub4dor&3-ish",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (password_weakness(str_from(good[i]), STR("ada@example.org")))
			fail_msg("refused: %s", good[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_a_guesser_tries_first_is_refused), cmocka_unit_test(what_takes_a_thought_is_taken) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

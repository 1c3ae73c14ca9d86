/* Settings: defaults, ranges, and that every fault names its setting. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/core/settings.h"

static struct mem *m;
static struct settings s;

static int up(void **state)
{
	(void)state;
	m = mem_new(1 << 20);
	for (size_t i = 0; i < n_setting_infos; i++)
		unsetenv(setting_infos[i].name);
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(m);
	return 0;
}

/* NULL when the value is taken, else why it is not. */
static const char *fault_of(const char *name, const char *value)
{
	struct str why = STR_NONE;
	bool ok;

	setenv(name, value, 1);
	ok = settings_read(&s, m, &why);
	unsetenv(name);
	return ok ? NULL : mem_strz(m, why);
}

static void refused(const char *name, const char *value)
{
	const char *why = fault_of(name, value);

	if (!why)
		fail_msg("%s=%s was taken", name, value);
	if (strncmp(why, name, strlen(name)) != 0)
		fail_msg("%s=%s: \"%s\" does not begin with the name", name, value, why);
}

static void an_empty_environment_gives_the_defaults(void **state)
{
	struct str why;

	(void)state;
	assert_true(settings_read(&s, m, &why));
	assert_str(s.STATE_DIR, "var");
	assert_str(s.LISTEN, "127.0.0.1");
	assert_int_equal(s.HTTPS_PORT, 8443);
	assert_int_equal(s.RATE_LIMIT_RPS, 50);
	assert_int_equal(s.API_WORKERS, 0);
	assert_int_equal(s.READY_FD, -1);
	assert_false(s.PUBLIC_READ);
	assert_false(s.KILL_SWITCH);
	assert_str(s.ALLOWED_ORIGINS, "");
	assert_str(s.LOG_LEVEL, "info");
}

static void an_empty_value_is_the_default(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_setting_infos; i++)
		assert_null(fault_of(setting_infos[i].name, ""));
}

static void both_ends_of_a_range_are_taken_and_nothing_beyond(void **state)
{
	char text[32];

	(void)state;
	for (size_t k = 0; k < n_setting_infos; k++) {
		const struct setting_info *i = &setting_infos[k];

		if (i->kind[0] != 'N')
			continue;
		snprintf(text, sizeof text, "%lld", (long long)i->least);
		assert_null(fault_of(i->name, text));
		snprintf(text, sizeof text, "%lld", (long long)i->most);
		assert_null(fault_of(i->name, text));
		snprintf(text, sizeof text, "%lld", (long long)i->least - 1);
		refused(i->name, text);
		snprintf(text, sizeof text, "%lld", (long long)i->most + 1);
		refused(i->name, text);
		refused(i->name, "many");
		refused(i->name, "1 ");
		refused(i->name, "99999999999999999999");
	}
}

static void texts_and_flags_are_checked(void **state)
{
	char *wide = malloc(4001);

	(void)state;
	memset(wide, 'w', 4000);
	wide[4000] = '\0';
	for (size_t k = 0; k < n_setting_infos; k++) {
		const struct setting_info *i = &setting_infos[k];

		if (i->kind[0] == 'T')
			refused(i->name, wide);
		if (i->kind[0] == 'F') {
			refused(i->name, "2");
			refused(i->name, "true");
			refused(i->name, "-1");
			assert_null(fault_of(i->name, "1"));
			assert_null(fault_of(i->name, "0"));
		}
	}
	free(wide);
	refused("SIGNUP", "maybe");
	refused("SIGNUP", "Open");
	refused("LOG_LEVEL", "loud");
	refused("LOG_LEVEL", "info ");
}

static void what_is_read_is_what_was_set(void **state)
{
	(void)state;
	assert_null(fault_of("HTTPS_PORT", "9443"));
	assert_int_equal(s.HTTPS_PORT, 9443);
	assert_null(fault_of("PUBLIC_READ", "1"));
	assert_true(s.PUBLIC_READ);
	assert_null(fault_of("ALLOWED_ORIGINS", "https://a.example,https://b.example"));
	assert_int_equal(s.ALLOWED_ORIGINS.n, 35);
}

static void signing_up_is_open_on_loopback_only_unless_said(void **state)
{
	static const struct { const char *signup, *listen; enum signup want; } known[] = {
		{ "", "127.0.0.1", SIGNUP_OPEN },  { "", "127.8.8.8", SIGNUP_OPEN },  { "", "::1", SIGNUP_OPEN },      { "", "[::1]", SIGNUP_OPEN },
		{ "", "localhost", SIGNUP_OPEN },  { "", "0.0.0.0", SIGNUP_INVITE },  { "", "::", SIGNUP_INVITE },     { "", "192.0.2.1", SIGNUP_INVITE },
		{ "open", "0.0.0.0", SIGNUP_OPEN }, { "closed", "127.0.0.1", SIGNUP_CLOSED }, { "invite", "::1", SIGNUP_INVITE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		setenv("LISTEN", known[i].listen, 1);
		assert_null(fault_of("SIGNUP", known[i].signup));
		unsetenv("LISTEN");
		assert_int_equal(settings_signup(&s), known[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_environment_gives_the_defaults, up, down),
		cmocka_unit_test_setup_teardown(an_empty_value_is_the_default, up, down),
		cmocka_unit_test_setup_teardown(both_ends_of_a_range_are_taken_and_nothing_beyond, up, down),
		cmocka_unit_test_setup_teardown(texts_and_flags_are_checked, up, down),
		cmocka_unit_test_setup_teardown(what_is_read_is_what_was_set, up, down),
		cmocka_unit_test_setup_teardown(signing_up_is_open_on_loopback_only_unless_said, up, down),
	};

	return cmocka_run_group_tests_name("core/settings", tests, NULL, NULL);
}

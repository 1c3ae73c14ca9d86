/* A worker's start: what keeps it from starting is named, and signs of life count only while they are fresh. */
#include "tests/unit/world.h"

#include "lib/base/clock.h"

static struct world w;
static int64_t gauges[METRIC__MAX][PROGRAM__MAX];

static int up(void **state)
{
	(void)state;
	memset(gauges, 0, sizeof gauges);
	world_open(&w, "host=/nonexistent", NULL);
	return 0;
}

static int down(void **state) { (void)state; world_close(&w); return 0; }

static void faulty(const char *name, const char *value, const char *named)
{
	static struct app app;
	struct app_plan plan = { PROGRAM_auth, .readers = 1, .labels = &all_labels };
	char *was = getenv(name) ? strdup(getenv(name)) : NULL;
	struct str why = STR_NONE;

	setenv(name, value, 1);
	assert_false(app_prepare(&app, &plan, &why));
	if (!memmem(why.p, why.n, named, strlen(named)))
		fail_msg("%s=%s: \"%s\" is not named in: %.*s", name, value, named, STR_FMT(why));
	mem_free(app.mem);
	if (was)
		setenv(name, was, 1);
	else
		unsetenv(name);
	free(was);
}

static void whatever_keeps_it_from_starting_is_named(void **state)
{
	(void)state;
	faulty("HTTPS_PORT", "https", "HTTPS_PORT");
	faulty("STATE_DIR", "/nonexistent", "STATE_DIR");
	faulty("JWT_KEY_FILE", "/nonexistent", "/nonexistent");
	faulty("REFRESH_KEY_FILE", "/dev/null", "/dev/null");
	faulty("ROTATION_KEY_FILE", "/nonexistent", "/nonexistent");
	faulty("OUTBOUND_ALLOW", "everything", "OUTBOUND_ALLOW");
	faulty("OUTBOUND_CA_FILE", "/nonexistent", "OUTBOUND_CA_FILE");
	faulty("STATE_DIR", "/proc", "/proc/run/shared");
}

/* A program that never issues refresh tokens is not given their key. */
static void api_needs_no_refresh_key(void **state)
{
	(void)state;
	for (int i = 0; i < KEY_SIZE; i++)
		assert_int_equal(w.app.keys.refresh[i], 0);
}

static void fresh_signs_of_life_count(void **state)
{
	struct beat *b = w.app.shared->beats[PROGRAM_auth];
	int64_t now = clock_mono_us();

	(void)state;
	b[0].at_us = now;
	b[0].links = 3;
	b[1].at_us = now - 4000000;
	b[1].links = 2;
	b[2].at_us = now - 6000000;      /* gone quiet */
	b[3].at_us = now + 100000000000; /* from before a reboot */
	app_gauges(&w.app, gauges);
	assert_int_equal(gauges[METRIC_workers][PROGRAM_auth], 2);
	assert_int_equal(gauges[METRIC_database_links][PROGRAM_auth], 5);
	assert_true(gauges[METRIC_disk_free_bytes][0] > 0);
	assert_int_equal(gauges[METRIC_healthy][0], 0);
}

static void without_links_it_settles_after_a_second_and_is_not_healthy(void **state)
{
	int64_t began = clock_mono_us();

	(void)state;
	assert_false(app_settled(&w.app));
	while (!app_settled(&w.app) && clock_mono_us() - began < 5000000)
		loop_turn(w.app.loop, 50000);
	assert_in_range(clock_mono_us() - began, 500000, 3000000);
	while (!w.app.ticked_us && clock_mono_us() - began < 5000000)
		loop_turn(w.app.loop, 50000);
	assert_false(w.app.healthy);
	assert_false(w.app.checks[CHECK_database].ok);
	assert_string_equal(w.app.checks[CHECK_database].note, "not reachable");
	assert_true(w.app.checks[CHECK_disk].ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_keeps_it_from_starting_is_named, up, down),
		cmocka_unit_test_setup_teardown(api_needs_no_refresh_key, up, down),
		cmocka_unit_test_setup_teardown(fresh_signs_of_life_count, up, down),
		cmocka_unit_test_setup_teardown(without_links_it_settles_after_a_second_and_is_not_healthy, up, down),
	};

	return cmocka_run_group_tests_name("core/app", tests, NULL, NULL);
}

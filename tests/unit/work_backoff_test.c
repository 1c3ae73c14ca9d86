/* The pause between attempts: it grows, it is bounded, and those who failed together come back apart. */
#include "tests/unit/test.h"

#include "lib/work/work.h"

static void it_begins_at_a_second_and_grows_fourfold_to_an_hour(void **state)
{
	static const int64_t want[] = { 1000, 4000, 16000, 64000, 256000, 1024000, 3600000, 3600000 };

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(backoff_ms((int64_t)i + 1, 0), want[i]);
	assert_int_equal(backoff_ms(0, 0), 1000);
	assert_int_equal(backoff_ms(INT64_MAX, 0), 3600000);
}

static void chance_takes_off_up_to_half_and_spreads_them(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int64_t ms = backoff_ms(2, (uint32_t)xorshift(&seed));

		assert_in_range(ms, 2000, 4000);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_in_range(least, 2000, 2020);
	assert_in_range(most, 3980, 4000);
	assert_in_range(backoff_ms(99, UINT32_MAX), 1800000, 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_at_a_second_and_grows_fourfold_to_an_hour),
		cmocka_unit_test(chance_takes_off_up_to_half_and_spreads_them),
	};

	return cmocka_run_group_tests_name("work/backoff", tests, NULL, NULL);
}

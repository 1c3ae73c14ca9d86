/* Rate limits: burst, refill, one bucket for all processes, and what happens when there are more buckets than room. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <sys/mman.h>

#include "lib/core/rate.h"

#define SECOND 1000000LL

static struct shared *s;

static int up(void **state)
{
	(void)state;
	s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return s == MAP_FAILED;
}

static int down(void **state)
{
	(void)state;
	return munmap(s, sizeof *s);
}

static struct rate_answer take(const char *who, double per_second, int64_t burst, int64_t now_us)
{
	return rate_take(s, str_from(who), per_second, burst, now_us);
}

static void a_burst_is_let_through_and_then_no_more(void **state)
{
	struct rate_answer a;

	(void)state;
	for (int i = 0; i < 20; i++) {
		a = take("ada", 10, 20, 1000 * SECOND);
		assert_true(a.ok);
		assert_int_equal(a.limit, 20);
		assert_int_equal(a.left, 19 - i);
		assert_int_equal(a.retry_s, 0);
		assert_int_equal(a.reset_s, (i + 10) / 10); /* whole tenths of a second, rounded up */
	}
	a = take("ada", 10, 20, 1000 * SECOND);
	assert_false(a.ok);
	assert_int_equal(a.left, 0);
	assert_int_equal(a.retry_s, 1);
	assert_int_equal(a.reset_s, 2);
}

static void refusals_cost_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		assert_true(take("ada", 1, 2, SECOND).ok);
	for (int i = 0; i < 1000; i++)
		assert_false(take("ada", 1, 2, SECOND).ok);
	assert_true(take("ada", 1, 2, 2 * SECOND).ok);
	assert_false(take("ada", 1, 2, 2 * SECOND).ok);
}

static void tokens_come_back_at_the_rate_and_stop_at_the_burst(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(take("ada", 2, 5, SECOND).ok);
	assert_false(take("ada", 2, 5, SECOND + SECOND / 2 - 1).ok);
	assert_true(take("ada", 2, 5, SECOND + SECOND / 2).ok);
	for (int i = 0; i < 5; i++)
		assert_true(take("ada", 2, 5, 1000 * SECOND).ok);
	assert_false(take("ada", 2, 5, 1000 * SECOND).ok);
}

static void names_do_not_share_a_bucket(void **state)
{
	(void)state;
	assert_true(take("ada", 1, 1, SECOND).ok);
	assert_false(take("ada", 1, 1, SECOND).ok);
	assert_true(take("bob", 1, 1, SECOND).ok);
	assert_true(take("", 1, 1, SECOND).ok);
	assert_false(take("", 1, 1, SECOND).ok);
}

/* Two processes at full speed on one bucket: together exactly the burst. */
static void processes_share_a_bucket(void **state)
{
	int fd[2], mine = 0, others = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	for (int i = 0; i < 20000; i++)
		mine += take("ada", 1, 1000, SECOND).ok;
	if (pid == 0)
		_exit(write(fd[1], &mine, sizeof mine) != sizeof mine);
	assert_int_equal(read(fd[0], &others, sizeof others), sizeof others);
	assert_int_equal(mine + others, 1000);
	waitpid(pid, NULL, 0);
	close(fd[0]), close(fd[1]);
}

/* A flood of names takes places of buckets that are full anyway: it loosens limits and never tightens one. */
static void a_flood_of_names_shuts_nobody_out(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < 3 * RATE_SLOTS; i++) {
		snprintf(name, sizeof name, "flood %d", i);
		assert_true(take(name, 1, 2, SECOND + i).ok);
	}
	assert_true(take("newcomer", 1, 2, 2 * SECOND).ok);
}

/* The one that is nearest to its limit is the last to lose its place. */
static void the_emptiest_bucket_stays(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < 60; i++)
		assert_true(take("greedy", 1, 60, SECOND).ok);
	for (int i = 0; i < 3 * RATE_SLOTS; i++) {
		snprintf(name, sizeof name, "flood %d", i);
		take(name, 1, 60, SECOND);
	}
	assert_false(take("greedy", 1, 60, SECOND).ok);
}

/* The monotonic clock begins anew with the machine, the file may not: a bucket that seems further from full than it can be is from before. */
static void a_bucket_from_before_a_reboot_holds_nobody_up(void **state)
{
	(void)state;
	assert_true(take("ada", 1, 2, 1000000 * SECOND).ok);
	assert_true(take("ada", 1, 2, SECOND).ok);
	assert_true(take("ada", 1, 2, SECOND).ok);
	assert_false(take("ada", 1, 2, SECOND).ok);
}

static void without_a_rate(void) { take("ada", 0, 1, SECOND); }
static void without_a_burst(void) { take("ada", 1, 0, SECOND); }

static void senseless_limits_end_the_process(void **state)
{
	(void)state;
	assert_true(dies(without_a_rate));
	assert_true(dies(without_a_burst));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_burst_is_let_through_and_then_no_more, up, down),
		cmocka_unit_test_setup_teardown(refusals_cost_nothing, up, down),
		cmocka_unit_test_setup_teardown(tokens_come_back_at_the_rate_and_stop_at_the_burst, up, down),
		cmocka_unit_test_setup_teardown(names_do_not_share_a_bucket, up, down),
		cmocka_unit_test_setup_teardown(processes_share_a_bucket, up, down),
		cmocka_unit_test_setup_teardown(a_flood_of_names_shuts_nobody_out, up, down),
		cmocka_unit_test_setup_teardown(the_emptiest_bucket_stays, up, down),
		cmocka_unit_test_setup_teardown(a_bucket_from_before_a_reboot_holds_nobody_up, up, down),
		cmocka_unit_test_setup_teardown(senseless_limits_end_the_process, up, down),
	};

	return cmocka_run_group_tests_name("core/rate", tests, NULL, NULL);
}

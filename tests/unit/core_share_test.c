/* A host's share of a limit: spent once each, by all processes together, and never after its time. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <sys/mman.h>

#include "lib/core/share.h"

#define SECOND 1000000LL
#define KEY STR("019391a4-0000-7d2b-9a55-0c6d2f1e8b11")

static struct shared *s;
static struct share out;

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

static enum share_state take(int64_t now_us) { return share_take(s, KEY, now_us, &out); }
static void add(int64_t granted, int64_t left, int64_t until_s, int64_t now_us) { share_add(s, KEY, granted, (struct share){ left, until_s }, now_us); }

static void without_a_share_the_database_is_asked(void **state)
{
	(void)state;
	assert_int_equal(take(10 * SECOND), SHARE_NONE);
}

static void what_was_granted_is_spent_once(void **state)
{
	(void)state;
	add(3, 90, 60, 10 * SECOND);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(take(10 * SECOND), SHARE_TAKEN);
		assert_int_equal(out.left, 90 + 2 - i);
		assert_int_equal(out.until_s, 60);
	}
	assert_int_equal(take(10 * SECOND), SHARE_NONE);
}

static void a_share_ends_with_its_minute(void **state)
{
	(void)state;
	add(3, 0, 60, 10 * SECOND);
	assert_int_equal(take(60 * SECOND - 1), SHARE_TAKEN);
	assert_int_equal(take(60 * SECOND), SHARE_NONE);
	assert_int_equal(take(61 * SECOND), SHARE_NONE);
}

static void a_refusal_holds_until_its_time(void **state)
{
	(void)state;
	add(0, 0, 42, 10 * SECOND);
	assert_int_equal(take(42 * SECOND - 1), SHARE_REFUSED);
	assert_int_equal(out.until_s, 42);
	assert_int_equal(take(42 * SECOND), SHARE_NONE);
}

static void grants_add_up_and_the_earlier_end_counts(void **state)
{
	(void)state;
	add(2, 50, 60, 10 * SECOND);
	add(3, 40, 61, 10 * SECOND);
	assert_int_equal(take(10 * SECOND), SHARE_TAKEN);
	assert_int_equal(out.left, 44);
	assert_int_equal(out.until_s, 60);
	add(0, 0, 59, 10 * SECOND); /* another worker was refused: what is here is still good */
	assert_int_equal(take(10 * SECOND), SHARE_TAKEN);
	add(5, 9, 120, 70 * SECOND); /* what ran out is not added to */
	for (int i = 0; i < 5; i++)
		assert_int_equal(take(70 * SECOND), SHARE_TAKEN);
	assert_int_equal(take(70 * SECOND), SHARE_NONE);
}

static void a_share_from_before_a_reboot_is_void(void **state)
{
	(void)state;
	add(5, 0, 1000000, 999950 * SECOND);
	assert_int_equal(take(10 * SECOND), SHARE_NONE);
	add(0, 0, 1000000, 999950 * SECOND);
	assert_int_equal(take(10 * SECOND), SHARE_NONE);
}

/* Two processes at full speed on one share: together exactly what was granted. */
static void processes_share_it(void **state)
{
	int fd[2], mine = 0, others = 0;
	pid_t pid;

	(void)state;
	add(200000, 0, 60, 10 * SECOND);
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	atomic_fetch_add(&s->cells[0][0], 1);
	while (atomic_load(&s->cells[0][0]) < 2) /* neither begins before the other runs */
		;
	for (int i = 0; i < 200000; i++)
		mine += take(10 * SECOND) == SHARE_TAKEN;
	if (pid == 0)
		_exit(write(fd[1], &mine, sizeof mine) != sizeof mine);
	assert_int_equal(read(fd[0], &others, sizeof others), sizeof others);
	assert_int_equal(mine + others, 200000);
	waitpid(pid, NULL, 0);
	close(fd[0]), close(fd[1]);
}

/* Names that push each other out lose what they had, and nobody gets another's. */
static void a_flood_of_names_loosens_nothing(void **state)
{
	char name[32];
	int taken = 0;

	(void)state;
	for (int i = 0; i < 3 * SHARE_SLOTS; i++) {
		snprintf(name, sizeof name, "flood %d", i);
		share_add(s, str_from(name), 1, (struct share){ 0, 60 }, 10 * SECOND);
	}
	for (int i = 0; i < 3 * SHARE_SLOTS; i++) {
		snprintf(name, sizeof name, "flood %d", i);
		taken += share_take(s, str_from(name), 10 * SECOND, &out) == SHARE_TAKEN;
		assert_int_not_equal(share_take(s, str_from(name), 10 * SECOND, &out), SHARE_TAKEN);
	}
	assert_in_range(taken, 1, 3 * SHARE_SLOTS);
}

static void too_much(void) { add(SHARE_MOST + 1LL, 0, 60, 10 * SECOND); }
static void less_than_none(void) { add(1, -1, 60, 10 * SECOND); }

static void senseless_grants_end_the_process(void **state)
{
	(void)state;
	assert_true(dies(too_much));
	assert_true(dies(less_than_none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_share_the_database_is_asked, up, down),
		cmocka_unit_test_setup_teardown(what_was_granted_is_spent_once, up, down),
		cmocka_unit_test_setup_teardown(a_share_ends_with_its_minute, up, down),
		cmocka_unit_test_setup_teardown(a_refusal_holds_until_its_time, up, down),
		cmocka_unit_test_setup_teardown(grants_add_up_and_the_earlier_end_counts, up, down),
		cmocka_unit_test_setup_teardown(a_share_from_before_a_reboot_is_void, up, down),
		cmocka_unit_test_setup_teardown(processes_share_it, up, down),
		cmocka_unit_test_setup_teardown(a_flood_of_names_loosens_nothing, up, down),
		cmocka_unit_test_setup_teardown(senseless_grants_end_the_process, up, down),
	};

	return cmocka_run_group_tests_name("core/share", tests, NULL, NULL);
}

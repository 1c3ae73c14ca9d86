/* Hash slots: as many as cores, and a killed holder's slot is free at once. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <sys/prctl.h>

#include "lib/base/clock.h"
#include "lib/core/hash_slots.h"

enum { HOLDERS_MOST = 256 };

static char path[] = "/tmp/la-slots-XXXXXX";
static pid_t holders[HOLDERS_MOST];
static int n_holders;

static int up(void **state)
{
	(void)state;
	memcpy(path + sizeof path - 7, "XXXXXX", 6);
	close(mkstemp(path));
	n_holders = 0;
	hash_slots_open(path);
	return 0;
}

static void end(int i)
{
	kill(holders[i], SIGKILL);
	waitpid(holders[i], NULL, 0);
}

static int down(void **state)
{
	(void)state;
	for (int i = 0; i < n_holders; i++)
		end(i);
	return unlink(path);
}

/* A process that holds a slot until it is killed; false when it got none. */
static bool hold(void)
{
	int fd[2];
	char got = 0;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		got = hash_slot_take();
		if (write(fd[1], &got, 1) == 1 && got)
			for (;;)
				pause();
		_exit(0);
	}
	close(fd[1]);
	assert_int_equal(read(fd[0], &got, 1), 1);
	close(fd[0]);
	if (got)
		holders[n_holders++] = pid;
	else
		waitpid(pid, NULL, 0);
	return got;
}

static void hold_all(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	assert_true(cores <= HOLDERS_MOST);
	for (long i = 0; i < cores; i++)
		assert_true(hold());
}

static void there_are_as_many_as_cores_and_waiting_ends(void **state)
{
	int64_t began;

	(void)state;
	hold_all();
	began = clock_mono_us();
	assert_false(hash_slot_take());
	assert_in_range(clock_mono_us() - began, 900000, 5000000);
}

static void a_killed_holder_gives_its_slot_back(void **state)
{
	(void)state;
	hold_all();
	end(--n_holders);
	assert_true(hash_slot_take());
	hash_slot_give();
}

static void a_slot_is_taken_and_given_many_times(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_true(hash_slot_take());
		hash_slot_give();
	}
}

static void take_twice(void) { hash_slot_take(); hash_slot_take(); }
static void give_what_is_not_held(void) { hash_slot_give(); }

static void wrong_use_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(take_twice));
	assert_true(dies(give_what_is_not_held));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_are_as_many_as_cores_and_waiting_ends, up, down),
		cmocka_unit_test_setup_teardown(a_killed_holder_gives_its_slot_back, up, down),
		cmocka_unit_test_setup_teardown(a_slot_is_taken_and_given_many_times, up, down),
		cmocka_unit_test_setup_teardown(wrong_use_ends_the_process, up, down),
	};

	return cmocka_run_group_tests_name("core/hash_slots", tests, NULL, NULL);
}

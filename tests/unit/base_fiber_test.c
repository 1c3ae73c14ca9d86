/* Fibers: order, limits, stacks used again, and what happens to wrong users. */
#include "tests/unit/test.h"

#include "lib/base/fiber.h"
#include "lib/base/mem.h"

enum { MOST = 8 };

static char trace[64];
static size_t traced;
static struct fiber *parked[MOST];
static size_t n_parked;

static void say(char c) { trace[traced++] = c; }

static void park_here(void)
{
	parked[n_parked++] = fiber_self();
	fiber_park();
}

static int fresh(void **state)
{
	(void)state;
	memset(trace, 0, sizeof trace);
	traced = n_parked = 0;
	fiber_limit(1024);
	return 0;
}

static void say_park_say(void *arg)
{
	char c = *(const char *)arg;

	say(c);
	park_here();
	say((char)(c - 'a' + 'A'));
}

static void a_fiber_runs_at_once_and_goes_on_when_woken(void **state)
{
	(void)state;
	assert_null(fiber_self());
	assert_true(fiber_start(say_park_say, (char[]){ 'a' }));
	assert_true(fiber_start(say_park_say, (char[]){ 'b' }));
	assert_string_equal(trace, "ab");
	assert_int_equal(fiber_count(), 2);
	assert_null(fiber_self());
	fiber_wake(parked[1]);
	fiber_wake(parked[0]);
	assert_string_equal(trace, "abBA");
	assert_int_equal(fiber_count(), 0);
}

static void no_more_than_the_limit_are_alive(void **state)
{
	(void)state;
	fiber_limit(2);
	assert_true(fiber_start(say_park_say, (char[]){ 'a' }));
	assert_true(fiber_start(say_park_say, (char[]){ 'b' }));
	assert_false(fiber_start(say_park_say, (char[]){ 'c' }));
	fiber_wake(parked[0]);
	assert_true(fiber_start(say_park_say, (char[]){ 'd' }));
	fiber_wake(parked[1]);
	fiber_wake(parked[2]);
	assert_string_equal(trace, "abAdBD");
}

static void note_stack(void *arg)
{
	char here;

	*(uintptr_t *)arg = (uintptr_t)&here >> 21; /* which stack, roughly */
}

static void park_on_stack(void *arg)
{
	note_stack(arg);
	park_here();
}

static void stacks_are_used_again(void **state)
{
	uintptr_t first, at, two[4];

	(void)state;
	fiber_start(note_stack, &first);
	for (int i = 0; i < 10000; i++) {
		assert_true(fiber_start(note_stack, &at));
		assert_int_equal(at, first);
	}
	for (int i = 0; i < 4; i++) {
		assert_true(fiber_start(park_on_stack, &two[i]));
		if (i % 2) {
			fiber_wake(parked[i - 1]);
			fiber_wake(parked[i]);
		}
	}
	assert_true((two[2] == two[0] && two[3] == two[1]) || (two[2] == two[1] && two[3] == two[0]));
	assert_int_equal(fiber_count(), 0);
}

static int deep(int n)
{
	volatile char room[1024];

	room[0] = (char)n;
	return n ? deep(n - 1) + room[0] - (char)n : 0;
}

static void go_deep(void *arg)
{
	*(int *)arg = deep(64);
}

static void a_stack_has_room_for_real_work(void **state)
{
	int out = -1;

	(void)state;
	assert_true(fiber_start(go_deep, &out));
	assert_int_equal(out, 0);
}

static void outgrow(void *arg)
{
	struct mem *m = arg;
	jmp_buf full;

	if (setjmp(full) == 0) {
		mem_on_full(m, &full);
		for (;;) {
			mem_alloc(m, 1000);
			if (mem_used(m) > 5000 && n_parked == 0)
				park_here();
		}
	}
	say('!');
}

static void a_jump_inside_a_fiber_stays_inside(void **state)
{
	struct mem *m = mem_new(10000);

	(void)state;
	assert_true(fiber_start(outgrow, m));
	assert_string_equal(trace, "");
	fiber_wake(parked[0]);
	assert_string_equal(trace, "!");
	assert_int_equal(fiber_count(), 0);
	mem_free(m);
}

static void fall_off(void *arg)
{
	(void)arg;
	say((char)deep(1 << 20));
}

/* The guard page ends the process; nothing of another fiber is overwritten first. */
static void an_overrun_stack_ends_the_process(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		signal(SIGSEGV, SIG_DFL);
		fiber_start(fall_off, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void nested(void *arg) { fiber_start(say_park_say, arg); }
static void park_outside(void) { fiber_park(); }
static void start_inside(void) { fiber_start(nested, (char[]){ 'a' }); }
static void wake_self(void *arg) { (void)arg; fiber_wake(fiber_self()); }
static void wake_inside(void) { fiber_start(wake_self, NULL); }

static void wrong_use_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(park_outside));
	assert_true(dies(start_inside));
	assert_true(dies(wake_inside));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_fiber_runs_at_once_and_goes_on_when_woken, fresh),
		cmocka_unit_test_setup(no_more_than_the_limit_are_alive, fresh),
		cmocka_unit_test_setup(stacks_are_used_again, fresh),
		cmocka_unit_test_setup(a_stack_has_room_for_real_work, fresh),
		cmocka_unit_test_setup(a_jump_inside_a_fiber_stays_inside, fresh),
		cmocka_unit_test_setup(an_overrun_stack_ends_the_process, fresh),
		cmocka_unit_test_setup(wrong_use_ends_the_process, fresh),
	};

	return cmocka_run_group_tests_name("base/fiber", tests, NULL, NULL);
}

/* The event loop: what is ready is told, what was taken back is not, timers fire in time. */
#include "tests/unit/test.h"

#include <sys/socket.h>

#include "lib/base/clock.h"
#include "lib/base/loop.h"

struct seen {
	struct loop *loop;
	struct watch *takes_back; /* to unwatch when this one is told */
	unsigned events;
	int times;
};

static struct loop *l;

static int up(void **state) { (void)state; l = loop_new(); return 0; }
static int down(void **state) { (void)state; loop_free(l); return 0; }

static void told(void *arg, unsigned events)
{
	struct seen *s = arg;

	s->events |= events;
	s->times++;
	if (s->takes_back)
		loop_unwatch(s->loop, s->takes_back);
}

static void fired(void *arg) { ++*(int *)arg; }

static void readiness_is_told_for_what_is_asked(void **state)
{
	struct seen s = { .loop = l };
	int fd[2];
	struct watch w = { .ready = told, .arg = &s };

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	w.fd = fd[0];
	loop_watch(l, &w, LOOP_READ);
	loop_turn(l, 0);
	assert_int_equal(s.times, 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	loop_turn(l, 1000000);
	assert_int_equal(s.events, LOOP_READ);
	loop_watch(l, &w, LOOP_WRITE);
	s.events = 0;
	loop_turn(l, 1000000);
	assert_int_equal(s.events, LOOP_WRITE);
	close(fd[1]);
	s.events = 0;
	loop_turn(l, 1000000);
	assert_true(s.events & LOOP_GONE);
	loop_unwatch(l, &w);
	loop_unwatch(l, &w);
	s.times = 0;
	loop_turn(l, 0);
	assert_int_equal(s.times, 0);
	close(fd[0]);
}

/* Two descriptors are ready in one turn; the first to be told takes the other back: it must not be told any more. */
static void a_watch_taken_back_in_the_same_turn_is_not_told(void **state)
{
	int a[2], b[2];
	struct seen s1 = { .loop = l }, s2 = { .loop = l };
	struct watch w1 = { .ready = told, .arg = &s1 }, w2 = { .ready = told, .arg = &s2 };

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	w1.fd = a[0];
	w2.fd = b[0];
	s1.takes_back = &w2;
	s2.takes_back = &w1;
	loop_watch(l, &w1, LOOP_READ);
	loop_watch(l, &w2, LOOP_READ);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(write(b[1], "x", 1), 1);
	loop_turn(l, 1000000);
	assert_int_equal(s1.times + s2.times, 1);
	loop_unwatch(l, &w1);
	loop_unwatch(l, &w2);
	close(a[0]), close(a[1]), close(b[0]), close(b[1]);
}

static void timers_fire_once_or_again_and_again(void **state)
{
	int once = 0, often = 0, late = 0;
	struct timer t1 = { .fire = fired, .arg = &once }, t2 = { .fire = fired, .arg = &often }, t3 = { .fire = fired, .arg = &late };
	int64_t began = clock_mono_us();

	(void)state;
	loop_timer(l, &t1, 0, 0);
	loop_timer(l, &t2, 2000, 2000);
	loop_timer(l, &t3, 3600000000, 0);
	while (often < 5 && clock_mono_us() - began < 5000000)
		loop_turn(l, 1000000);
	assert_int_equal(once, 1);
	assert_int_equal(often, 5);
	assert_int_equal(late, 0);
	assert_true(clock_mono_us() - began >= 10000);
}

struct chain { struct timer timer; struct loop *loop; int left; };

static void again(void *arg)
{
	struct chain *c = arg;

	if (--c->left > 0)
		loop_timer(c->loop, &c->timer, 0, 0);
}

static void a_timer_may_set_itself_anew(void **state)
{
	struct chain c = { .loop = l, .left = 4 };
	int other = 0;
	struct timer t = { .fire = fired, .arg = &other };

	(void)state;
	c.timer = (struct timer){ .fire = again, .arg = &c };
	loop_timer(l, &t, 0, 0);
	loop_timer(l, &c.timer, 0, 0);
	for (int i = 0; i < 100 && c.left; i++)
		loop_turn(l, 1000);
	assert_int_equal(c.left, 0);
	assert_int_equal(other, 1);
}

static void the_end_of_each_turn_is_told(void **state)
{
	int ends = 0;

	(void)state;
	loop_at_turn_end(l, fired, &ends);
	for (int i = 1; i <= 3; i++) {
		loop_turn(l, 0);
		assert_int_equal(ends, i);
	}
}

/* A turn with nothing to do waits as long as it may, and no longer than the next timer. */
static void a_turn_waits_no_longer_than_it_may(void **state)
{
	int n = 0;
	struct timer t = { .fire = fired, .arg = &n };
	int64_t began = clock_mono_us();

	(void)state;
	loop_turn(l, 20000);
	assert_true(clock_mono_us() - began >= 20000);
	began = clock_mono_us();
	loop_timer(l, &t, 1000, 0);
	loop_turn(l, 10000000);
	assert_int_equal(n, 1);
	assert_true(clock_mono_us() - began < 5000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(readiness_is_told_for_what_is_asked, up, down),
		cmocka_unit_test_setup_teardown(a_watch_taken_back_in_the_same_turn_is_not_told, up, down),
		cmocka_unit_test_setup_teardown(timers_fire_once_or_again_and_again, up, down),
		cmocka_unit_test_setup_teardown(a_timer_may_set_itself_anew, up, down),
		cmocka_unit_test_setup_teardown(the_end_of_each_turn_is_told, up, down),
		cmocka_unit_test_setup_teardown(a_turn_waits_no_longer_than_it_may, up, down),
	};

	return cmocka_run_group_tests_name("base/loop", tests, NULL, NULL);
}

/* The log: one JSON object a line whatever is logged, capped fields, and no waiting for a stuck reader. */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/log.h"

/* Runs fn in a child whose stderr is a pipe and gives what came out of it; the child's exit status is what fn returned. */
static struct buf logged(int (*fn)(void), int *status)
{
	struct buf b = BUF(8 << 20);
	int fd[2];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		dup2(fd[1], STDERR_FILENO);
		close(fd[1]);
		log_open("test", LOG_INFO);
		_exit(fn());
	}
	close(fd[1]);
	assert_int_equal(waitpid(pid, status, 0), pid); /* nobody reads meanwhile: a full pipe must not hold the writer up */
	while (buf_room(&b, 65536) && (n = read(fd[0], b.p + b.n, 65536)) > 0)
		b.n += (size_t)n;
	close(fd[0]);
	return b;
}

static size_t assert_json_lines(struct str text)
{
	struct mem *m = mem_new(1 << 20);
	struct json_fault fault;
	struct str line;
	size_t n = 0;

	assert_true(text.n == 0 || text.p[text.n - 1] == '\n');
	while (text.n && str_cut(&text, '\n', &line)) {
		if (!json_scan(m, line, &fault))
			fail_msg("not JSON at %zu, %s: %.*s", fault.at, fault.what, STR_FMT(line));
		mem_reset(m);
		n++;
	}
	mem_free(m);
	return n;
}

static int say_naughty(void)
{
	static const char *const naughty[] = { "a\nb", "\x1b[31mred", "\"},{\"level\":\"error", "\xff\xfe", "\xe2\x80\xae", "\\", "\t\r\n", "" };

	for (size_t i = 0; i < COUNT(naughty); i++)
		log_say(LOG_INFO, naughty[i], LOG_Z("field", naughty[i]), LOG_INT("n", -1), LOG_Z("absent", NULL));
	log_flush();
	return 0;
}

static int say_nul(void)
{
	log_say(LOG_WARN, "nul", LOG_STR("field", STR("a\0b")));
	log_flush();
	return 0;
}

static void whatever_is_logged_is_one_json_line(void **state)
{
	int status;
	struct buf b = logged(say_naughty, &status);

	(void)state;
	assert_int_equal(assert_json_lines(buf_str(&b)), 8);
	assert_null(memchr(b.p, 0x1b, b.n));
	assert_lacks(buf_str(&b), "absent");
	assert_has(buf_str(&b), "\"program\":\"test\"");
	assert_has(buf_str(&b), "\"n\":-1");
	buf_release(&b);
	b = logged(say_nul, &status);
	assert_has(buf_str(&b), "\"field\":\"a\\u0000b\"}\n");
	buf_release(&b);
}

static int say_quietly_and_loudly(void)
{
	log_say(LOG_DEBUG, "not this");
	log_say(LOG_INFO, "first");
	log_say(LOG_ERROR, "second"); /* leaves at once, with what waited before it */
	return 0;
}

static void errors_leave_at_once_and_in_order(void **state)
{
	int status;
	struct buf b = logged(say_quietly_and_loudly, &status);
	const char *first = memmem(b.p, b.n, "first", 5), *second = memmem(b.p, b.n, "second", 6);

	(void)state;
	assert_int_equal(assert_json_lines(buf_str(&b)), 2);
	assert_true(first && second && first < second);
	assert_lacks(buf_str(&b), "not this");
	buf_release(&b);
}

static int say_much(void)
{
	static char wide[100000];

	memset(wide, 'w', sizeof wide - 1);
	log_say(LOG_INFO, "wide", LOG_Z("a", wide), LOG_Z("b", wide));
	log_flush();
	return 0;
}

static void fields_are_capped(void **state)
{
	int status;
	struct buf b = logged(say_much, &status);

	(void)state;
	assert_int_equal(assert_json_lines(buf_str(&b)), 1);
	assert_in_range(b.n, 4096, 4400);
	buf_release(&b);
}

static int say_too_much(void)
{
	for (int i = 0; i < 5000; i++)
		log_say(LOG_INFO, "line", LOG_INT("i", i));
	log_flush();
	return log_dropped() > 0 ? 7 : 0;
}

static void a_stuck_reader_costs_lines_and_no_time(void **state)
{
	int status;
	struct buf b = logged(say_too_much, &status);

	(void)state;
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_in_range(assert_json_lines(buf_str(&b)), 1, 4999);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_logged_is_one_json_line),
		cmocka_unit_test(errors_leave_at_once_and_in_order),
		cmocka_unit_test(fields_are_capped),
		cmocka_unit_test(a_stuck_reader_costs_lines_and_no_time),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}

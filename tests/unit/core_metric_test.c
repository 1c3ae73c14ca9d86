/* Metrics: the exposition format, and that a killed worker loses nothing. */
#include "tests/unit/test.h"

#include <sys/mman.h>

#include "lib/core/metric.h"

static const char *const ops[] = { "quest_list", "quest_get", "none" };
static const char *const jobs[] = { "job_prune", "session_expire" };
static const struct metric_labels labels = { ops, jobs, COUNT(ops), COUNT(jobs) };
static struct shared *s;
static struct metrics m;
static struct buf out;
static int64_t gauges[METRIC__MAX][PROGRAM__MAX];

static int up(void **state)
{
	char layout[40];

	(void)state;
	s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	metrics_init(&m, PROGRAM_api, &labels, layout);
	m.shared = s;
	out = BUF(1 << 20);
	memset(gauges, 0, sizeof gauges);
	return s == MAP_FAILED;
}

static int down(void **state)
{
	(void)state;
	buf_release(&out);
	return munmap(s, sizeof *s);
}

static struct str printed(void)
{
	buf_clear(&out);
	metrics_print(&m, gauges, &out);
	return buf_str(&out);
}

static void counters_are_printed_by_label(void **state)
{
	(void)state;
	metric_add(&m, METRIC_http_requests_total, metric_op_class(0, 200), 3);
	metric_add(&m, METRIC_http_requests_total, metric_op_class(2, 404), 1);
	metric_add(&m, METRIC_refusals_total, REFUSED_RATE, 5);
	metric_add(&m, METRIC_worker_starts_total, PROGRAM_auth, 2);
	assert_has(printed(), "# TYPE http_requests_total counter\n");
	assert_has(printed(), "\nhttp_requests_total{op=\"quest_list\",status=\"2xx\"} 3\n");
	assert_has(printed(), "\nhttp_requests_total{op=\"none\",status=\"4xx\"} 1\n");
	assert_has(printed(), "\nrefusals_total{by=\"rate\"} 5\n");
	assert_has(printed(), "\nrefusals_total{by=\"role\"} 0\n");
	assert_has(printed(), "\nworker_starts_total{program=\"auth\"} 2\n");
	assert_lacks(printed(), "quest_get");
}

static void jobs_are_told_by_kind_and_end(void **state)
{
	(void)state;
	metric_add(&m, METRIC_job_runs_total, metric_job_end(1, JOB_RETRY), 2);
	metric_add(&m, METRIC_job_runs_total, metric_job_end(0, JOB_YIELDED), 1);
	assert_has(printed(), "\njob_runs_total{kind=\"session_expire\",end=\"retry\"} 2\n");
	assert_has(printed(), "\njob_runs_total{kind=\"job_prune\",end=\"yielded\"} 1\n");
	assert_lacks(printed(), "end=\"dead\"");
}

static void a_level_is_what_it_was_set_to_last(void **state)
{
	(void)state;
	metric_set(&m, METRIC_job_depth, JOB_RUNNING, 9);
	metric_set(&m, METRIC_job_depth, JOB_RUNNING, 4);
	metric_set(&m, METRIC_job_oldest_seconds, 0, 77);
	assert_has(printed(), "# TYPE job_depth gauge\n");
	assert_has(printed(), "\njob_depth{state=\"queued\"} 0\njob_depth{state=\"running\"} 4\njob_depth{state=\"dead\"} 0\n");
	assert_has(printed(), "\njob_oldest_seconds 77\n");
}

static void times_fall_into_cumulative_buckets(void **state)
{
	static const int64_t us[] = { 0, 500, 501, 10000, 10000001 };

	(void)state;
	for (size_t i = 0; i < COUNT(us); i++)
		metric_time(&m, METRIC_http_request_seconds, 1, us[i]);
	assert_has(printed(), "# TYPE http_request_seconds histogram\n");
	assert_has(printed(), "http_request_seconds_bucket{op=\"quest_get\",le=\"0.0005\"} 2\n");
	assert_has(printed(), "http_request_seconds_bucket{op=\"quest_get\",le=\"0.001\"} 3\n");
	assert_has(printed(), "http_request_seconds_bucket{op=\"quest_get\",le=\"0.01\"} 4\n");
	assert_has(printed(), "http_request_seconds_bucket{op=\"quest_get\",le=\"10\"} 4\n");
	assert_has(printed(), "http_request_seconds_bucket{op=\"quest_get\",le=\"+Inf\"} 5\n");
	assert_has(printed(), "http_request_seconds_sum{op=\"quest_get\"} 10.011002\n");
	assert_has(printed(), "http_request_seconds_count{op=\"quest_get\"} 5\n");
}

static void gauges_are_what_they_are_said_to_be(void **state)
{
	(void)state;
	gauges[METRIC_disk_free_bytes][0] = 1234567890123;
	gauges[METRIC_workers][PROGRAM_auth] = 4;
	assert_has(printed(), "# TYPE disk_free_bytes gauge\n");
	assert_has(printed(), "\ndisk_free_bytes 1234567890123\n");
	assert_has(printed(), "\nworkers{program=\"auth\"} 4\n");
}

/* Text format 0.0.4: comments, or name, perhaps labels, one space, a number; no sample twice. */
static void every_line_is_in_the_format(void **state)
{
	struct str text, rest, line, earlier[512];
	size_t n = 0, at;

	(void)state;
	for (size_t op = 0; op < COUNT(ops); op++) {
		metric_add(&m, METRIC_http_requests_total, metric_op_class(op, 200), 1);
		metric_time(&m, METRIC_http_request_seconds, op, 1);
	}
	rest = text = printed();
	assert_int_equal(text.p[text.n - 1], '\n');
	while (rest.n && str_cut(&rest, '\n', &line)) {
		if (str_has_prefix(line, STR("# HELP ")) || str_has_prefix(line, STR("# TYPE ")))
			continue;
		assert_true(str_find(line, ' ', &at));
		assert_true(line.n > at + 1 && strchr("-0123456789", line.p[at + 1]));
		assert_false(memchr(line.p + at + 1, ' ', line.n - at - 1));
		assert_true(n < COUNT(earlier));
		earlier[n] = str_head(line, at);
		for (size_t i = 0; i < n; i++)
			assert_false(str_is(earlier[i], earlier[n]));
		n++;
	}
	assert_true(n > 50);
}

static void programs_of_a_host_count_together(void **state)
{
	struct metrics other;
	char layout[40];

	(void)state;
	metrics_init(&other, PROGRAM_auth, &labels, layout);
	other.shared = s;
	metric_add(&m, METRIC_http_requests_total, metric_op_class(0, 200), 1);
	metric_add(&other, METRIC_http_requests_total, metric_op_class(0, 200), 2);
	assert_has(printed(), "http_requests_total{op=\"quest_list\",status=\"2xx\"} 3\n");
}

static void other_operations_are_another_layout(void **state)
{
	static const char *const renamed[] = { "quest_list", "quest_got", "none" };
	static const char *const more[] = { "job_prune", "session_expire", "key_expire" };
	struct metrics x;
	char a[40], b[40], c[40];

	(void)state;
	metrics_init(&x, PROGRAM_api, &labels, a);
	metrics_init(&x, PROGRAM_auth, &labels, b);
	metrics_init(&x, PROGRAM_api, &(struct metric_labels){ renamed, jobs, COUNT(renamed), COUNT(jobs) }, c);
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	metrics_init(&x, PROGRAM_api, &(struct metric_labels){ ops, more, COUNT(ops), COUNT(more) }, c);
	assert_string_not_equal(a, c);
}

/* The child tells of each addition after it was made; killed at any point it has made what it told, and at most one more. */
static void a_killed_worker_loses_nothing(void **state)
{
	char seen[512];
	ssize_t told = 0, n;
	int64_t counted;
	int fd[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0)
		for (;;) {
			metric_add(&m, METRIC_refusals_total, REFUSED_INPUT, 1);
			if (write(fd[1], "x", 1) != 1)
				_exit(0);
		}
	close(fd[1]);
	while (told < 1000 && (n = read(fd[0], seen, sizeof seen)) > 0)
		told += n;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while ((n = read(fd[0], seen, sizeof seen)) > 0)
		told += n;
	close(fd[0]);
	counted = s->cells[PROGRAM_api][m.base[METRIC_refusals_total] + REFUSED_INPUT];
	assert_in_range(counted - told, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counters_are_printed_by_label, up, down),
		cmocka_unit_test_setup_teardown(jobs_are_told_by_kind_and_end, up, down),
		cmocka_unit_test_setup_teardown(a_level_is_what_it_was_set_to_last, up, down),
		cmocka_unit_test_setup_teardown(times_fall_into_cumulative_buckets, up, down),
		cmocka_unit_test_setup_teardown(gauges_are_what_they_are_said_to_be, up, down),
		cmocka_unit_test_setup_teardown(every_line_is_in_the_format, up, down),
		cmocka_unit_test_setup_teardown(programs_of_a_host_count_together, up, down),
		cmocka_unit_test_setup_teardown(other_operations_are_another_layout, up, down),
		cmocka_unit_test_setup_teardown(a_killed_worker_loses_nothing, up, down),
	};

	return cmocka_run_group_tests_name("core/metric", tests, NULL, NULL);
}

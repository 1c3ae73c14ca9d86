/* The shared memory file: one for all who open it, and never read with another layout's eyes. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/core/shared.h"

static char folder[] = "/tmp/la-shared-XXXXXX", path[64];

static int up(void **state)
{
	(void)state;
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/shared", folder);
	return 0;
}

static int down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void those_who_open_it_see_the_same_cells(void **state)
{
	struct shared *a = shared_open(path, "one"), *b = shared_open(path, "one");
	struct stat st;

	(void)state;
	assert_true(a && b && a != b);
	a->cells[PROGRAM_api][7] = 42;
	a->rates[3].who = 9;
	assert_int_equal(b->cells[PROGRAM_api][7], 42);
	assert_int_equal(b->rates[3].who, 9);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	shared_close(a);
	shared_close(b);
}

static void what_was_counted_outlives_its_counter(void **state)
{
	struct shared *s;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		s = shared_open(path, "one");
		s->cells[PROGRAM_auth][1] = 5;
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	s = shared_open(path, "one");
	assert_non_null(s);
	assert_int_equal(s->cells[PROGRAM_auth][1], 5);
	shared_close(s);
}

static void another_layout_begins_at_zero(void **state)
{
	struct shared *s = shared_open(path, "one");

	(void)state;
	s->cells[PROGRAM_api][0] = 42;
	shared_close(s);
	s = shared_open(path, "two");
	assert_non_null(s);
	assert_int_equal(s->cells[PROGRAM_api][0], 0);
	s->cells[PROGRAM_api][0] = 7;
	shared_close(s);
	s = shared_open(path, "two");
	assert_int_equal(s->cells[PROGRAM_api][0], 7);
	shared_close(s);
}

static void a_file_of_another_size_is_replaced(void **state)
{
	struct shared *s;
	FILE *f = fopen(path, "w");

	(void)state;
	fputs("something else", f);
	fclose(f);
	s = shared_open(path, "one");
	assert_non_null(s);
	assert_int_equal(s->cells[PROGRAM_api][0], 0);
	s->cells[PROGRAM__MAX - 1][SHARED_CELLS - 1] = 1;
	shared_close(s);
}

/* Many at once on a path that is not there: all end up in the same memory. */
static void starting_at_once_ends_in_one_memory(void **state)
{
	enum { STARTERS = 16 };
	struct shared *s;
	pid_t pids[STARTERS];

	(void)state;
	for (int i = 0; i < STARTERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			s = shared_open(path, "one");
			if (s)
				s->cells[PROGRAM_api][0]++;
			_exit(!s);
		}
	}
	for (int i = 0; i < STARTERS; i++)
		waitpid(pids[i], NULL, 0);
	s = shared_open(path, "one");
	assert_int_equal(s->cells[PROGRAM_api][0], STARTERS);
	shared_close(s);
}

static void no_folder_no_memory(void **state)
{
	(void)state;
	assert_null(shared_open("/nonexistent/shared", "one"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(those_who_open_it_see_the_same_cells, up, down),
		cmocka_unit_test_setup_teardown(what_was_counted_outlives_its_counter, up, down),
		cmocka_unit_test_setup_teardown(another_layout_begins_at_zero, up, down),
		cmocka_unit_test_setup_teardown(a_file_of_another_size_is_replaced, up, down),
		cmocka_unit_test_setup_teardown(starting_at_once_ends_in_one_memory, up, down),
		cmocka_unit_test_setup_teardown(no_folder_no_memory, up, down),
	};

	return cmocka_run_group_tests_name("core/shared", tests, NULL, NULL);
}

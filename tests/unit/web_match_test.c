/* Finding a row by path and method. */
#include "tests/unit/test.h"

#include "lib/web/match.h"

static const struct route rows[] = {
	{ .method = GET, .path = "/", .op = "root" },
	{ .method = GET, .path = "/quests", .op = "list" },
	{ .method = POST, .path = "/quests", .op = "create" },
	{ .method = GET, .path = "/quests/{id}", .op = "get" },
	{ .method = DELETE, .path = "/quests/{id}", .op = "delete", .program = PROGRAM_auth },
	{ .method = GET, .path = "/quests/summary", .op = "summary" },
	{ .method = PUT, .path = "/a/{x}/b/{y}/c", .op = "two" },
	{ .method = GET, .path = "/a/{1}/{2}/{3}/{4}", .op = "four" },
};
static const struct routes all = { rows, COUNT(rows) };

static struct mem *m;
static struct router *t;
static struct match hit;

static int up(void **state)
{
	(void)state;
	m = mem_new(1 << 20);
	t = router_new(m, &all, PROGRAM__MAX);
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(m);
	return 0;
}

static enum err find(const char *method, const char *path)
{
	return router_find(t, m, str_from(method), str_from(path), &hit);
}

static void finds(const char *method, const char *path, const char *op)
{
	assert_int_equal(find(method, path), E_OK);
	assert_string_equal(hit.row->op, op);
}

static void rows_are_found(void **state)
{
	(void)state;
	finds("GET", "/", "root");
	finds("GET", "/quests", "list");
	finds("POST", "/quests", "create");
	finds("HEAD", "/quests", "list");
	finds("GET", "/quests/summary", "summary");
	finds("GET", "/quests/x", "get");
	assert_str(hit.values[0], "x");
	finds("PUT", "/a/1/b/2/c", "two");
	assert_str(hit.values[0], "1");
	assert_str(hit.values[1], "2");
	finds("GET", "/a/1/2/3/4", "four");
	assert_str(hit.values[3], "4");
}

static void values_are_decoded_once_and_a_plus_is_a_plus(void **state)
{
	(void)state;
	finds("GET", "/quests/a%2Fb+c%2541", "get");
	assert_str(hit.values[0], "a/b+c%41");
}

static void anything_else_is_not_there(void **state)
{
	static const char *const bad[] = { "", "quests", "/quest", "/questss", "/Quests", "/quests/", "//quests", "/quests//", "/quests/x/", "/quests/x/y", "/quests/%", "/quests/%zz",
		"/quests/%00", "/quests/%ff", "/%71uests", "/a", "/a/1", "/a/1/b/2", "/a//b/2/c", "/a/1/2/3/4/5", "/quests?x=1", "*", "/../quests", "/quests/./x" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (find("GET", bad[i]) != E_NOT_FOUND)
			fail_msg("found: %s", bad[i]);
	assert_int_equal(router_find(t, m, STR("GET"), STR_NONE, &hit), E_NOT_FOUND);
}

static void the_wrong_method_is_told_the_right_ones(void **state)
{
	static const char *const bad[] = { "PUT", "PATCH", "OPTIONS", "TRACE", "get", "GE", "GETT", "", "HEAD " };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(find(bad[i], "/quests"), E_NO_METHOD);
		assert_str(hit.allow, "GET, HEAD, POST");
	}
	assert_int_equal(find("HEAD", "/a/1/b/2/c"), E_NO_METHOD);
	assert_str(hit.allow, "PUT");
}

static void a_program_knows_its_own_rows_only(void **state)
{
	(void)state;
	t = router_new(m, &all, PROGRAM_api);
	assert_int_equal(find("DELETE", "/quests/x"), E_NO_METHOD);
	assert_str(hit.allow, "GET, HEAD");
	t = router_new(m, &all, PROGRAM_auth);
	assert_int_equal(find("GET", "/quests"), E_NOT_FOUND);
	finds("DELETE", "/quests/x", "delete");
	assert_ptr_equal(router_routes(t), &all);
}

static void twice_the_same(void)
{
	static const struct route twice[] = { { .path = "/x", .op = "a" }, { .path = "/x", .op = "b" } };

	router_new(m, &(struct routes){ twice, 2 }, PROGRAM__MAX);
}

static void no_slash(void)
{
	router_new(m, &(struct routes){ (const struct route[]){ { .path = "x" } }, 1 }, PROGRAM__MAX);
}

static void a_table_that_contradicts_itself_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(twice_the_same));
	assert_true(dies(no_slash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_are_found, up, down),
		cmocka_unit_test_setup_teardown(values_are_decoded_once_and_a_plus_is_a_plus, up, down),
		cmocka_unit_test_setup_teardown(anything_else_is_not_there, up, down),
		cmocka_unit_test_setup_teardown(the_wrong_method_is_told_the_right_ones, up, down),
		cmocka_unit_test_setup_teardown(a_program_knows_its_own_rows_only, up, down),
		cmocka_unit_test_setup_teardown(a_table_that_contradicts_itself_ends_the_process, up, down),
	};

	return cmocka_run_group_tests_name("web/match", tests, NULL, NULL);
}

/* The strict JSON reader: what it takes, what it refuses, and where. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"

static bool takes(struct str text)
{
	struct mem *m = mem_new(64 << 20);
	struct json_fault f = { 0 };
	bool ok = json_scan(m, text, &f);

	if (!ok)
		assert_non_null(f.what);
	mem_free(m);
	return ok;
}

static void takes_every_form_of_value(void **state)
{
	static const char *const good[] = {
		"null", "true", "false", "0", "-0", "10", "-1.5", "1e5", "1E-2", "0.0e+1", "\"\"", "[]", "{}", " [ 1 , 2 ] ", "\"\\ud83d\\ude00\"",
		"{\"a\":{\"b\":[1,null,\"x\"]}}", "9223372036854775807", "-9223372036854775808", "\"\x7f\"", "\"\\/\"", "\t\r\n 1 ", "\"\u00e4\"",
		"{\"a\":1,\"b\":1,\"A\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!takes(str_from(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void refuses_what_libraries_let_through(void **state)
{
	static const char *const bad[] = {
		"", " ", "NaN", "Infinity", "-Infinity", "nul", "True", "'a'", "{'a':1}", "{a:1}", "[1,]", "{\"a\":1,}", "[,1]", "01", "-01", "1.",
		".5", "-.5", "2.e3", "1e", "1e+", "+1", "0x10", "1 2", "[1]]", "\"a\nb\"", "\"a\tb\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
		"\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u0000\"", "\"a", "[\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{1:1}", "// x\n1", "/* */1",
		"9223372036854775808", "-9223372036854775809", "1e999", "-1e999", "\xff", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\xef\xbb\xbf{}",
		"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "\"\\\"", "[1 2]", "{\"a\" 1}", "-", "--1", "\"\\",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (takes(str_from(bad[i])))
			fail_msg("taken: %s", bad[i]);
	assert_false(takes((struct str){ "1\0", 2 }));
	assert_false(takes((struct str){ "\"a\0b\"", 5 }));
}

static void says_where(void **state)
{
	struct mem *m = mem_new(1 << 20);
	struct json_fault f = { 0 };

	(void)state;
	assert_false(json_scan(m, STR("{\"a\": nope}"), &f));
	assert_int_equal(f.at, 6);
	mem_free(m);
}

static char *repeat(const char *open, size_t n, const char *mid, const char *close)
{
	struct buf b = BUF(64 << 20);

	for (size_t i = 0; i < n; i++)
		buf_add(&b, str_from(open));
	buf_add(&b, str_from(mid));
	for (size_t i = 0; i < n; i++)
		buf_add(&b, str_from(close));
	buf_char(&b, '\0');
	return b.p;
}

static void has_limits(void **state)
{
	char *deep32 = repeat("[", 32, "1", "]"), *deep33 = repeat("[", 33, "1", "]"), *bomb = repeat("[", 100000, "", ""),
	     *many = repeat("1,", 9998, "1", ""), *more = repeat("1,", 9999, "1", "");
	struct buf b = BUF(1 << 20);

	(void)state;
	assert_true(takes(str_from(deep32)));
	assert_false(takes(str_from(deep33)));
	assert_false(takes(str_from(bomb)));
	buf_fmt(&b, "[%s]", many);
	assert_true(takes(buf_str(&b)));
	buf_clear(&b);
	buf_fmt(&b, "[%s]", more);
	assert_false(takes(buf_str(&b)));
	buf_clear(&b);
	buf_lit(&b, "{");
	for (int i = 0; i < 5000; i++)
		buf_fmt(&b, "%s\"k%d\":0", i ? "," : "", i);
	buf_lit(&b, "}");
	assert_true(takes(buf_str(&b)));
	buf_release(&b);
	free(deep32), free(deep33), free(bomb), free(many), free(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_form_of_value),
		cmocka_unit_test(refuses_what_libraries_let_through),
		cmocka_unit_test(says_where),
		cmocka_unit_test(has_limits),
	};

	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}

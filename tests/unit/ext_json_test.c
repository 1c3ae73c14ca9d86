/* JSON trees: strict before the library sees the text, typed after. */
#include "tests/unit/test.h"

#include "lib/ext/json.h"

static struct mem *m;
static struct str why;

static int up(void **state) { (void)state; m = mem_new(8 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static const struct json *parse(const char *text)
{
	why = STR_NONE;
	return json_parse(m, str_from(text), &why);
}

static void what_the_library_would_let_through_is_refused(void **state)
{
	static const char *const bad[] = { "", "NaN", "Infinity", "'a'", "01", "-01", "1.", ".5", "2.e3", "[1,]", "{\"a\":1,}", "\"a\nb\"", "1 2", "{\"a\":1,\"a\":2}",
		"{\"a\\u0000b\":1}", "18446744073709551616", "9223372036854775808", "1e999", "\"\\ud800\"", "\xff", "[1]x", "/**/1", "nul" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_null(parse(bad[i]));
		assert_has(why, "Not JSON at byte ");
	}
	assert_null(parse("null"));
	assert_true(why.n > 0);
}

/* Every form that the scan takes, the library must take too, or a client could end the worker. */
static void what_the_scan_takes_the_library_takes(void **state)
{
	static const char *const good[] = { "0", "-0", "-0.0", "0e0", "0E+1", "1e-400", "-1e-400", "1.0", "123456789012345678", "9223372036854775807", "-9223372036854775808",
		"0.1234567890123456789012345678901234567890", "1E5", "[-0,0.0,-1e5]", "\"\\/\\b\\f\"", "\"\\ud83d\\ude00\"", "\"\x7f\"", "{\"\":1}", "{\"\\\"\":{\"\":[]}}",
		" \t\r\n[ ] ", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "true", "false", "[null]", "1e308", "5e-324",
		"100000000000000000000e-10", "\"\xf4\x8f\xbf\xbf\"", "-1.5E-7" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!parse(good[i]))
			fail_msg("refused: %s: %.*s", good[i], STR_FMT(why));
}

static void values_have_kinds(void **state)
{
	static const struct { const char *text; enum json_kind kind; } known[] = {
		{ "true", JSON_BOOL }, { "-7", JSON_INT }, { "-0", JSON_INT }, { "7.0", JSON_NUMBER }, { "1e2", JSON_NUMBER }, { "\"\"", JSON_TEXT },
		{ "[]", JSON_LIST }, { "{}", JSON_OBJECT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++)
		assert_int_equal(json_kind(parse(known[i].text)), known[i].kind);
	assert_int_equal(json_kind(NULL), JSON_NULL);
	assert_string_equal(json_kind_name(JSON_INT), "a whole number");
	assert_true(json_int(parse("-9223372036854775808")) == INT64_MIN);
	assert_true(json_flag(parse("true")));
	assert_str(json_text(parse("\"a\\u00e4\\n\"")), "a\xc3\xa4\n");
	assert_null(json_text(parse("7")).p);
}

static void fields_tell_null_from_absent(void **state)
{
	const struct json *o = parse("{\"a\":null,\"b\":[1,\"x\"]}"), *v;
	bool there;

	(void)state;
	v = json_field(o, "a", &there);
	assert_true(there && json_kind(v) == JSON_NULL);
	json_field(o, "c", &there);
	assert_false(there);
	json_field(parse("[]"), "a", &there);
	assert_false(there);
	v = json_field(o, "b", &there);
	assert_int_equal(json_count(v), 2);
	assert_int_equal(json_count(o), 2);
	assert_int_equal(json_count(parse("7")), 0);
	assert_int_equal(json_int(json_at(v, 0)), 1);
	assert_str(json_text(json_at(v, 1)), "x");
}

static void objects_are_walked_in_order(void **state)
{
	const struct json *o = parse("{\"x\":1,\"\\u0061\":2,\"\":3}"), *v;
	struct str name;
	void *walk = NULL;
	int64_t sum = 0, n = 0;

	(void)state;
	while (json_next(o, &walk, &name, &v)) {
		sum = sum * 10 + json_int(v);
		n++;
	}
	assert_int_equal(sum, 123);
	assert_int_equal(n, 3);
	walk = NULL;
	assert_false(json_next(parse("{}"), &walk, &name, &v));
}

static void trees_go_with_their_arena(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_non_null(parse("{\"a\":[1,2,{\"b\":\"some text that is long enough to be allocated apart\"}]}"));
		mem_reset(m);
	}
}

static void int_of_text(void) { (void)json_int(parse("\"7\"")); }
static void flag_of_int(void) { (void)json_flag(parse("1")); }
static void past_the_end(void) { json_at(parse("[1]"), 1); }

static void asking_for_another_kind_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(int_of_text));
	assert_true(dies(flag_of_int));
	assert_true(dies(past_the_end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_library_would_let_through_is_refused),
		cmocka_unit_test(what_the_scan_takes_the_library_takes),
		cmocka_unit_test(values_have_kinds),
		cmocka_unit_test(fields_tell_null_from_absent),
		cmocka_unit_test(objects_are_walked_in_order),
		cmocka_unit_test(trees_go_with_their_arena),
		cmocka_unit_test(asking_for_another_kind_ends_the_process),
	};

	return cmocka_run_group_tests_name("ext/json", tests, up, down);
}

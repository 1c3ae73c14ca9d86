/* From bytes to checked values: what each type takes, what it refuses, and in which words. */
#include "tests/unit/test.h"

#include "lib/base/code.h"
#include "lib/web/values.h"

SET(colours, "red", "green");
static SCHEMA(thing, "A thing.", NULL,
	F_LINE  ("line",   REQUIRED, 2, 4, "x"),
	F_TEXT  ("text",   OPTIONAL, 0, 5, "x"),
	F_SECRET("secret", OPTIONAL, 3, 6, "x"),
	F_EMAIL ("email",  OPTIONAL, "x"),
	F_ENUM  ("colour", OPTIONAL, colours, NULL, "x"),
	F_INT   ("int",    OPTIONAL, -1, 100, NULL, "x"),
	F_BOOL  ("bool",   OPTIONAL, NULL, "x"),
	F_UUID  ("uuid",   OPTIONAL, "x"),
	F_TIME  ("time",   OPTIONAL, "x"),
	F_LINES ("lines",  OPTIONAL, 3, 4, "x"),
	F_CURSOR("cursor", OPTIONAL, "x"),
	F_FLAGS ("flags",  OPTIONAL, 2, "x"));

enum { LINE, TEXT, SECRET, EMAIL, COLOUR, INT_, BOOL_, UUID, TIME, LINES, CURSOR, FLAGS, FIELDS };

static struct req r;
static struct value values[FIELDS + 1];

static int up(void **state)
{
	(void)state;
	r = (struct req){ .mem = mem_new(8 << 20) };
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(r.mem);
	return 0;
}

static void fresh(void)
{
	memset(values, 0, sizeof values);
	r.values = values;
	r.n_details = 0;
	r.bad_json = STR_NONE;
}

static enum err json(const char *text)
{
	fresh();
	return values_from_json(&r, &thing_schema, str_from(text));
}

static enum err query(const char *text)
{
	struct pairs p;

	fresh();
	assert_true(url_parse(r.mem, str_from(text), &p));
	return values_from_pairs(&r, &thing_schema, &p);
}

/* One detail, of that path and message. */
static void told(enum err e, const char *path, const char *message)
{
	assert_int_equal(e, E_INVALID);
	assert_int_equal(r.n_details, 1);
	assert_string_equal(mem_strz(r.mem, r.details[0].path), path);
	assert_string_equal(mem_strz(r.mem, r.details[0].message), message);
}

struct one { const char *value, *message; };

/* Each value alone, beside the one field that is required; message NULL: taken. */
static void try_json(const char *name, const struct one *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum err e = json(mem_strf(r.mem, "{\"line\":\"abc\",\"%s\":%s}", name, all[i].value).p);

		if (all[i].message)
			told(e, mem_strf(r.mem, "/%s", name).p, all[i].message);
		else if (e != E_OK)
			fail_msg("%s: %s was refused: %.*s", name, all[i].value, STR_FMT(r.details[0].message));
	}
}

static void lines_and_texts(void **state)
{
	static const struct one text[] = { { "\"\"", NULL }, { "\"a\\nb\\t\"", NULL }, { "\"\\u00e4\\u00e4\\u00e4\\u00e4\\ud83d\\ude00\"", NULL },
		{ "\"123456\"", "must have at most 5 characters, has 6" }, { "7", "must be a text, is a whole number" }, { "null", "must be a text, is null" } };

	(void)state;
	assert_int_equal(json("{\"line\":\"ab\"}"), E_OK);
	assert_int_equal(json("{\"line\":\"\\u00e4\\u00e4\\u00e4\\u00e4\"}"), E_OK);
	assert_str(values[LINE].text, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
	told(json("{\"line\":\"a\"}"), "/line", "must have at least 2 characters, has 1");
	told(json("{\"line\":\"\"}"), "/line", "must not be empty");
	told(json("{\"line\":\"abcde\"}"), "/line", "must have at most 4 characters, has 5");
	told(json("{\"line\":\"a\\nb\"}"), "/line", "must not contain control characters");
	told(json("{\"line\":\"a\\u007f\"}"), "/line", "must not contain control characters");
	told(json("{\"line\":[]}"), "/line", "must be a text, is a list");
	try_json("text", text, COUNT(text));
}

static void secrets_count_in_bytes(void **state)
{
	static const struct one all[] = { { "\"abc\"", NULL }, { "\"a\\nb\"", NULL }, { "\"\\u00e4\\u00e4\\u00e4\"", NULL },
		{ "\"\\u00e4\\u00e4\\u00e4x\"", "must have at most 6 bytes, has 7" }, { "\"ab\"", "must have at least 3 bytes, has 2" } };

	(void)state;
	try_json("secret", all, COUNT(all));
}

static void email_addresses(void **state)
{
	static const char no[] = "must be an e-mail address";
	static const struct one all[] = { { "\"a@b\"", NULL }, { "\" Ada.X+y@Example.ORG \"", NULL }, { "\"ada\"", no }, { "\"@b\"", no }, { "\"a@\"", no }, { "\"a@b@c\"", no },
		{ "\"a b@c\"", no }, { "\"a@b c\"", no }, { "\"a@.b\"", no }, { "\"a@b.\"", no }, { "\"a\\n@b\"", no }, { "\"\"", no }, { "7", "must be a text, is a whole number" },
		{ "\"12345678901234567890123456789012345678901234567890123456789012345@b\"", no } };

	(void)state;
	try_json("email", all, COUNT(all));
	assert_int_equal(json("{\"line\":\"abc\",\"email\":\" Ada.X+y@Example.ORG \"}"), E_OK);
	assert_str(values[EMAIL].text, "ada.x+y@example.org");
}

static void numbers_flags_and_words(void **state)
{
	static const struct one ints[] = { { "-1", NULL }, { "100", NULL }, { "-0", NULL }, { "101", "must be from -1 to 100" }, { "-2", "must be from -1 to 100" },
		{ "9223372036854775807", "must be from -1 to 100" }, { "1.0", "must be a whole number, is a number" }, { "\"1\"", "must be a whole number, is a text" },
		{ "true", "must be a whole number, is true or false" }, { "null", "must be a whole number, is null" } };
	static const struct one bools[] = { { "true", NULL }, { "false", NULL }, { "1", "must be true or false, is a whole number" }, { "\"true\"", "must be true or false, is a text" } };
	static const struct one words[] = { { "\"red\"", NULL }, { "\"Red\"", "must be one of: red, green" }, { "\"\"", "must be one of: red, green" }, { "{}", "must be a text, is an object" } };

	(void)state;
	try_json("int", ints, COUNT(ints));
	try_json("bool", bools, COUNT(bools));
	try_json("colour", words, COUNT(words));
}

static void ids_times_and_cursors(void **state)
{
	static const char id[] = "must be a UUID", when[] = "must be a time as in RFC 3339, with a zone", page[] = "must be the `next` of a page";
	static const struct one ids[] = { { "\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\"", NULL }, { "\"019391A4-0000-7D2B-9A55-0C6D2F1E8B11\"", NULL }, { "\"x\"", id },
		{ "\"019391a400007d2b9a550c6d2f1e8b11\"", id }, { "\"{019391a4-0000-7d2b-9a55-0c6d2f1e8b11}\"", id } };
	static const struct one times[] = { { "\"2026-11-24T16:30:00Z\"", NULL }, { "\"2026-11-24T16:30:00.5+02:00\"", NULL }, { "\"2026-11-24\"", when }, { "\"2026-02-30T00:00:00Z\"", when },
		{ "\"now\"", when }, { "\"infinity\"", when } };
	static const struct one cursors[] = { { "\"AZORpAAAfSuaVQxtLx6LEQ\"", NULL }, { "\"\"", page }, { "\"AZORpAAAfSuaVQxtLx6LEQ==\"", page }, { "\"AZORpAAAfSuaVQxtLx6LER\"", page },
		{ "\"AZORpAAAfSuaVQxtLx6L\"", page }, { "\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\"", page } };

	(void)state;
	try_json("uuid", ids, COUNT(ids));
	try_json("time", times, COUNT(times));
	try_json("cursor", cursors, COUNT(cursors));
	assert_int_equal(query("line=abc&cursor=AZORpAAAfSuaVQxtLx6LEQ"), E_OK);
	assert_str(values[CURSOR].text, "019391a4-0000-7d2b-9a55-0c6d2f1e8b11");
}

static void lists_become_array_literals_that_cannot_break_out(void **state)
{
	static const char entry[] = "entry 0 must be a text of 1 to 4 characters without control characters";
	static const struct one all[] = { { "[]", NULL }, { "[\"a\",\"A\",\"b\"]", NULL }, { "[\"1\",\"2\",\"3\",\"4\"]", "must have at most 3 entries, has 4" }, { "[\"\"]", entry }, { "[\"12345\"]", entry },
		{ "[7]", entry }, { "[null]", entry }, { "[[\"a\"]]", entry }, { "[\"a\\n\"]", entry }, { "[\"a\",\"b\",\"a\"]", "entry 2 stands there twice" }, { "\"a\"", "must be a list, is a text" } };

	(void)state;
	try_json("lines", all, COUNT(all));
	assert_int_equal(json("{\"line\":\"abc\",\"lines\":[\"a\\\"b\",\"\\\\\",\",{}\"]}"), E_OK);
	assert_str(values[LINES].text, "{\"a\\\"b\",\"\\\\\",\",{}\"}");
	told(query("line=abc&lines=a"), "/lines", "cannot be given here");
}

static void flags_become_json_that_cannot_break_out(void **state)
{
	static const char no[] = "must map names of 1 to 40 letters, digits, '_', '-' and '.' to true or false";
	static const struct one all[] = { { "{}", NULL }, { "{\"a.b\":true,\"C-1_\":false}", NULL }, { "{\"a\":true,\"b\":true,\"c\":true}", "must have at most 2 names, has 3" },
		{ "{\"\":true}", no }, { "{\"a\":1}", no }, { "{\"a\":null}", no }, { "{\"a b\":true}", no }, { "{\"a\\\"b\":true}", no }, { "{\"\\u00e4\":true}", no },
		{ "{\"12345678901234567890123456789012345678901\":true}", no }, { "[]", "must be an object, is a list" }, { "true", "must be an object, is true or false" } };

	(void)state;
	try_json("flags", all, COUNT(all));
	assert_int_equal(json("{\"line\":\"abc\",\"flags\":{\"a\":true,\"b\":false}}"), E_OK);
	assert_str(values[FLAGS].text, "{\"a\":true,\"b\":false}");
	told(query("line=abc&flags=a"), "/flags", "cannot be given here");
}

static void queries_have_texts_for_everything(void **state)
{
	(void)state;
	assert_int_equal(query("line=abc&int=7&bool=1&colour=green"), E_OK);
	assert_true(values[INT_].num == 7 && values[BOOL_].flag && values[BOOL_].given);
	assert_int_equal(query("line=abc&bool=false"), E_OK);
	assert_false(values[BOOL_].flag);
	assert_true(values[BOOL_].given);
	told(query("line=abc&int=7x"), "/int", "must be a whole number");
	told(query("line=abc&int=101"), "/int", "must be from -1 to 100");
	told(query("line=abc&bool=yes"), "/bool", "must be true or false");
	told(query("line=abc&Line=abc"), "/Line", "is not a field of this request");
}

static void all_faults_are_told_at_once(void **state)
{
	(void)state;
	told(json("{}"), "/line", "is missing");
	told(json("[]"), "", "must be an object, is a list");
	told(json("{\"line\":\"abc\",\"owner_id\":\"x\"}"), "/owner_id", "is not a field of this request");
	assert_int_equal(json("{\"int\":\"x\",\"nope\":1,\"line\":\"a\"}"), E_INVALID);
	assert_int_equal(r.n_details, 3);
	assert_int_equal(json("{\"line\":7}"), E_INVALID); /* a field that is there but wrong is not missing too */
	assert_int_equal(r.n_details, 1);
	assert_int_equal(json("{\"line\":\"abc\""), E_BAD_JSON);
	assert_has(r.bad_json, "Not JSON at byte 13: ");
}

static void a_thousand_faults_are_told_up_to_a_number(void **state)
{
	struct buf b = BUF(1 << 20);

	(void)state;
	buf_lit(&b, "{\"x\":0");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b, ",\"%0200d\":0", i);
	buf_lit(&b, "}\0");
	assert_int_equal(json(b.p), E_INVALID);
	assert_int_equal(r.n_details, DETAILS_MOST);
	for (int i = 0; i < r.n_details; i++)
		assert_true(r.details[i].path.n <= 81);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_and_texts, up, down),
		cmocka_unit_test_setup_teardown(secrets_count_in_bytes, up, down),
		cmocka_unit_test_setup_teardown(email_addresses, up, down),
		cmocka_unit_test_setup_teardown(numbers_flags_and_words, up, down),
		cmocka_unit_test_setup_teardown(ids_times_and_cursors, up, down),
		cmocka_unit_test_setup_teardown(lists_become_array_literals_that_cannot_break_out, up, down),
		cmocka_unit_test_setup_teardown(flags_become_json_that_cannot_break_out, up, down),
		cmocka_unit_test_setup_teardown(queries_have_texts_for_everything, up, down),
		cmocka_unit_test_setup_teardown(all_faults_are_told_at_once, up, down),
		cmocka_unit_test_setup_teardown(a_thousand_faults_are_told_up_to_a_number, up, down),
	};

	return cmocka_run_group_tests_name("web/values", tests, NULL, NULL);
}

/* Values of PostgreSQL's binary format as text, numbers and JSON. */
#include "tests/unit/rows_kit.h"

#include "lib/base/json.h"

enum { BOOL_ = 16, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, JSON = 114, FLOAT8 = 701, TEXTS = 1009, TIMESTAMPTZ = 1184, UUID = 2950, JSONB = 3802 };

static struct mem *m;
static struct buf out;

static int up(void **state)
{
	(void)state;
	m = mem_new(1 << 20);
	out = BUF(1 << 16);
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(m);
	buf_release(&out);
	return 0;
}

static struct rows *one(unsigned oid, struct str value) { return rows_made(m, &(struct column){ "c", oid }, 1, &value, 1); }

static struct str json_of(unsigned oid, struct str value)
{
	struct json_fault fault;

	buf_clear(&out);
	rows_json(one(oid, value), 0, 0, &out);
	if (!json_scan(m, buf_str(&out), &fault))
		fail_msg("not JSON: %.*s", STR_FMT(buf_str(&out)));
	return buf_str(&out);
}

static void every_type_becomes_json(void **state)
{
	(void)state;
	assert_str(json_of(BOOL_, STR("\x01")), "true");
	assert_str(json_of(BOOL_, STR("\0")), "false");
	assert_str(json_of(INT2, STR("\xff\xfe")), "-2");
	assert_str(json_of(INT4, STR("\x7f\xff\xff\xff")), "2147483647");
	assert_str(json_of(INT8, STR("\x80\0\0\0\0\0\0\0")), "-9223372036854775808");
	assert_str(json_of(TEXT, STR("a\"\xc3\xa4\n")), "\"a\\\"\xc3\xa4\\n\"");
	assert_str(json_of(TEXT, STR("")), "\"\"");
	assert_str(json_of(UUID, STR("\x01\x93\x91\xa4\0\0\x7d\x2b\x9a\x55\x0c\x6d\x2f\x1e\x8b\x11")), "\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\"");
	assert_str(json_of(TIMESTAMPTZ, STR("\0\0\0\0\0\0\0\0")), "\"2000-01-01T00:00:00.000Z\"");
	assert_str(json_of(TIMESTAMPTZ, STR("\xff\xff\xff\xff\xff\xff\xfc\x18")), "\"1999-12-31T23:59:59.999Z\"");
	assert_str(json_of(FLOAT8, STR("\x3f\xf8\0\0\0\0\0\0")), "1.5");
	assert_str(json_of(FLOAT8, STR("\x7f\xf0\0\0\0\0\0\0")), "null"); /* JSON has no infinity */
	assert_str(json_of(FLOAT8, STR("\x7f\xf8\0\0\0\0\0\0")), "null");
	assert_str(json_of(JSON, STR("{\"a\": 1}")), "{\"a\": 1}");
	assert_str(json_of(JSONB, STR("\x01[1]")), "[1]");
	assert_str(json_of(TEXT, STR_NONE), "null");
	assert_str(json_of(TEXTS, STR_NONE), "null");
}

static void times_beyond_all_years_are_clamped(void **state)
{
	(void)state;
	assert_str(json_of(TIMESTAMPTZ, STR("\x7f\xff\xff\xff\xff\xff\xff\xff")), "\"9999-12-31T23:59:59.999Z\"");
	assert_str(json_of(TIMESTAMPTZ, STR("\x80\0\0\0\0\0\0\0")), "\"0000-01-01T00:00:00.000Z\"");
}

static void lists_of_texts_become_lists(void **state)
{
	(void)state;
	assert_str(json_of(TEXTS, STR("\0\0\0\0\0\0\0\0\0\0\0\x19")), "[]");
	assert_str(json_of(TEXTS, STR("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\1a\0\0\0\0")), "[\"a\",\"\"]");
	assert_str(json_of(TEXTS, STR("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\3\",\\")), "[\"\\\",\\\\\"]");
}

static void cells_are_read_by_their_type(void **state)
{
	struct rows *r = rows_made(m, (const struct column[]){ { "id", UUID }, { "n", INT4 }, { "b", BOOL_ }, { "t", TEXT } }, 4,
	                           (const struct str[]){ STR("\x01\x93\x91\xa4\0\0\x7d\x2b\x9a\x55\x0c\x6d\x2f\x1e\x8b\x11"), STR("\0\0\0\7"), STR("\1"), STR("x"), STR_NONE, STR_NONE, STR_NONE, STR_NONE }, 2);

	(void)state;
	assert_int_equal(rows_err(r), E_OK);
	assert_int_equal(rows_count(r), 2);
	assert_int_equal(rows_width(r), 4);
	assert_string_equal(rows_name(r, 3), "t");
	assert_str(rows_text(r, 0, 0), "019391a4-0000-7d2b-9a55-0c6d2f1e8b11");
	assert_int_equal(rows_int(r, 0, 1), 7);
	assert_true(rows_bool(r, 0, 2));
	assert_str(rows_text(r, 0, 3), "x");
	assert_true(rows_is_null(r, 1, 0));
	assert_null(rows_text(r, 1, 3).p);
	assert_int_equal(rows_int(r, 1, 1), 0);
	assert_false(rows_bool(r, 1, 2));
}

static void a_failed_answer_has_no_rows(void **state)
{
	struct rows *r = one(TEXT, STR("x"));

	(void)state;
	rows_fail(r, E_CONFLICT);
	rows_fail(r, E_INTERNAL); /* the first fault counts */
	assert_int_equal(rows_err(r), E_CONFLICT);
	assert_int_equal(rows_count(r), 0);
	r = rows_new(m);
	assert_int_equal(rows_count(r) + rows_width(r), 0);
}

static void int_of_text(void) { rows_int(one(TEXT, STR("7")), 0, 0); }
static void bool_of_int(void) { rows_bool(one(INT4, STR("\0\0\0\1")), 0, 0); }
static void row_beyond(void) { rows_text(one(TEXT, STR("x")), 1, 0); }
static void column_beyond(void) { rows_text(one(TEXT, STR("x")), 0, 1); }
static void list_too_long(void) { rows_json(one(TEXTS, STR("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\5a")), 0, 0, &out); }
static void short_uuid(void) { rows_text(one(UUID, STR("abc")), 0, 0); }

static void asking_for_what_is_not_there_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(int_of_text));
	assert_true(dies(bool_of_int));
	assert_true(dies(row_beyond));
	assert_true(dies(column_beyond));
	assert_true(dies(list_too_long));
	assert_true(dies(short_uuid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_type_becomes_json, up, down),
		cmocka_unit_test_setup_teardown(times_beyond_all_years_are_clamped, up, down),
		cmocka_unit_test_setup_teardown(lists_of_texts_become_lists, up, down),
		cmocka_unit_test_setup_teardown(cells_are_read_by_their_type, up, down),
		cmocka_unit_test_setup_teardown(a_failed_answer_has_no_rows, up, down),
		cmocka_unit_test_setup_teardown(asking_for_what_is_not_there_ends_the_process, up, down),
	};

	return cmocka_run_group_tests_name("ext/db_rows", tests, NULL, NULL);
}

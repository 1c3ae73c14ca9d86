/* The growing buffer: its ceiling, its whole pieces, its JSON strings. */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/json.h"

static void nothing_passes_the_ceiling(void **state)
{
	struct buf b = BUF(300);

	(void)state;
	for (int i = 0; i < 100; i++) {
		buf_lit(&b, "0123456789");
		assert_true(b.n <= 300);
		assert_int_equal(b.full, i >= 30);
	}
	assert_int_equal(b.n, 300);
	buf_char(&b, 'x');
	buf_int(&b, 1);
	buf_fmt(&b, "%d", 1);
	buf_json(&b, STR("a"));
	assert_int_equal(b.n, 300);
	buf_release(&b);
}

static void a_piece_that_does_not_fit_is_left_out_whole(void **state)
{
	struct buf b = BUF(16);

	(void)state;
	buf_lit(&b, "0123456789");
	assert_false(b.full);
	buf_lit(&b, "0123456789");
	assert_true(b.full);
	assert_str(buf_str(&b), "0123456789");
	buf_lit(&b, "abc");
	assert_str(buf_str(&b), "0123456789abc");
	assert_true(b.full);
	buf_release(&b);
}

static void a_cleared_or_released_buffer_begins_anew_under_the_same_ceiling(void **state)
{
	struct buf b = BUF(8);

	(void)state;
	for (int round = 0; round < 3; round++) {
		buf_lit(&b, "123456789");
		assert_true(b.full && b.n == 0);
		buf_clear(&b);
		buf_lit(&b, "12345678");
		assert_true(!b.full && b.n == 8);
		buf_release(&b);
		assert_true(b.n == 0 && !b.full && b.max == 8);
		assert_str(buf_str(&b), "");
	}
}

static void dropping_forgets_the_first_bytes(void **state)
{
	struct buf b = BUF(100);

	(void)state;
	buf_lit(&b, "abcdef");
	buf_drop(&b, 0);
	buf_drop(&b, 1);
	assert_str(buf_str(&b), "bcdef");
	buf_drop(&b, 2);
	assert_str(buf_str(&b), "def");
	buf_drop(&b, 3);
	assert_str(buf_str(&b), "");
	buf_drop(&b, 0);
	buf_lit(&b, "x");
	assert_str(buf_str(&b), "x");
	buf_release(&b);
}

static void numbers_and_formats_are_written_whole(void **state)
{
	static const struct { int64_t v; const char *text; } known[] = {
		{ 0, "0" }, { -1, "-1" }, { 10, "10" }, { INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};
	struct buf b = BUF(1 << 16);
	char wide[1001];

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		buf_clear(&b);
		buf_int(&b, known[i].v);
		assert_true(str_is(buf_str(&b), str_from(known[i].text)));
	}
	memset(wide, 'w', 1000);
	wide[1000] = '\0';
	buf_clear(&b);
	buf_fmt(&b, "<%s|%d>", wide, 7);
	assert_int_equal(b.n, 1004);
	assert_memory_equal(b.p + 1000, "w|7>", 4);
	buf_fmt(&b, "%s", "");
	assert_int_equal(b.n, 1004);
	buf_release(&b);
}

/* Every byte alone and every pair of bytes: always one JSON string to the letter, and never longer than six times its text. */
static void every_text_becomes_a_json_string(void **state)
{
	struct buf b = BUF(64);
	struct mem *m = mem_new(1 << 20);
	struct json_fault fault;
	char two[2];

	(void)state;
	for (int i = 1; i < 256; i++)
		for (int k = 0; k < 256; k++) {
			two[0] = (char)i;
			two[1] = (char)k;
			buf_clear(&b);
			buf_json(&b, (struct str){ two, k ? 2 : 1 });
			if (!json_scan(m, buf_str(&b), &fault))
				fail_msg("%02x %02x became %.*s: %s", i, k, STR_FMT(buf_str(&b)), fault.what);
			mem_reset(m);
		}
	buf_clear(&b);
	buf_json(&b, (struct str){ "a\0b", 3 });
	assert_str(buf_str(&b), "\"a\\u0000b\"");
	mem_free(m);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_passes_the_ceiling),
		cmocka_unit_test(a_piece_that_does_not_fit_is_left_out_whole),
		cmocka_unit_test(a_cleared_or_released_buffer_begins_anew_under_the_same_ceiling),
		cmocka_unit_test(dropping_forgets_the_first_bytes),
		cmocka_unit_test(numbers_and_formats_are_written_whole),
		cmocka_unit_test(every_text_becomes_a_json_string),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}

/* Bytes as text: numbers, UTF-8, times, ids, base64url, JSON strings, query strings, cookies. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/code.h"
#include "lib/base/rand.h"
#include "lib/base/url.h"

static struct mem *m;

static int up(void **state) { (void)state; m = mem_new(1 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static void integers_are_whole_and_fit(void **state)
{
	static const char *const bad[] = { "", "-", "1a", " 1", "1 ", "+1", "9223372036854775808", "-9223372036854775809", "99999999999999999999" };
	int64_t v;

	(void)state;
	assert_true(str_to_int(STR("-9223372036854775808"), &v) && v == INT64_MIN);
	assert_true(str_to_int(STR("9223372036854775807"), &v) && v == INT64_MAX);
	assert_true(str_to_int(STR("0"), &v) && v == 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(str_to_int(str_from(bad[i]), &v));
}

static void times_are_checked(void **state)
{
	static const char *const good[] = { "2026-11-24T16:30:00Z", "2024-02-29T23:59:59.123456+02:00", "2000-02-29t00:00:00.1z" };
	static const char *const bad[] = { "2026-11-24", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T16:30:00",
		"2026-11-24T16:30:00.Z", "2026-11-24 16:30:00Z", "2026-11-24T16:30:00+25:00", "2026-1--24T16:30:00Z", "1900-02-29T00:00:00Z" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(str_is_time(str_from(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(str_is_time(str_from(bad[i])));
}

static void clock_writes_what_date_writes(void **state)
{
	static const struct { int64_t us; const char *text; } known[] = {
		{ 0, "1970-01-01T00:00:00.000Z" }, { 951782400000000, "2000-02-29T00:00:00.000Z" }, { 1795537800123456, "2026-11-24T16:30:00.123Z" },
		{ -1000, "1969-12-31T23:59:59.999Z" }, { 253402300799999000, "9999-12-31T23:59:59.999Z" }, { INT64_MAX, "9999-12-31T23:59:59.999Z" },
	};
	char out[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		clock_format(known[i].us, out);
		assert_memory_equal(out, known[i].text, CLOCK_TEXT);
	}
}

/* RFC 4648, section 10, without the padding. */
static void base32_gives_the_known_answers(void **state)
{
	static const char *const all[][2] = { { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" }, { "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		assert_true(str_is(base32_encode(m, str_from(all[i][0])), str_from(all[i][1])));
}

static void base64url_goes_round_and_is_strict(void **state)
{
	static const char *const bad[] = { "a", "ab=", "a b", "ab+/", "AB", "AAB" };
	struct str out;

	(void)state;
	for (size_t n = 0; n < 40; n++) {
		char raw[40];

		rand_fill(raw, n);
		assert_true(base64url_decode(m, base64url_encode(m, (struct str){ raw, n }), &out));
		assert_int_equal(out.n, n);
		assert_memory_equal(out.p, raw, n);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(base64url_decode(m, str_from(bad[i]), &out));
}

static void hex_is_read_as_it_is_written(void **state)
{
	static const char *const bad[] = { "0", "0g", "0G", "AB", "abc", " 1", "0x" };
	unsigned char out[4];

	(void)state;
	assert_true(hex_decode(STR("00ff7f80"), out, 4));
	assert_memory_equal(out, "\x00\xff\x7f\x80", 4);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(hex_decode(str_from(bad[i]), out, 1));
	assert_false(hex_decode(STR("0000"), out, 1));
}

/* RFC 4648 section 10, and what Python's base64 says of the two last digits. */
static void base64_has_its_padding(void **state)
{
	static const struct { const char *bytes, *text; } known[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xef\xff", "++//" },
	};
	static const char *const bad[] = { "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=Zg=", "Z===", "====", "--__", "Zm9v\n", " Zm9v", "Zm9v====", "Zg==Zg==" };
	struct str out;

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		assert_true(str_is(base64_encode(m, str_from(known[i].bytes)), str_from(known[i].text)));
		assert_true(base64_decode(m, str_from(known[i].text), &out) && str_is(out, str_from(known[i].bytes)));
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (base64_decode(m, str_from(bad[i]), &out))
			fail_msg("%s was taken", bad[i]);
}

static void ids_are_version_7_and_in_order(void **state)
{
	unsigned char raw[16];
	char text[36];

	(void)state;
	uuid7_fill(raw);
	assert_true(str_is_uuid(uuid_text(text, raw)));
	assert_int_equal(text[14], '7');
	assert_non_null(strchr("89ab", text[19]));
	assert_false(str_is_uuid(STR("0190b7a0-0000-7000-8000-00000000000g")));
	assert_false(str_is_uuid(STR("0190b7a0-0000-7000-8000-00000000000")));
}

static void json_strings_cannot_break_out(void **state)
{
	struct buf b = BUF(1 << 16);

	(void)state;
	buf_json(&b, STR("a\"\\\n\t\x01\x7f\xc3\xa4"));
	assert_str(buf_str(&b), "\"a\\\"\\\\\\n\\t\\u0001\\u007f\xc3\xa4\"");
	buf_clear(&b);
	buf_json(&b, STR("\xff" "a"));
	assert_str(buf_str(&b), "\"\xef\xbf\xbd" "a\"");
	buf_release(&b);
}

static void buffers_stop_at_their_ceiling(void **state)
{
	struct buf b = BUF(300);

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_lit(&b, "0123456789");
	assert_true(b.full);
	assert_int_equal(b.n, 300);
	buf_clear(&b);
	buf_int(&b, INT64_MIN);
	assert_str(buf_str(&b), "-9223372036854775808");
	buf_release(&b);
}

static void queries_are_decoded_strictly(void **state)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=1&a=2", "a=1&%61=2" };
	struct pairs p;

	(void)state;
	assert_true(url_parse(m, STR("a=1&b=x+y%20z&c&&d="), &p));
	assert_int_equal(p.n, 4);
	assert_str(p.list[1].value, "x y z");
	assert_str(p.list[2].value, "");
	assert_true(url_parse(m, STR(""), &p) && p.n == 0);
	assert_true(url_parse(m, STR_NONE, &p) && p.n == 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (url_parse(m, str_from(bad[i]), &p))
			fail_msg("taken: %s", bad[i]);
}

static void cookies_are_found_once(void **state)
{
	(void)state;
	assert_str(cookie_find(STR("a=1; b=2; c=3"), STR("b")), "2");
	assert_null(cookie_find(STR("a=1; b=2; b=3"), STR("b")).p);
	assert_null(cookie_find(STR("bb=1; ab=2"), STR("b")).p);
	assert_null(cookie_find(STR_NONE, STR("b")).p);
	assert_str(cookie_find(STR("b=x=y"), STR("b")), "x=y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_whole_and_fit),
		cmocka_unit_test(times_are_checked),
		cmocka_unit_test(clock_writes_what_date_writes),
		cmocka_unit_test(base32_gives_the_known_answers),
		cmocka_unit_test(base64url_goes_round_and_is_strict),
		cmocka_unit_test(base64_has_its_padding),
		cmocka_unit_test(hex_is_read_as_it_is_written),
		cmocka_unit_test(ids_are_version_7_and_in_order),
		cmocka_unit_test(json_strings_cannot_break_out),
		cmocka_unit_test(buffers_stop_at_their_ceiling),
		cmocka_unit_test(queries_are_decoded_strictly),
		cmocka_unit_test(cookies_are_found_once),
	};

	return cmocka_run_group_tests_name("base/text", tests, up, down);
}

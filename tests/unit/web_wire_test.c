/* The FastCGI record layer: any cut, any padding, and everything that a confused or hostile web server could send. */
#include "tests/unit/wire_kit.h"

#define WHOLE "R(REQUEST_METHOD=POST,EMPTY=,)hello worldE"

static struct wire w;
static struct buf in, out, notes;

static int up(void **state)
{
	(void)state;
	wire_init(&w, 4096);
	in = BUF(1 << 20), out = BUF(4 << 20), notes = BUF(1 << 20);
	return 0;
}

static int down(void **state)
{
	(void)state;
	wire_release(&w);
	buf_release(&in), buf_release(&out), buf_release(&notes);
	return 0;
}

static void restart(void)
{
	wire_release(&w);
	wire_init(&w, 4096);
	buf_clear(&in), buf_clear(&out), buf_clear(&notes);
}

static void feed(struct str s) { note_events(&w, s, &notes, &out); }

static void a_request_may_be_cut_at_any_byte(void **state)
{
	(void)state;
	for (int padding = 0; padding <= 9; padding += 3) {
		restart();
		put_request(&in, 258, false, padding, STR("hello world"));
		for (size_t at = 0; at <= in.n; at++) {
			wire_release(&w);
			wire_init(&w, 4096);
			buf_clear(&notes);
			feed(str_head(buf_str(&in), at));
			feed(str_skip(buf_str(&in), at));
			assert_str(buf_str(&notes), WHOLE);
		}
		wire_release(&w);
		wire_init(&w, 4096);
		buf_clear(&notes);
		for (size_t at = 0; at < in.n; at++)
			feed((struct str){ in.p + at, 1 });
		assert_str(buf_str(&notes), WHOLE);
		assert_int_equal(out.n, 0);
	}
}

static void any_padding_is_skipped(void **state)
{
	(void)state;
	for (int padding = 0; padding < 256; padding++) {
		restart();
		put_request(&in, 1, padding & 1, padding, STR("hello world"));
		feed(buf_str(&in));
		assert_str(buf_str(&notes), WHOLE);
	}
}

static void streams_may_come_in_many_records(void **state)
{
	struct buf params = BUF(4096);

	(void)state;
	put_pair(&params, STR("REQUEST_METHOD"), STR("POST"), false);
	put_pair(&params, STR("EMPTY"), STR(""), true);
	put_begin(&in, 1, 1, 1, 0);
	for (size_t i = 0; i < params.n; i++)
		put_record(&in, R_PARAMS, 1, (struct str){ params.p + i, 1 }, (int)i % 3);
	put_record(&in, R_PARAMS, 1, STR(""), 0);
	for (size_t i = 0; i < 11; i++)
		put_record(&in, R_STDIN, 1, (struct str){ "hello world" + i, 1 }, 0);
	put_record(&in, R_STDIN, 1, STR(""), 0);
	feed(buf_str(&in));
	assert_str(buf_str(&notes), WHOLE);
	buf_release(&params);
}

static void lengths_have_one_or_four_bytes(void **state)
{
	char wide[300];
	struct buf params = BUF(4096);
	struct str name, value;
	size_t walk = 0;

	(void)state;
	memset(wide, 'w', sizeof wide);
	put_pair(&params, (struct str){ wide, 127 }, (struct str){ wide, 128 }, false);
	put_pair(&params, (struct str){ wide, 300 }, STR(""), false);
	put_pair(&params, STR(""), (struct str){ wide, 127 }, true);
	put_begin(&in, 1, 1, 1, 0);
	put_record(&in, R_PARAMS, 1, buf_str(&params), 0);
	feed(buf_str(&in));
	buf_clear(&in);
	put_record(&in, R_PARAMS, 1, STR(""), 0);
	feed(buf_str(&in));
	assert_true(wire_param(&w, &walk, &name, &value) && name.n == 127 && value.n == 128);
	assert_true(wire_param(&w, &walk, &name, &value) && name.n == 300 && value.n == 0);
	assert_true(wire_param(&w, &walk, &name, &value) && name.n == 0 && value.n == 127);
	assert_false(wire_param(&w, &walk, &name, &value));
	buf_release(&params);
}

/* Parameters that promise more than there is, or end within a length. */
static void broken_parameters_are_a_fault(void **state)
{
	static const struct str bad[] = {
		{ "\x01", 1 }, { "\x01\x01" "a", 3 }, { "\x05\x00" "abc", 5 }, { "\x80", 1 }, { "\x80\x00\x00", 3 }, { "\x01\x80", 2 }, { "\x01\x80\x00\x00", 4 },
		{ "\xff\xff\xff\xff\x00", 5 }, { "\x00\xff\xff\xff\xff", 5 }, { "\xff\xff\xff\xff\xff\xff\xff\xff", 8 }, { "\x01\x00" "a" "\x01", 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		restart();
		put_begin(&in, 1, 1, 1, 0);
		put_record(&in, R_PARAMS, 1, bad[i], 0);
		put_record(&in, R_PARAMS, 1, STR(""), 0);
		feed(buf_str(&in));
		assert_str(buf_str(&notes), "F");
	}
}

static void parameters_beyond_the_ceiling_are_told_once(void **state)
{
	char kib[1024] = { 0 };

	(void)state;
	put_begin(&in, 1, 1, 1, 0);
	for (int i = 0; i < 10; i++)
		put_record(&in, R_PARAMS, 1, (struct str){ kib, sizeof kib }, 0);
	put_record(&in, R_PARAMS, 1, STR(""), 0);
	put_record(&in, R_STDIN, 1, STR("body"), 0);
	put_record(&in, R_STDIN, 1, STR(""), 0);
	feed(buf_str(&in));
	assert_int_equal(notes.p[0], 'L');
	assert_null(memchr(notes.p, 'R', notes.n));
	assert_null(memmem(notes.p, notes.n, "body", 4));
	wire_reply(&w, &out, STR("head"), STR(""));
	buf_clear(&notes), buf_clear(&in);
	put_request(&in, 1, false, 0, STR("hello world"));
	feed(buf_str(&in));
	assert_str(buf_str(&notes), WHOLE); /* the connection goes on */
}

static void records_of_a_foreign_id_change_nothing(void **state)
{
	struct buf whole = BUF(1 << 16);

	(void)state;
	put_request(&whole, 1, false, 0, STR("hello world"));
	for (struct str rest = buf_str(&whole), one; rest.n; rest = str_skip(rest, one.n)) {
		one = str_head(rest, 8 + ((size_t)(unsigned char)rest.p[4] << 8) + (unsigned char)rest.p[5]);
		put_record(&in, R_PARAMS, 2, STR("\x01\x01xy"), 0);
		put_record(&in, R_STDIN, 2, STR("foreign"), 3);
		put_record(&in, R_PARAMS, 2, STR(""), 0);
		put_record(&in, R_STDIN, 2, STR(""), 0);
		put_record(&in, R_ABORT, 2, STR(""), 0);
		buf_add(&in, one);
	}
	buf_release(&whole);
	feed(buf_str(&in));
	assert_str(buf_str(&notes), WHOLE);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_may_be_cut_at_any_byte, up, down),
		cmocka_unit_test_setup_teardown(any_padding_is_skipped, up, down),
		cmocka_unit_test_setup_teardown(streams_may_come_in_many_records, up, down),
		cmocka_unit_test_setup_teardown(lengths_have_one_or_four_bytes, up, down),
		cmocka_unit_test_setup_teardown(broken_parameters_are_a_fault, up, down),
		cmocka_unit_test_setup_teardown(parameters_beyond_the_ceiling_are_told_once, up, down),
		cmocka_unit_test_setup_teardown(records_of_a_foreign_id_change_nothing, up, down),
	};

	return cmocka_run_group_tests_name("web/wire", tests, NULL, NULL);
}

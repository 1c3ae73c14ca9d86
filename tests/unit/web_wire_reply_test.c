/* What the record layer answers: framing of any size, and the management records that it answers itself. */
#include "tests/unit/wire_kit.h"

#include <stdlib.h>

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

static void feed(void)
{
	note_events(&w, buf_str(&in), &notes, &out);
	buf_clear(&in);
}

/* The next record of the answer: of that type and id, its content. */
static struct str expect(struct str *rest, int type, int id)
{
	int t, i;
	struct str content = read_record(rest, &t, &i);

	assert_int_equal(t, type);
	assert_int_equal(i, id);
	return content;
}

static void expect_end(struct str *rest, int id, int status)
{
	struct str c = expect(rest, R_END, id);

	assert_int_equal(c.n, 8);
	assert_memory_equal(c.p, "\0\0\0\0", 4);
	assert_int_equal(c.p[4], status);
}

static void an_answer_of_any_size_comes_out_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 65523, 65524, 65528, 65529, 65536, 131056, 131057, 300000 };
	char *body = malloc(300000);
	struct buf got = BUF(1 << 20);

	(void)state;
	for (size_t i = 0; i < 300000; i++)
		body[i] = (char)(i * 31 >> 3);
	for (size_t k = 0; k < COUNT(sizes); k++) {
		struct str rest, c;

		buf_clear(&out), buf_clear(&got);
		put_request(&in, 513, false, 0, STR(""));
		feed();
		wire_reply(&w, &out, STR("Head"), (struct str){ body, sizes[k] });
		rest = buf_str(&out);
		while ((c = expect(&rest, R_STDOUT, 513)).n)
			buf_add(&got, c);
		expect_end(&rest, 513, 0);
		assert_int_equal(rest.n, 0);
		assert_int_equal(got.n, 4 + sizes[k]);
		assert_memory_equal(got.p, "Head", 4);
		assert_memory_equal(got.p + 4, body, sizes[k]);
	}
	buf_release(&got);
	free(body);
}

static void a_second_request_meanwhile_is_refused_and_the_first_goes_on(void **state)
{
	struct str rest;

	(void)state;
	put_begin(&in, 1, 1, 1, 0);
	put_record(&in, R_PARAMS, 1, STR("\x01\x01xy"), 0);
	put_request(&in, 2, false, 0, STR("second"));
	put_record(&in, R_PARAMS, 1, STR(""), 0);
	put_record(&in, R_STDIN, 1, STR("first"), 0);
	put_record(&in, R_STDIN, 1, STR(""), 0);
	feed();
	assert_str(buf_str(&notes), "R(x=y,)firstE");
	rest = buf_str(&out);
	expect_end(&rest, 2, 1); /* CANT_MPX_CONN */
	assert_int_equal(rest.n, 0);
}

static void the_same_request_begun_twice_is_a_fault(void **state)
{
	(void)state;
	put_begin(&in, 1, 1, 1, 0);
	put_begin(&in, 1, 1, 1, 0);
	feed();
	assert_str(buf_str(&notes), "F");
}

static void another_role_is_refused(void **state)
{
	struct str rest;

	(void)state;
	for (int role = 0; role < 4; role++)
		if (role != 1) {
			buf_clear(&out), buf_clear(&notes);
			put_begin(&in, 7, role, 1, 0);
			put_record(&in, R_PARAMS, 7, STR(""), 0);
			feed();
			assert_int_equal(notes.n, 0);
			rest = buf_str(&out);
			expect_end(&rest, 7, 3); /* UNKNOWN_ROLE */
		}
}

static void values_are_told(void **state)
{
	struct buf asked = BUF(4096);
	struct str rest, c;

	(void)state;
	put_pair(&asked, STR("FCGI_MPXS_CONNS"), STR(""), false);
	put_pair(&asked, STR("NO_SUCH"), STR(""), false);
	put_pair(&asked, STR("FCGI_MAX_CONNS"), STR(""), true);
	put_record(&in, R_GET_VALUES, 0, buf_str(&asked), 5);
	put_record(&in, R_GET_VALUES, 0, STR(""), 0);
	feed();
	rest = buf_str(&out);
	c = expect(&rest, R_VALUES, 0);
	assert_str(c, "\x0f\x01" "FCGI_MPXS_CONNS0" "\x0e\x04" "FCGI_MAX_CONNS1024");
	assert_int_equal(expect(&rest, R_VALUES, 0).n, 0);
	assert_int_equal(rest.n + notes.n, 0);
	buf_release(&asked);
}

/* As often as a record may ask, and far more often: the answer stays in bounds, and no pair is cut in two. */
static void many_values_asked_for_are_answered_within_bounds(void **state)
{
	static const int times[] = { 60, 1000 };

	(void)state;
	for (size_t k = 0; k < COUNT(times); k++) {
		struct buf asked = BUF(1 << 16);
		struct str rest, c;
		size_t at = 0;

		for (int i = 0; i < times[k]; i++)
			put_pair(&asked, STR("FCGI_MPXS_CONNS"), STR(""), false);
		put_record(&in, R_GET_VALUES, 0, buf_str(&asked), 0);
		buf_clear(&out);
		feed();
		rest = buf_str(&out);
		c = expect(&rest, R_VALUES, 0);
		assert_true(c.n < 4096);
		while (at < c.n)
			at += 2 + (size_t)c.p[at] + (size_t)c.p[at + 1];
		assert_int_equal(at, c.n);
		buf_release(&asked);
	}
}

/* Longer than any such record is: refused or answered alike, wherever it is cut. */
static void a_management_record_too_long_is_treated_alike_however_cut(void **state)
{
	char wide[2000] = { 0, 1, 1 };
	struct buf whole = BUF(1 << 16), asked = BUF(1 << 16);

	(void)state;
	for (int i = 0; i < 100; i++)
		put_pair(&asked, STR("FCGI_MPXS_CONNS"), STR(""), false);
	put_record(&whole, R_GET_VALUES, 0, buf_str(&asked), 0);
	put_record(&whole, R_BEGIN, 1, (struct str){ wide, sizeof wide }, 0);
	for (size_t at = 0; at < whole.n; at++) {
		struct str rest;

		wire_release(&w);
		wire_init(&w, 4096);
		buf_clear(&out), buf_clear(&notes);
		note_events(&w, str_head(buf_str(&whole), at), &notes, &out);
		note_events(&w, str_skip(buf_str(&whole), at), &notes, &out);
		assert_str(buf_str(&notes), "F");
		rest = buf_str(&out);
		assert_int_equal(expect(&rest, R_VALUES, 0).n, 0);
	}
	buf_release(&whole), buf_release(&asked);
}

static void unknown_types_are_answered_on_id_0_and_ignored_elsewhere(void **state)
{
	struct str rest, c;

	(void)state;
	put_record(&in, 77, 0, STR("whatever"), 1);
	put_record(&in, 78, 0, STR(""), 0);
	put_record(&in, 79, 5, STR("whatever"), 0);
	put_request(&in, 1, false, 0, STR(""));
	feed();
	assert_str(buf_str(&notes), "R(REQUEST_METHOD=POST,EMPTY=,)E");
	rest = buf_str(&out);
	c = expect(&rest, R_UNKNOWN, 0);
	assert_int_equal(c.n, 8);
	assert_int_equal(c.p[0], 77);
	assert_int_equal(expect(&rest, R_UNKNOWN, 0).p[0], 78);
	assert_int_equal(rest.n, 0);
}

static void abort_is_told_and_ended(void **state)
{
	struct str rest;

	(void)state;
	put_begin(&in, 3, 1, 1, 0);
	put_record(&in, R_PARAMS, 3, STR(""), 0);
	put_record(&in, R_STDIN, 3, STR("half"), 0);
	put_record(&in, R_ABORT, 3, STR(""), 0);
	feed();
	assert_str(buf_str(&notes), "R()halfA");
	wire_abort(&w, &out);
	rest = buf_str(&out);
	expect_end(&rest, 3, 0);
	buf_clear(&notes);
	put_record(&in, R_STDIN, 3, STR("late"), 0); /* of the ended request */
	put_record(&in, R_STDIN, 3, STR(""), 0);
	put_record(&in, R_ABORT, 3, STR(""), 0);
	put_request(&in, 3, false, 0, STR(""));
	feed();
	assert_str(buf_str(&notes), "R(REQUEST_METHOD=POST,EMPTY=,)E");
}

static void what_is_not_fastcgi_is_a_fault(void **state)
{
	static const struct str bad[] = { { "GET / HTTP/1.1\r\n", 16 }, { "\x00\x01\x00\x01\x00\x08\x00\x00", 8 }, { "\x02\x01\x00\x01\x00\x08\x00\x00", 8 },
		{ "\x01\x01\x00\x01\x00\x00\x00\x00", 8 }, { "\x01\x01\x00\x01\x00\x01\x00\x00\x00", 9 }, { "\x01\x01\x00\x00\x00\x08\x00\x00\x00\x01\x01\0\0\0\0\0", 16 } };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		wire_release(&w);
		wire_init(&w, 4096);
		buf_clear(&notes);
		buf_add(&in, bad[i]);
		feed();
		assert_str(buf_str(&notes), "F");
	}
}

static void reply_to_nobody(void) { wire_reply(&w, &out, STR("x"), STR("")); }

static void an_answer_without_a_request_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(reply_to_nobody));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_of_any_size_comes_out_whole, up, down),
		cmocka_unit_test_setup_teardown(a_second_request_meanwhile_is_refused_and_the_first_goes_on, up, down),
		cmocka_unit_test_setup_teardown(the_same_request_begun_twice_is_a_fault, up, down),
		cmocka_unit_test_setup_teardown(another_role_is_refused, up, down),
		cmocka_unit_test_setup_teardown(values_are_told, up, down),
		cmocka_unit_test_setup_teardown(many_values_asked_for_are_answered_within_bounds, up, down),
		cmocka_unit_test_setup_teardown(a_management_record_too_long_is_treated_alike_however_cut, up, down),
		cmocka_unit_test_setup_teardown(unknown_types_are_answered_on_id_0_and_ignored_elsewhere, up, down),
		cmocka_unit_test_setup_teardown(abort_is_told_and_ended, up, down),
		cmocka_unit_test_setup_teardown(what_is_not_fastcgi_is_a_fault, up, down),
		cmocka_unit_test_setup_teardown(an_answer_without_a_request_ends_the_process, up, down),
	};

	return cmocka_run_group_tests_name("web/wire replies", tests, NULL, NULL);
}

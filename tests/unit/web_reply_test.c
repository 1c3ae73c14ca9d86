/* Rows on their way out: by the schema, with a cursor that leads on, and nothing that was not declared. */
#include "tests/unit/rows_kit.h"

#include "lib/web/reply.h"
#include "lib/web/values.h"

enum { INT4 = 23, TEXT = 25, UUID = 2950 };

static SCHEMA(thing, "A thing.", NULL, F_UUID("id", REQUIRED, "x"), F_LINE("title", REQUIRED, 1, 9, "x"), F_INT("n", NULLABLE, 0, 9, NULL, "x"));
static SCHEMA(after, "A page.", NULL, F_CURSOR("after", OPTIONAL, "x"));
static const struct route row = { .gives = &thing_schema, .takes = &after_schema, .status = 201 };
static const struct column columns[] = { { "id", UUID }, { "secret", TEXT }, { "title", TEXT }, { "n", INT4 } };

static struct req r;
static struct buf head, body;

static int up(void **state)
{
	(void)state;
	head = BUF(1 << 16), body = BUF(1 << 16);
	r = (struct req){ .mem = mem_new(1 << 20), .head = &head, .body = &body, .route = &row, .id = STR("id1") };
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(r.mem);
	buf_release(&head), buf_release(&body);
	return 0;
}

/* n rows whose ids end in 0, 1, 2 ... */
static struct rows *things(int n)
{
	struct str cells[40];

	for (int i = 0; i < n; i++) {
		char id[16] = { 1 };

		id[15] = (char)i;
		cells[i * 4] = mem_copy(r.mem, (struct str){ id, 16 });
		cells[i * 4 + 1] = STR("canary");
		cells[i * 4 + 2] = STR("a \"title\"");
		cells[i * 4 + 3] = i % 2 ? STR_NONE : STR("\0\0\0\7");
	}
	return rows_made(r.mem, columns, 4, cells, n);
}

static void a_row_goes_out_by_its_schema(void **state)
{
	(void)state;
	assert_int_equal(reply_row(&r, things(1)), E_OK);
	assert_int_equal(r.status, 201);
	assert_str(buf_str(&body), "{\"id\":\"01000000-0000-0000-0000-000000000000\",\"title\":\"a \\\"title\\\"\",\"n\":7}");
}

static void no_row_is_not_found_and_a_fault_is_itself(void **state)
{
	struct rows *failed = rows_new(r.mem);

	(void)state;
	rows_fail(failed, E_CONFLICT);
	assert_int_equal(reply_row(&r, things(0)), E_NOT_FOUND);
	assert_int_equal(reply_none(&r, things(0)), E_NOT_FOUND);
	assert_int_equal(reply_none(&r, things(1)), E_OK);
	assert_int_equal(reply_row(&r, failed), E_CONFLICT);
	assert_int_equal(reply_page(&r, failed, 5), E_CONFLICT);
	assert_int_equal(reply_none(&r, failed), E_CONFLICT);
}

static void a_page_ends_with_a_cursor_when_there_is_more(void **state)
{
	struct value values[2] = { 0 };
	struct pairs p;
	const char *next;

	(void)state;
	assert_int_equal(reply_page(&r, things(0), 2), E_OK);
	assert_str(buf_str(&body), "{\"items\":[],\"next\":null}");
	buf_clear(&body);
	assert_int_equal(reply_page(&r, things(2), 2), E_OK);
	assert_has(buf_str(&body), "],\"next\":null}");
	assert_has(buf_str(&body), "\"n\":null");
	buf_clear(&body);
	assert_int_equal(reply_page(&r, things(3), 2), E_OK);
	assert_lacks(buf_str(&body), "000000000002");
	next = memmem(body.p, body.n, "\"next\":\"", 8);
	assert_non_null(next);
	r.values = values;
	assert_true(url_parse(r.mem, mem_strf(r.mem, "after=%.22s", next + 8), &p));
	assert_int_equal(values_from_pairs(&r, &after_schema, &p), E_OK);
	assert_str(values[0].text, "01000000-0000-0000-0000-000000000001"); /* the last that was shown */
}

static void what_is_not_declared_cannot_go_out(void **state)
{
	(void)state;
	assert_int_equal(reply_row(&r, things(1)), E_OK);
	assert_int_equal(reply_page(&r, things(5), 5), E_OK);
	assert_lacks(buf_str(&body), "canary");
	assert_lacks(buf_str(&body), "secret");
}

static void an_answer_beyond_its_ceiling_is_an_error(void **state)
{
	(void)state;
	body.max = 100;
	assert_int_equal(reply_page(&r, things(5), 5), E_INTERNAL);
	reply_error(&r, E_CONFLICT); /* replaces what the body holds */
	assert_true(body.n <= 100);
}

static void errors_carry_their_headers(void **state)
{
	struct str all;

	(void)state;
	reply_error(&r, E_UNSIGNED);
	reply_error(&r, E_BAD_TOKEN);
	reply_error(&r, E_FORBIDDEN);
	reply_retry(&r, 7);
	reply_error(&r, E_BUSY);
	all = buf_str(&head);
	assert_has(all, "WWW-Authenticate: Bearer\r\n");
	assert_has(all, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
	assert_has(all, "WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n");
	assert_has(all, "Retry-After: 7\r\n");
	assert_lacks(all, "Retry-After: 1\r\n"); /* told once */
}

static void a_head_is_whole(void **state)
{
	struct buf out = BUF(1 << 16);

	(void)state;
	assert_int_equal(reply_row(&r, things(1)), E_OK);
	reply_header(&r, "Allow", STR("GET"));
	reply_head(&r, &out);
	assert_str(buf_str(&out), "Status: 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 73\r\nCache-Control: no-store\r\n"
	                          "X-Request-Id: id1\r\nAllow: GET\r\n\r\n");
	buf_clear(&out);
	r.status = 204;
	reply_head(&r, &out);
	assert_lacks(buf_str(&out), "Content-");
	buf_release(&out);
}

static void line_break(void) { reply_header(&r, "X", STR("a\r\nSet-Cookie: x")); }
static void nul(void) { reply_header(&r, "X", STR("a\0b")); }
static void missing_column(void) { (void)!reply_row(&r, rows_made(r.mem, columns + 1, 2, (const struct str[]){ STR("x"), STR("y") }, 1)); }
static void undeclared_field(void) { req_text(&r, "nope"); }
static void no_path_value(void) { req_id(&r); }

static void wrong_handlers_end_the_process(void **state)
{
	(void)state;
	assert_true(dies(line_break));
	assert_true(dies(nul));
	assert_true(dies(missing_column));
	assert_true(dies(undeclared_field));
	assert_true(dies(no_path_value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_goes_out_by_its_schema, up, down),
		cmocka_unit_test_setup_teardown(no_row_is_not_found_and_a_fault_is_itself, up, down),
		cmocka_unit_test_setup_teardown(a_page_ends_with_a_cursor_when_there_is_more, up, down),
		cmocka_unit_test_setup_teardown(what_is_not_declared_cannot_go_out, up, down),
		cmocka_unit_test_setup_teardown(an_answer_beyond_its_ceiling_is_an_error, up, down),
		cmocka_unit_test_setup_teardown(errors_carry_their_headers, up, down),
		cmocka_unit_test_setup_teardown(a_head_is_whole, up, down),
		cmocka_unit_test_setup_teardown(wrong_handlers_end_the_process, up, down),
	};

	return cmocka_run_group_tests_name("web/reply", tests, NULL, NULL);
}

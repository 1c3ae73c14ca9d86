/* The tables of errors and programs: whole, plain, and consistent. */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/program.h"
#include "lib/base/str.h"

static void every_error_is_told_whole(void **state)
{
	(void)state;
	for (int e = 0; e < E__MAX; e++) {
		int http = err_http((enum err)e);

		assert_true(e == E_OK ? http == 200 : http >= 400 && http <= 599);
		assert_string_not_equal(err_reason(http), "Unknown");
		assert_true(strlen(err_title((enum err)e)) > 3);
		for (const char *c = err_code((enum err)e); *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || *c == '_');
	}
}

static void no_two_errors_share_a_code(void **state)
{
	(void)state;
	for (int a = 0; a < E__MAX; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(err_code((enum err)a), err_code((enum err)b));
}

/* What clients match on. */
static void the_codes_of_the_contract_stay(void **state)
{
	static const struct { enum err e; int http; const char *code; } known[] = {
		{ E_BAD_JSON, 400, "invalid_json" }, { E_UNSIGNED, 401, "unauthenticated" }, { E_BAD_TOKEN, 401, "invalid_token" },
		{ E_BAD_LOGIN, 401, "invalid_credentials" }, { E_FORBIDDEN, 403, "forbidden" }, { E_NOT_FOUND, 404, "not_found" },
		{ E_NO_METHOD, 405, "method_not_allowed" }, { E_CONFLICT, 409, "conflict" }, { E_EMAIL_TAKEN, 409, "email_exists" },
		{ E_TOO_LARGE, 413, "too_large" }, { E_INVALID, 422, "validation_error" }, { E_TOO_FAST, 429, "rate_limited" },
		{ E_INTERNAL, 500, "internal" }, { E_KILLED, 503, "kill_switch" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		assert_string_equal(err_code(known[i].e), known[i].code);
		assert_int_equal(err_http(known[i].e), known[i].http);
	}
}

static void reasons_are_those_of_http(void **state)
{
	(void)state;
	assert_string_equal(err_reason(404), "Not Found");
	assert_string_equal(err_reason(204), "No Content");
	assert_string_equal(err_reason(799), "Unknown");
}

static void beyond_err(void) { err_http(E__MAX); }
static void beyond_program(void) { program_name(PROGRAM__MAX); }

static void programs_have_names_and_nothing_lies_beyond(void **state)
{
	(void)state;
	assert_string_equal(program_name(PROGRAM_api), "api");
	assert_string_equal(program_name(PROGRAM_auth), "auth");
	assert_true(program_serves(PROGRAM_api));
	assert_false(program_serves(PROGRAM_jobs));
	assert_true(program_has_key(PROGRAM_auth, "refresh"));
	assert_false(program_has_key(PROGRAM_api, "refresh"));
	assert_false(program_has_key(PROGRAM_api, ""));
	assert_true(dies(beyond_err));
	assert_true(dies(beyond_program));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_is_told_whole),
		cmocka_unit_test(no_two_errors_share_a_code),
		cmocka_unit_test(the_codes_of_the_contract_stay),
		cmocka_unit_test(reasons_are_those_of_http),
		cmocka_unit_test(programs_have_names_and_nothing_lies_beyond),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}

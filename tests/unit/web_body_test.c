/* Bodies and queries on their way in: length, type, text, fields; and a request that outgrows its memory. */
#include "tests/unit/world.h"

static struct world w;

static int up(void **state)
{
	(void)state;
	world_open(&w, "host=/nonexistent", (const struct said[]){ { "RATE_LIMIT_RPS", "0" }, { NULL, NULL } });
	return 0;
}

static int down(void **state) { (void)state; world_close(&w); return 0; }

static void refused(struct answer a, int status, const char *code)
{
	if (a.status != status || !memmem(a.body.p, a.body.n, mem_strf(w.mem, "{\"code\":\"%s\"", code).p, strlen(code) + 10))
		fail_msg("%d %.*s instead of %d %s", a.status, STR_FMT(a.body), status, code);
}

static struct answer post(const char *length, const char *type, const char *body)
{
	return ask(&w, "POST", "/auth/login", str_from(body), { "CONTENT_LENGTH", length }, { "CONTENT_TYPE", type });
}

static void a_body_needs_a_length_and_keeps_to_it(void **state)
{
	(void)state;
	refused(ask(&w, "POST", "/auth/login", STR("{}"), { "CONTENT_TYPE", "application/json" }), 411, "length_required");
	refused(post("", "application/json", "{}"), 411, "length_required");
	refused(post("x", "application/json", "{}"), 400, "bad_request");
	refused(post("-1", "application/json", "{}"), 400, "bad_request");
	refused(post("99999999999999999999", "application/json", "{}"), 400, "bad_request");
	refused(post("1048577", "application/json", "{}"), 413, "too_large");
	refused(post("3", "application/json", "{}"), 400, "bad_request"); /* it did not come whole */
	refused(ask(&w, "POST", "/auth/logout", STR("x"), { "CONTENT_LENGTH", "1" }), 401, "unauthenticated"); /* who comes before what */
	refused(ask(&w, "GET", "/healthz", STR("x"), { "CONTENT_LENGTH", "1" }), 413, "too_large");
	assert_int_equal(ask(&w, "GET", "/metrics", STR(""), { "CONTENT_LENGTH", "0" }).status, 200);
}

static void only_declared_media_types_are_read(void **state)
{
	static const char *const bad[] = { "", "text/plain", "application/jsonp", "application/json2", "application/ json", "multipart/form-data", "application/json; charset=latin1",
		"application/json; charset=\"utf-16\"", ";application/json", "application/problem+json" };
	static const char *const good[] = { "application/json", "Application/JSON", " application/json ; charset=UTF-8", "application/json;charset=\"utf-8\"", "application/json; x=y" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		refused(post("2", bad[i], "{}"), 415, "unsupported_media_type");
	for (size_t i = 0; i < COUNT(good); i++)
		refused(post("2", good[i], "{}"), 422, "validation_error");
	refused(post("2", "application/x-www-form-urlencoded", "a="), 422, "validation_error");
	refused(ask(&w, "POST", "/auth/refresh", STR("a="), { "CONTENT_LENGTH", "2" }, { "CONTENT_TYPE", "application/x-www-form-urlencoded" }), 415, "unsupported_media_type");
}

static void text_that_is_no_json_is_told_where(void **state)
{
	struct answer a = ask_json(&w, "POST", "/auth/login", "{\"email\": nope}");

	(void)state;
	refused(a, 400, "invalid_json");
	assert_has(a.body, "Not JSON at byte 10");
	refused(ask_json(&w, "POST", "/auth/login", ""), 400, "invalid_json");
	refused(ask_json(&w, "POST", "/auth/login", "{\"email\":\"a@b\",\"email\":\"c@d\"}"), 400, "invalid_json");
	refused(post("3", "application/x-www-form-urlencoded", "a=%"), 400, "bad_request");
	refused(post("7", "application/x-www-form-urlencoded", "a=1&a=2"), 400, "bad_request");
}

static void wrong_fields_are_named(void **state)
{
	struct answer a = ask_json(&w, "POST", "/auth/signup", "{\"email\":\"nobody\",\"password\":\"short\",\"role\":\"admin\"}");

	(void)state;
	refused(a, 422, "validation_error");
	assert_has(a.body, "{\"path\":\"/email\",\"message\":\"must be an e-mail address\"}");
	assert_has(a.body, "{\"path\":\"/password\",\"message\":\"must have at least 12 bytes, has 5\"}");
	assert_has(a.body, "{\"path\":\"/role\",\"message\":\"is not a field of this request\"}");
	assert_lacks(a.body, "short");
	a = ask_json(&w, "POST", "/auth/signup", "{}");
	assert_has(a.body, "{\"path\":\"/email\",\"message\":\"is missing\"}");
	a = ask(&w, "GET", "/healthz?x=1", STR(""));
	refused(a, 422, "validation_error");
	assert_has(a.body, "\"/x\"");
	refused(ask(&w, "GET", "/healthz?x=%zz", STR("")), 400, "bad_request");
	refused(ask(&w, "GET", "/healthz?x=1&x=2", STR("")), 400, "bad_request");
	assert_int_equal(ask(&w, "GET", "/metrics?", STR("")).status, 200);
}

/* The arena's ceiling ends this request alone, in one answer of its own; the next one is served as if nothing had been. */
static void a_request_that_outgrows_its_memory_fails_alone(void **state)
{
	struct mem *roomy = w.mem;
	char *wide = malloc(600001);

	(void)state;
	memset(wide, 'w', 600000);
	memcpy(wide, "{\"email\":\"", 10);
	wide[600000] = '\0';
	log_open("test", LOG_ERROR + 1);
	w.mem = mem_new(300000);
	for (int round = 0; round < 3; round++) {
		refused(ask_json(&w, "POST", "/auth/login", wide), 400, "invalid_json");
		wide[599998] = '"', wide[599999] = '}';
		refused(ask_json(&w, "POST", "/auth/login", wide), 500, "internal");
		wide[599998] = wide[599999] = 'w';
		refused(ask_json(&w, "POST", "/auth/login", "{}"), 422, "validation_error");
	}
	mem_free(w.mem);
	w.mem = roomy;
	free(wide);
}

static void without_a_database_a_statement_is_503(void **state)
{
	struct answer a = ask_json(&w, "POST", "/auth/login", "{\"email\":\"a@b\",\"password\":\"correct horse battery\"}");

	(void)state;
	refused(a, 503, "database_away");
	assert_str(header(a, "Retry-After"), "1");
	assert_lacks(a.body, "nonexistent");
}

static void a_closed_door_and_a_pulled_switch_say_so(void **state)
{
	static const char good[] = "{\"email\":\"a@b\",\"password\":\"correct horse battery\"}";

	(void)state;
	w.app.killed = true;
	snprintf(w.app.kill_reason, sizeof w.app.kill_reason, "until \"noon\"");
	refused(ask_json(&w, "POST", "/auth/signup", good), 503, "kill_switch");
	assert_has(ask_json(&w, "POST", "/auth/signup", good).body, "(until \\\"noon\\\")");
	w.app.settings.SIGNUP = STR("closed");
	refused(ask_json(&w, "POST", "/auth/signup", good), 403, "signup_closed");
	w.app.settings.SIGNUP = STR("invite");
	refused(ask_json(&w, "POST", "/auth/signup", good), 403, "signup_closed");
}

static void a_made_up_refresh_token_needs_no_database_to_be_refused(void **state)
{
	(void)state;
	refused(ask_json(&w, "POST", "/auth/refresh", "{\"refresh_token\":\"AZORpHweUS2aVQxtLx6LEQAAAAA\"}"), 401, "invalid_token");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_body_needs_a_length_and_keeps_to_it, up, down),
		cmocka_unit_test_setup_teardown(only_declared_media_types_are_read, up, down),
		cmocka_unit_test_setup_teardown(text_that_is_no_json_is_told_where, up, down),
		cmocka_unit_test_setup_teardown(wrong_fields_are_named, up, down),
		cmocka_unit_test_setup_teardown(a_request_that_outgrows_its_memory_fails_alone, up, down),
		cmocka_unit_test_setup_teardown(without_a_database_a_statement_is_503, up, down),
		cmocka_unit_test_setup_teardown(a_closed_door_and_a_pulled_switch_say_so, up, down),
		cmocka_unit_test_setup_teardown(a_made_up_refresh_token_needs_no_database_to_be_refused, up, down),
	};

	return cmocka_run_group_tests_name("web/serve bodies", tests, NULL, NULL);
}

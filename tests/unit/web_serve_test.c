/* The life of a request that needs no database: routes, methods, headers, bodies, limits, errors. */
#include "tests/unit/world.h"

#include "lib/base/json.h"

#define ADDRESS(a) { "REMOTE_ADDR", a }

static struct world w;

static int up(void **state)
{
	(void)state;
	world_open(&w, "host=/nonexistent", (const struct said[]){ { "ALLOWED_ORIGINS", "https://a.example, https://b.example" }, { "RATE_LIMIT_RPS", "5" }, { NULL, NULL } });
	return 0;
}

static int down(void **state) { (void)state; world_close(&w); return 0; }

/* An error in the envelope: JSON, of that status and code, with the id of the header. */
static void refused(struct answer a, int status, const char *code)
{
	struct json_fault fault;
	struct str id = header(a, "X-Request-Id");

	if (a.status != status)
		fail_msg("status %d, wanted %d: %.*s", a.status, status, STR_FMT(a.body));
	assert_true(json_scan(w.mem, a.body, &fault));
	assert_true(str_has_prefix(a.body, mem_strf(w.mem, "{\"error\":{\"code\":\"%s\",\"message\":\"", code)));
	assert_true(memmem(a.body.p, a.body.n, mem_strf(w.mem, "\"request_id\":\"%.*s\"", STR_FMT(id)).p, id.n + 15) != NULL);
	assert_str(header(a, "Content-Type"), "application/json; charset=utf-8");
	assert_str(header(a, "Cache-Control"), "no-store");
}

static void what_is_not_there_is_404(void **state)
{
	static const char *const paths[] = { "/", "/nope", "/quests/", "/quests/not-a-uuid", "/quests/019391a4-0000-7d2b-9a55-0c6d2f1e8b1", "//quests", "/quests/%zz", "*", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths) - 1; i++)
		refused(ask(&w, "GET", paths[i], STR("")), 404, "not_found");
	refused(ask(&w, "GET", "", STR("")), 400, "bad_request");
	refused(ask(&w, "", "/quests", STR("")), 400, "bad_request");
}

static void the_wrong_method_is_405_with_allow(void **state)
{
	struct answer a = ask(&w, "PATCH", "/quests", STR(""));

	(void)state;
	refused(a, 405, "method_not_allowed");
	assert_str(header(a, "Allow"), "GET, HEAD, POST");
	refused(ask(&w, "OPTIONS", "/quests", STR("")), 405, "method_not_allowed"); /* no preflight without Origin */
}

static void a_parameter_that_stands_twice_is_400(void **state)
{
	(void)state;
	refused(ask(&w, "GET", "/healthz", STR(""), { "HTTP_ACCEPT", "a" }, { "HTTP_ACCEPT", "b" }), 400, "bad_request");
	refused(ask(&w, "GET", "/healthz", STR(""), { "REQUEST_URI", "/healthz" }), 400, "bad_request");
	assert_int_equal(ask(&w, "GET", "/healthz", STR(""), { "HTTP_X_OTHER", "a" }, { "HTTP_X_OTHER", "b" }).status, 503);
}

static void a_good_request_id_is_kept_and_a_bad_one_replaced(void **state)
{
	static const char *const bad[] = { "a b", "a\r\nX: y", "\xc3\xa4", "a/b", "12345678901234567890123456789012345678901234567890123456789012345", "<x>" };
	struct answer a = ask(&w, "GET", "/nope", STR(""), { "HTTP_X_REQUEST_ID", "Abc.-_9" });
	struct str first;

	(void)state;
	assert_str(header(a, "X-Request-Id"), "Abc.-_9");
	refused(a, 404, "not_found");
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct str id = header(ask(&w, "GET", "/nope", STR(""), { "HTTP_X_REQUEST_ID", bad[i] }), "X-Request-Id");

		assert_int_equal(id.n, 16);
	}
	first = header(ask(&w, "GET", "/nope", STR("")), "X-Request-Id");
	first = (struct str){ strndup(first.p, first.n), first.n };
	assert_false(str_is(first, header(ask(&w, "GET", "/nope", STR("")), "X-Request-Id")));
	free((void *)(uintptr_t)first.p);
}

static void problems_are_told_as_rfc_9457_when_asked_for(void **state)
{
	struct answer a = ask(&w, "GET", "/nope", STR(""), { "HTTP_ACCEPT", "text/html, application/problem+json;q=0.9" }, { "HTTP_X_REQUEST_ID", "id1" });
	struct json_fault fault;

	(void)state;
	assert_int_equal(a.status, 404);
	assert_str(header(a, "Content-Type"), "application/problem+json; charset=utf-8");
	assert_true(json_scan(w.mem, a.body, &fault));
	assert_has(a.body, "\"type\":\"urn:life-agent:error:not_found\"");
	assert_has(a.body, "\"status\":404");
	assert_has(a.body, "\"title\":\"There is nothing here");
	assert_has(a.body, "\"detail\":\"");
	assert_has(a.body, "id1");
	assert_lacks(a.body, "\"error\"");
}

static void health_says_what_does_not_work(void **state)
{
	struct answer a = ask(&w, "GET", "/healthz", STR(""));

	(void)state;
	assert_int_equal(a.status, 503);
	assert_str(header(a, "Retry-After"), "1");
	assert_has(a.body, "\"status\":\"unavailable\"");
	assert_has(a.body, "\"database\":{\"ok\":false,\"note\":\"not reachable\"}");
	a = ask(&w, "HEAD", "/healthz", STR(""));
	assert_int_equal(a.status, 503);
}

static void metrics_need_no_database_either(void **state)
{
	struct answer a = ask(&w, "GET", "/metrics", STR(""));

	(void)state;
	assert_int_equal(a.status, 200);
	assert_str(header(a, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	ask(&w, "GET", "/nope", STR(""));
	a = ask(&w, "GET", "/metrics", STR(""));
	assert_has(a.body, "http_requests_total{op=\"metrics\",status=\"2xx\"} 1\n");
	assert_has(a.body, "http_requests_total{op=\"none\",status=\"4xx\"} 1\n");
}

static void only_listed_origins_get_cors_headers(void **state)
{
	static const char *const others[] = { "https://c.example", "https://a.example.evil", "http://a.example", "null", "https://a.example/", "HTTPS://A.EXAMPLE" };
	struct answer a = ask(&w, "OPTIONS", "/quests", STR(""), { "HTTP_ORIGIN", "https://b.example" }, { "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST" });

	(void)state;
	assert_int_equal(a.status, 204);
	assert_int_equal(a.body.n, 0);
	assert_str(header(a, "Access-Control-Allow-Origin"), "https://b.example");
	assert_str(header(a, "Access-Control-Allow-Methods"), "POST");
	assert_has(header(a, "Access-Control-Allow-Headers"), "Authorization");
	assert_str(header(a, "Vary"), "Origin");
	assert_null(header(a, "Access-Control-Allow-Credentials").p);
	a = ask(&w, "GET", "/nope", STR(""), { "HTTP_ORIGIN", "https://a.example" });
	assert_str(header(a, "Access-Control-Allow-Origin"), "https://a.example");
	for (size_t i = 0; i < COUNT(others); i++) {
		a = ask(&w, "OPTIONS", "/quests", STR(""), { "HTTP_ORIGIN", others[i] }, { "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST" });
		assert_null(header(a, "Access-Control-Allow-Origin").p);
		assert_str(header(a, "Vary"), "Origin");
	}
	refused(ask(&w, "OPTIONS", "/nope", STR(""), { "HTTP_ORIGIN", "https://a.example" }, { "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST" }), 404, "not_found");
}

static void nobody_is_told_to_sign_in(void **state)
{
	struct answer a = ask(&w, "GET", "/me", STR(""));

	(void)state;
	refused(a, 401, "unauthenticated");
	assert_str(header(a, "WWW-Authenticate"), "Bearer");
	refused(ask(&w, "GET", "/quests", STR("")), 401, "unauthenticated");
}

/* Every way for a credential to be wrong looks the same. */
static void all_bad_credentials_get_the_same_answer(void **state)
{
	static const char *const bad[] = { "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer a.b", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer  x.y.z", "x", "Token abc" };
	struct str one = STR_NONE;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct answer a = ask(&w, "GET", "/me", STR(""), { "HTTP_AUTHORIZATION", bad[i] }, { "HTTP_X_REQUEST_ID", "same" }, ADDRESS(mem_strf(w.app.mem, "192.0.2.%zu", i).p));

		refused(a, 401, "invalid_token");
		assert_str(header(a, "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
		assert_true(!one.p || str_is(one, a.body));
		one = mem_copy(w.app.mem, a.body);
	}
	refused(ask(&w, "GET", "/me", STR(""), { "HTTP_AUTHORIZATION", "Bearer a.b.c" }, { "HTTP_X_API_KEY", "k" }), 400, "bad_request");
}

static void too_many_are_429_with_retry_after(void **state)
{
	struct answer a = ask(&w, "GET", "/me", STR(""), ADDRESS("192.0.2.7"));

	(void)state;
	assert_str(header(a, "RateLimit-Limit"), "10");
	assert_str(header(a, "RateLimit-Remaining"), "9");
	for (int i = 0; i < 200 && a.status != 429; i++)
		a = ask(&w, "GET", "/me", STR(""), ADDRESS("192.0.2.7"));
	refused(a, 429, "rate_limited");
	assert_str(header(a, "Retry-After"), "1");
	assert_str(header(a, "RateLimit-Remaining"), "0");
	assert_int_equal(ask(&w, "GET", "/me", STR(""), ADDRESS("192.0.2.8")).status, 401);
	assert_int_equal(ask(&w, "GET", "/healthz", STR(""), ADDRESS("192.0.2.7")).status, 503); /* never limited */
}

/* However it is written, a /64 is one client: whoever has one has all of its addresses. */
static void ipv6_counts_by_its_64_bits(void **state)
{
	static const char *const same[] = { "2001:db8::1", "2001:db8::2", "2001:db8::1:2:3:4", "2001:db8::5:2:3:4", "2001:db8:0:0:9:8:7:6", "2001:0db8:0000:0000:ffff:ffff:ffff:ffff" };
	static const char *const other[] = { "2001:db8:0:1::1", "2001:db9::1", "192.0.2.1", "::1" };

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		struct str left = header(ask(&w, "GET", "/me", STR(""), ADDRESS(same[i])), "RateLimit-Remaining");

		if (!str_is(left, mem_strf(w.mem, "%d", 9 - (int)i)))
			fail_msg("%s has a bucket of its own: %.*s left", same[i], STR_FMT(left));
	}
	for (size_t i = 0; i < COUNT(other); i++)
		assert_str(header(ask(&w, "GET", "/me", STR(""), ADDRESS(other[i])), "RateLimit-Remaining"), "9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_there_is_404, up, down),
		cmocka_unit_test_setup_teardown(the_wrong_method_is_405_with_allow, up, down),
		cmocka_unit_test_setup_teardown(a_parameter_that_stands_twice_is_400, up, down),
		cmocka_unit_test_setup_teardown(a_good_request_id_is_kept_and_a_bad_one_replaced, up, down),
		cmocka_unit_test_setup_teardown(problems_are_told_as_rfc_9457_when_asked_for, up, down),
		cmocka_unit_test_setup_teardown(health_says_what_does_not_work, up, down),
		cmocka_unit_test_setup_teardown(metrics_need_no_database_either, up, down),
		cmocka_unit_test_setup_teardown(only_listed_origins_get_cors_headers, up, down),
		cmocka_unit_test_setup_teardown(nobody_is_told_to_sign_in, up, down),
		cmocka_unit_test_setup_teardown(all_bad_credentials_get_the_same_answer, up, down),
		cmocka_unit_test_setup_teardown(too_many_are_429_with_retry_after, up, down),
		cmocka_unit_test_setup_teardown(ipv6_counts_by_its_64_bits, up, down),
	};

	return cmocka_run_group_tests_name("web/serve", tests, NULL, NULL);
}

/* Requests by somebody, against a scripted database: who may what, what a dead credential gets, and that hidden looks like absent. */
#include "tests/unit/peer.h"
#include "tests/unit/world.h"

#include "build/gen/sql.h"
#include "lib/base/clock.h"

#define SUB "019391a4-0000-7d2b-9a55-0c6d2f1e8b11"
#define UUID_BYTES { "\x01\x93\x91\xa4\0\0\x7d\x2b\x9a\x55\x0c\x6d\x2f\x1e\x8b\x11", 16 }
#define TRUE { "\1", 1 }
#define TEXT(s) { s, sizeof s - 1 }
#define QUEST "/quests/019391a4-2222-7d2b-9a55-0c6d2f1e8b11"

#define CAVE_KEY(name) \
	{ name, .rows = 1, .columns = 10, .column = { { "id", T_UUID_OID, UUID_BYTES }, { "scope", T_TEXT_OID, TEXT("{}") }, { "rate_limit", T_INT4_OID, { "\0\0\0\144", 4 } }, \
	  { "created_at", T_TEXT_OID, TEXT("") }, { "last_used_at", T_TEXT_OID, TEXT("") }, { "expires_at", T_TEXT_OID, TEXT("") }, { "key_prefix", T_TEXT_OID, TEXT("") }, \
	  { "rotated_from", T_TEXT_OID, TEXT("") }, { "rotated_at", T_TEXT_OID, TEXT("") }, { "revoked", T_BOOL_OID, TRUE } } }
/* What the database grants of a limit of 100 a minute. */
#define KEY_RATE(granted) \
	{ "key_rate_take", .rows = 1, .columns = 4, .column = { { "granted", T_INT4_OID, { granted, 4 } }, { "remaining", T_INT4_OID, { "\0\0\0\132", 4 } }, \
	  { "reset_ms", T_INT4_OID, { "\0\0\352\140", 4 } }, { "retry_ms", T_INT4_OID, { "\0\0\23\210", 4 } } } }
#define KEY_FIND \
	{ "key_find", .rows = 1, .columns = 7, .column = { { "principal_id", T_UUID_OID, UUID_BYTES }, { "role", T_TEXT_OID, TEXT("pro") }, { "scopes", T_TEXT_OID, TEXT("quest:read") }, \
	  { "key_id", T_UUID_OID, UUID_BYTES }, { "type", T_TEXT_OID, TEXT("namespace") }, { "rate_limit", T_INT4_OID, { "\0\0\0\144", 4 } }, { "successor", T_UUID_OID, UUID_BYTES } } }

static int64_t now_big;
#define STATE(...) { "system_state", .rows = 1, .columns = 6, .column = { { "now_us", T_INT8_OID, { (const char *)&now_big, 8 } }, \
	{ "migration", T_INT4_OID, { (const char[]){ 0, 0, 0, SQL_MIGRATION }, 4 } }, { "killed", T_BOOL_OID, { "\0", 1 } }, { "reason", T_TEXT_OID, TEXT("") }, \
	{ "waits_us", T_INT8_OID, { "\0\0\0\0\0\0\0\0", 8 } }, { "fault", T_TEXT_OID, __VA_ARGS__ } } }
static const struct script alive[] = {
	{ "enter_session", .rows = 1, .columns = 1, .column = { { "enter_session", T_UUID_OID, UUID_BYTES } } },
	{ "enter_key", .rows = 1, .columns = 1, .column = { { "enter_key", T_UUID_OID, UUID_BYTES } } },
	{ "enter_again", .rows = 1, .columns = 1, .column = { { "become", T_BOOL_OID, TRUE } } },
	{ "enter_key_again", .rows = 1, .columns = 1, .column = { { "become_key", T_BOOL_OID, TRUE } } },
	KEY_FIND,
	KEY_RATE("\0\0\0\12"),
	{ "enter_session_in", .rows = 1, .columns = 1, .column = { { "case", T_UUID_OID, UUID_BYTES } } },
	{ "enter_key_in", .error = "LA404" },
	{ "me_get", .rows = 1, .columns = 10, .column = { { "id", T_UUID_OID, UUID_BYTES }, { "email", T_TEXT_OID, { NULL, 0 } }, { "name", T_TEXT_OID, TEXT("build server") },
		{ "role", T_TEXT_OID, TEXT("pro") }, { "kind", T_TEXT_OID, TEXT("service") }, { "namespace_id", T_UUID_OID, UUID_BYTES }, { "owner_id", T_UUID_OID, { NULL, 0 } },
		{ "expires_at", T_UUID_OID, { NULL, 0 } }, { "active", T_UUID_OID, UUID_BYTES }, { "namespaces", T_JSON_OID, TEXT("[]") } } },
	{ "quest_get", .columns = 1, .column = { { "id", T_UUID_OID, UUID_BYTES } } },
	{ "quest_update", .columns = 1, .column = { { "id", T_UUID_OID, UUID_BYTES } } },
	{ "quest_delete", .rows = 1, .columns = 1, .column = { { "id", T_UUID_OID, UUID_BYTES } } },
	{ "quest_create", .error = "23505" },
	CAVE_KEY("cave_key_bootstrap"),
	{ "switch_get", .error = "XX000" },
	STATE({ NULL, 0 }),
	{ NULL },
};
static const struct script unaudited[] = {
	{ "enter_session", .rows = 1, .columns = 1, .column = { { "enter_session", T_BOOL_OID, TRUE } } },
	{ "quest_get", .rows = 1, .columns = 11, .column = { { "id", T_UUID_OID, UUID_BYTES }, { "title", T_TEXT_OID, TEXT("x") }, { "body", T_TEXT_OID, TEXT("") }, { "status", T_TEXT_OID, TEXT("open") },
		{ "visibility", T_TEXT_OID, TEXT("private") }, { "difficulty", T_TEXT_OID, TEXT("easy") }, { "tags", T_TEXT_OID, TEXT("") }, { "version", T_INT8_OID, { "\0\0\0\0\0\0\0\1", 8 } },
		{ "owner_id", T_UUID_OID, UUID_BYTES }, { "created_at", T_TEXT_OID, TEXT("") }, { "updated_at", T_TEXT_OID, TEXT("") } } },
	STATE(TEXT("audit.jsonl cannot be written: No space left on device")),
	{ NULL },
};
static const struct script spent[] = { KEY_FIND, KEY_RATE("\0\0\0\0"), { NULL } };
static const struct script unsure[] = { KEY_FIND, { "key_rate_take", .error = "53300" }, { NULL } };
static const struct script dead[] = {
	{ "enter_session", .rows = 1, .columns = 1, .column = { { "enter_session", T_UUID_OID, { NULL, 0 } } } },
	{ "enter_key", .rows = 1, .columns = 1, .column = { { "enter_key", T_UUID_OID, { NULL, 0 } } } },
	{ "enter_again", .rows = 1, .columns = 1, .column = { { "become", T_BOOL_OID, TRUE } } },
	{ "enter_session_in", .rows = 1, .columns = 1, .column = { { "case", T_UUID_OID, { NULL, 0 } } } },
	{ "key_find", .columns = 3, .column = { { "principal_id", T_UUID_OID, { NULL, 0 } }, { "role", T_TEXT_OID, { NULL, 0 } }, { "scopes", T_TEXT_OID, { NULL, 0 } } } },
	{ "enter_key_again", .rows = 1, .columns = 1, .column = { { "become_key", T_BOOL_OID, TRUE } } },
	KEY_RATE("\0\0\0\12"),
	{ "quest_get", .rows = 1, .columns = 1, .column = { { "id", T_UUID_OID, UUID_BYTES } } },
	{ "quest_delete", .rows = 1, .columns = 1, .column = { { "id", T_UUID_OID, UUID_BYTES } } },
	{ NULL },
};

static struct world w;
static struct peer peer;
static int64_t worlds;

static int open_with(const struct script *scripts)
{
	char conninfo[64];

	now_big = (int64_t)htobe64((uint64_t)clock_wall_us());
	peer_start(&peer, scripts);
	snprintf(conninfo, sizeof conninfo, "host=%s user=x dbname=x", peer.folder);
	world_open(&w, conninfo, (const struct said[]){ { "RATE_LIMIT_RPS", "0" }, { NULL, NULL } });
	w.app.shared->endings = ++worlds; /* what another world let in is not let in here */
	for (int i = 0; i < 500 && pool_state(w.app.pool).ready < 2; i++)
		loop_turn(w.app.loop, 10000);
	return pool_state(w.app.pool).ready == 2 ? 0 : 1;
}

static int up(void **state) { (void)state; return open_with(alive); }
static int up_spent(void **state) { (void)state; return open_with(spent); }
static int up_unsure(void **state) { (void)state; return open_with(unsure); }
static int up_unaudited(void **state) { (void)state; return open_with(unaudited); }
static int up_dead(void **state) { (void)state; return open_with(dead); }

static int down(void **state)
{
	(void)state;
	world_close(&w);
	peer_stop(&peer);
	return 0;
}

static void bearer(enum role role, char *out, size_t n)
{
	struct mem *m = mem_new(1 << 16);
	struct str token = token_issue(m, &w.app.keys, &(struct actor){ .role = role, .principal = STR(SUB), .session = STR("019391a4-1111-7d2b-9a55-0c6d2f1e8b11") }, req_now_s());

	snprintf(out, n, "Bearer %.*s", STR_FMT(token));
	mem_free(m);
}

/* As somebody of that role, with a token. */
static struct answer as(enum role role, const char *method, const char *uri, const char *body)
{
	char authorization[1024], n[24];

	bearer(role, authorization, sizeof authorization);
	snprintf(n, sizeof n, "%zu", strlen(body));
	return ask(&w, method, uri, str_from(body), { "HTTP_AUTHORIZATION", authorization }, { "CONTENT_TYPE", "application/json" }, { "CONTENT_LENGTH", n }, { "HTTP_X_REQUEST_ID", "same" });
}

static struct answer as_in(const char *namespace, const char *header)
{
	char authorization[1024];

	bearer(PRO, authorization, sizeof authorization);
	return ask(&w, "GET", "/me", STR(""), { "HTTP_AUTHORIZATION", authorization }, { header, namespace });
}

static void health_is_good_when_everything_is(void **state)
{
	struct answer a = { 0 };

	(void)state;
	for (int i = 0; i < 300 && a.status != 200; i++) {
		w.app.shared->beats[PROGRAM_auth][0].at_us = clock_mono_us();
		loop_turn(w.app.loop, 10000);
		a = ask(&w, "GET", "/healthz", STR(""));
	}
	if (a.status != 200)
		fail_msg("%.*s", STR_FMT(a.body));
	assert_has(a.body, "{\"status\":\"ok\",\"version\":\"" APP_VERSION "\"");
	assert_lacks(a.body, "false");
	assert_null(header(a, "Retry-After").p);
}

static void nothing_is_changed_while_the_audit_log_cannot_be_written(void **state)
{
	static const struct { const char *method, *uri, *body; } changes[] = {
		{ "POST", "/quests", "{\"title\":\"x\"}" }, { "DELETE", QUEST, "" }, { "PATCH", "/profile", "{}" }, { "POST", "/auth/keys", "{\"name\":\"x\"}" },
		{ "PUT", "/api/v1/admin/kill-switch", "{\"on\":true}" }, { "POST", "/auth/signup", "{\"email\":\"a@b.example\",\"password\":\"twelve bytes and more\"}" },
	};
	struct answer a = { 0 };

	(void)state;
	for (int i = 0; i < 300 && !w.app.unaudited; i++)
		loop_turn(w.app.loop, 10000);
	a = ask(&w, "GET", "/healthz", STR(""));
	assert_int_equal(a.status, 503);
	assert_has(a.body, "\"audit\":{\"ok\":false,\"note\":\"audit.jsonl cannot be written: No space left on device\"}");
	for (size_t i = 0; i < COUNT(changes); i++) {
		a = as(ADMIN, changes[i].method, changes[i].uri, changes[i].body);
		assert_int_equal(a.status, 503);
		assert_has(a.body, "\"audit_unavailable\"");
		assert_str(header(a, "Retry-After"), "1");
	}
	assert_int_equal(as(ADMIN, "GET", QUEST, "").status, 200);
	assert_int_equal(as(BEGINNER, "PUT", "/api/v1/admin/kill-switch", "{\"on\":true}").status, 403);
	a = as(ADMIN, "POST", "/auth/login", "{}");
	assert_int_not_equal(a.status, 503);
	w.app.unaudited = false;
	w.app.settings.AUDIT_FAIL_CLOSED = false;
	a = as(ADMIN, "PATCH", "/profile", "{}");
	assert_lacks(a.body, "audit_unavailable");
}

static void the_actor_is_told_who_he_is(void **state)
{
	struct answer a = as(PRO, "GET", "/me", "");

	(void)state;
	assert_int_equal(a.status, 200);
	assert_has(a.body, "{\"user\":{\"id\":\"" SUB "\",\"email\":null,\"name\":\"build server\",\"role\":\"pro\",\"kind\":\"service\"");
	assert_has(a.body, "],\"namespace_id\":\"" SUB "\",\"namespaces\":[]}");
	assert_has(a.body, "\"permissions\":[\"quest:read\",\"quest:write\",\"account:read\"");
}

static void a_role_too_low_is_forbidden(void **state)
{
	(void)state;
	for (enum role role = BEGINNER; role < ADMIN; role++) {
		struct answer a = as(role, "GET", "/api/v1/admin/kill-switch", "");

		assert_int_equal(a.status, 403);
		assert_str(header(a, "WWW-Authenticate"), "Bearer error=\"insufficient_scope\"");
	}
	assert_int_equal(as(ADMIN, "GET", "/api/v1/admin/kill-switch", "").status, 500);
}

static void faults_of_the_database_keep_their_text(void **state)
{
	struct answer a = as(ADMIN, "GET", "/api/v1/admin/kill-switch", "");

	(void)state;
	log_open("test", LOG_ERROR + 1);
	assert_int_equal(a.status, 500);
	assert_lacks(a.body, "secret text");
	assert_lacks(a.body, "XX000");
	a = as(PRO, "POST", "/quests", "{\"title\":\"x\"}");
	assert_int_equal(a.status, 409);
	assert_lacks(a.body, "secret text");
}

/* No row: the same bytes as for a path that cannot name one. */
static void hidden_looks_like_absent(void **state)
{
	struct answer a = as(PRO, "GET", QUEST, "");
	struct str hidden = mem_copy(w.app.mem, a.body), head = mem_copy(w.app.mem, a.head);

	(void)state;
	assert_int_equal(a.status, 404);
	a = as(PRO, "GET", "/quests/nothing", "");
	assert_true(str_is(hidden, a.body) && str_is(head, a.head));
	a = as(PRO, "PATCH", QUEST, "{\"title\":\"x\"}");
	assert_true(str_is(hidden, a.body) && str_is(head, a.head));
}

static void the_kill_switch_stops_writes_alone(void **state)
{
	(void)state;
	w.app.killed = true;
	assert_int_equal(as(PRO, "POST", "/quests", "{\"title\":\"x\"}").status, 503);
	assert_int_equal(as(PRO, "DELETE", QUEST, "").status, 503);
	assert_int_equal(as(PRO, "GET", QUEST, "").status, 404);
	assert_int_equal(as(PRO, "GET", "/me", "").status, 200);
	w.app.killed = false;
	assert_int_equal(as(PRO, "DELETE", QUEST, "").status, 204);
}

static void a_key_may_what_it_was_given(void **state)
{
	struct answer a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_1" });

	(void)state;
	assert_int_equal(a.status, 200);
	assert_has(a.body, "\"permissions\":[\"quest:read\"]");
	a = ask(&w, "DELETE", QUEST, STR(""), { "HTTP_AUTHORIZATION", "Bearer la_key_1" });
	assert_int_equal(a.status, 403);
	assert_int_equal(ask(&w, "GET", QUEST, STR(""), { "HTTP_AUTHORIZATION", "Bearer la_key_1" }).status, 404);
}

/* Before anything is asked or written. */
static void without_its_secret_no_key_is_rotated(void **state)
{
	struct answer a = as(ADMIN, "POST", "/api/v1/auth/keys/rotate", "{\"key_id\":\"" SUB "\"}");

	(void)state;
	assert_int_equal(a.status, 503);
	assert_has(a.body, "\"code\":\"secret_missing\"");
}

/* The first key of all is made on this host, and not through another proxy. */
static void nobody_elsewhere_makes_the_first_key(void **state)
{
	static const char body[] = "{\"scope\":{\"type\":\"admin\"}}";
	static const struct { const char *address, *forwarded; int status; } all[] = {
		{ "127.0.0.1", NULL, 201 }, { "127.3.2.1", NULL, 201 }, { "::1", NULL, 201 }, { "::ffff:127.0.0.1", NULL, 201 }, { "127.0.0.1", "1", 401 },
		{ "10.0.0.1", NULL, 401 }, { "::2", NULL, 401 }, { "1127.0.0.1", NULL, 401 }, { "", NULL, 401 },
	};
	char n[8];

	(void)state;
	snprintf(n, sizeof n, "%zu", sizeof body - 1);
	for (size_t i = 0; i < COUNT(all); i++) {
		struct answer a = ask(&w, "POST", "/api/v1/auth/keys", str_from(body), { "CONTENT_TYPE", "application/json" }, { "CONTENT_LENGTH", n }, { "REMOTE_ADDR", all[i].address },
		                      { all[i].forwarded ? "FORWARDED" : "X", "1" });

		if (a.status != all[i].status)
			fail_msg("%s: %d", all[i].address, a.status);
	}
}

/* Told with every answer: ten granted here, ninety left elsewhere. */
static void a_key_has_a_limit_of_its_own(void **state)
{
	struct answer a;

	(void)state;
	for (int i = 0; i < 12; i++) {
		a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_1" });
		assert_int_equal(a.status, 200);
		assert_str(header(a, "RateLimit-Limit"), "100");
		assert_true(header(a, "RateLimit-Remaining").n == 2 && header(a, "RateLimit-Remaining").p[0] == '9');
		assert_str(header(a, "X-Cave-Key-Rotated"), SUB);
	}
}

/* A refusal names its facts, and the database is not asked again before it would say something else. */
static void a_key_that_has_used_its_limit_is_refused(void **state)
{
	struct answer a;

	(void)state;
	for (int i = 0; i < 3; i++) {
		a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_3" });
		assert_int_equal(a.status, 429);
		assert_str(header(a, "RateLimit-Remaining"), "0");
		assert_true(header(a, "Retry-After").n == 1 && strchr("56", header(a, "Retry-After").p[0]));
		assert_has(a.body, "\"details\":[{\"path\":\"category\",\"message\":\"namespace\"},{\"path\":\"limit\",\"message\":\"100\"},{\"path\":\"window_seconds\",\"message\":\"60\"}");
	}
}

/* A limit that cannot be looked up refuses. */
static void a_key_whose_limit_is_not_known_is_refused(void **state)
{
	(void)state;
	log_open("test", LOG_ERROR + 1);
	assert_int_equal(ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_4" }).status, 503);
}

/* Both names of the header; where the actor does not belong there, everything looks as if it were not there. */
static void a_namespace_is_entered_by_whoever_belongs_to_it(void **state)
{
	static const char *const odd[] = { "Other", "-_", "o ther", "\xff", "x23456789012345678901234567890123456789012345678901234567890123y" };
	struct answer a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_1" }, { "HTTP_X_NAMESPACE", "other" }, { "HTTP_X_REQUEST_ID", "same" });
	struct str hidden = mem_copy(w.app.mem, a.body);

	(void)state;
	assert_int_equal(a.status, 404);
	for (size_t i = 0; i < COUNT(odd); i++) {
		a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_1" }, { "HTTP_X_NAMESPACE", odd[i] }, { "HTTP_X_REQUEST_ID", "same" });
		assert_int_equal(a.status, 404);
		assert_true(str_is(a.body, hidden));
	}
	assert_int_equal(as_in("other", "HTTP_X_NAMESPACE").status, 200);
	assert_int_equal(as_in("other", "HTTP_X_CAVE_NAMESPACE").status, 200);
	a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_1" }, { "HTTP_X_NAMESPACE", "a" }, { "HTTP_X_CAVE_NAMESPACE", "b" });
	assert_int_equal(a.status, 400);
	assert_int_equal(ask(&w, "GET", "/me", STR(""), { "HTTP_X_NAMESPACE", "other" }).status, 401);
	assert_int_equal(ask(&w, "GET", "/metrics", STR(""), { "HTTP_X_NAMESPACE", "Other" }).status, 200); /* nobody is asked who he is */
}

static void nobody_dead_enters_a_namespace(void **state)
{
	(void)state;
	assert_int_equal(as_in("other", "HTTP_X_NAMESPACE").status, 401);
}

/* Cookies are sent along whoever's page asks: what changes something must come from ours. */
static void a_cookie_signs_in_from_our_own_page(void **state)
{
	static const struct { const char *origin, *site; int status; } all[] = {
		{ "https://la.example:8443", "", 204 }, { "", "same-origin", 204 }, { "https://public.example", "cross-site", 204 }, { "", "", 403 }, { "", "same-site", 403 },
		{ "https://evil.example", "same-origin", 403 }, { "https://la.example", "", 403 }, { "null", "", 403 },
	};
	struct str token = token_issue(w.app.mem, &w.app.keys, &(struct actor){ .role = PRO, .principal = STR(SUB), .session = STR("019391a4-1111-7d2b-9a55-0c6d2f1e8b11") }, req_now_s());
	const char *cookie = mem_strf(w.app.mem, "a=b; __Host-access=%.*s", STR_FMT(token)).p;

	(void)state;
	w.app.settings.PUBLIC_URL = STR("https://public.example");
	assert_int_equal(ask(&w, "GET", "/me", STR(""), { "HTTP_COOKIE", cookie }).status, 200);
	for (size_t i = 0; i < COUNT(all); i++) {
		struct answer a = ask(&w, "DELETE", QUEST, STR(""), { "HTTP_COOKIE", cookie }, { "SERVED_ORIGIN", "https://la.example:8443" }, { "HTTP_ORIGIN", all[i].origin },
		                      { "HTTP_SEC_FETCH_SITE", all[i].site });

		if (a.status != all[i].status)
			fail_msg("origin \"%s\", site \"%s\": %d", all[i].origin, all[i].site, a.status);
		if (a.status == 403)
			assert_has(a.body, "\"cross_origin\"");
	}
	assert_int_equal(ask(&w, "GET", "/me", STR(""), { "HTTP_COOKIE", mem_strf(w.app.mem, "%s; __Host-access=x", cookie).p }).status, 401);
	assert_int_equal(ask(&w, "GET", "/me", STR(""), { "HTTP_COOKIE", "__Host-access=x" }).status, 401);
}

/* The database says no: the same 401 whatever was asked for, and no row gets out. */
static void a_dead_credential_gets_nothing(void **state)
{
	static const struct { const char *method, *uri; } all[] = { { "GET", "/me" }, { "GET", QUEST }, { "DELETE", QUEST }, { "GET", "/quests" }, { "GET", "/api/v1/admin/kill-switch" } };
	struct answer first = as(PRO, "GET", "/me", ""), a;
	struct str body = mem_copy(w.app.mem, first.body);

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		a = as(PRO, all[i].method, all[i].uri, "");
		if (a.status != 401 || !str_is(a.body, body))
			fail_msg("%s %s: %d %.*s", all[i].method, all[i].uri, a.status, STR_FMT(a.body));
		assert_str(header(a, "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
		a = ask(&w, all[i].method, all[i].uri, STR(""), { "HTTP_X_API_KEY", "la_key_2" }, { "HTTP_X_REQUEST_ID", "same" });
		assert_int_equal(a.status, 401);
		assert_true(str_is(a.body, body));
	}
}

/* A key that was good a moment ago and is remembered: the database has the last word, and then it is forgotten. */
static void a_revoked_key_is_refused_though_remembered(void **state)
{
	struct answer a;

	(void)state;
	a = ask(&w, "GET", "/me", STR(""), { "HTTP_X_API_KEY", "la_key_1" }); /* remembered by an earlier test of this process */
	assert_int_equal(a.status, 401);
	assert_lacks(a.body, "user");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(health_is_good_when_everything_is, up, down),
		cmocka_unit_test_setup_teardown(the_actor_is_told_who_he_is, up, down),
		cmocka_unit_test_setup_teardown(a_role_too_low_is_forbidden, up, down),
		cmocka_unit_test_setup_teardown(faults_of_the_database_keep_their_text, up, down),
		cmocka_unit_test_setup_teardown(hidden_looks_like_absent, up, down),
		cmocka_unit_test_setup_teardown(the_kill_switch_stops_writes_alone, up, down),
		cmocka_unit_test_setup_teardown(nothing_is_changed_while_the_audit_log_cannot_be_written, up_unaudited, down),
		cmocka_unit_test_setup_teardown(a_key_may_what_it_was_given, up, down),
		cmocka_unit_test_setup_teardown(without_its_secret_no_key_is_rotated, up, down),
		cmocka_unit_test_setup_teardown(nobody_elsewhere_makes_the_first_key, up, down),
		cmocka_unit_test_setup_teardown(a_key_has_a_limit_of_its_own, up, down),
		cmocka_unit_test_setup_teardown(a_key_that_has_used_its_limit_is_refused, up_spent, down),
		cmocka_unit_test_setup_teardown(a_key_whose_limit_is_not_known_is_refused, up_unsure, down),
		cmocka_unit_test_setup_teardown(a_namespace_is_entered_by_whoever_belongs_to_it, up, down),
		cmocka_unit_test_setup_teardown(nobody_dead_enters_a_namespace, up_dead, down),
		cmocka_unit_test_setup_teardown(a_cookie_signs_in_from_our_own_page, up, down),
		cmocka_unit_test_setup_teardown(a_revoked_key_is_refused_though_remembered, up_dead, down),
		cmocka_unit_test_setup_teardown(a_dead_credential_gets_nothing, up_dead, down),
	};

	return cmocka_run_group_tests_name("web/sign_in", tests, NULL, NULL);
}

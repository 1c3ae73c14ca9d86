/* The end of every way in: a pair of tokens, in the answer or in cookies. */
#include "cgi-bin/auth/entry.h"

#include "build/gen/sql.h"
#include "lib/core/hash_slots.h"
#include "lib/ext/pass.h"
#include "lib/web/cookie.h"

const char *const entry_sessions[] = { "token", "cookie", NULL };
SET(token_types, "Bearer");

SCHEMA(signed_in_as, "Who has signed in.", NULL,
	F_UUID ("id",    REQUIRED, "Never reused."),
	F_EMAIL("email", NULLABLE, "Null for agents, services and keys."),
	F_ENUM ("role",  REQUIRED, ROLE_WORDS, NULL, "What he may do at most."));

SCHEMA(token_pair, "Proof of who is asking. Where a cookie was asked for, the answer holds no token.",
	"{\"access_token\":\"eyJhbGciOiJIUzI1NiIs...\",\"token_type\":\"Bearer\",\"expires_in\":600,\"refresh_token\":\"AZORpHweUS2aVQxtLx6LEQAAAAA...\","
	"\"scope\":\"quest:read quest:write\",\"user\":{\"id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"email\":\"ada@example.org\",\"role\":\"beginner\"}}",
	F_SECRET("access_token",  OPTIONAL, 1, 2000, "For the Authorization header; ten minutes."),
	F_ENUM  ("token_type",    OPTIONAL, token_types, NULL, "How to send it."),
	F_INT   ("expires_in",    REQUIRED, 1, 3600, NULL, "Seconds the access token is good for."),
	F_SECRET("refresh_token", OPTIONAL, 1, 200, "For /auth/refresh: two weeks, renewed with every use. Not for a key."),
	F_LINE  ("scope",         REQUIRED, 0, 2000, "What it may do."),
	F_OBJECT("user",          REQUIRED, signed_in_as, "Whom it stands for."));

static void put_rest(struct req *r, const struct actor *who, struct rows *rows);

enum err entry_choose(struct req *r)
{
	return str_is(req_text(r, "session"), STR("cookie")) ? cookie_take(r) : E_OK;
}

enum err entry_give(struct req *r, struct rows *rows, enum err if_none)
{
	struct actor who = { 0 };
	struct str access, refresh;

	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (rows_count(rows) != 1 || !role_find(rows_text(rows, 0, 2), &who.role))
		return if_none;
	who.session = rows_text(rows, 0, 0);
	who.principal = r->actor.principal = rows_text(rows, 0, 1);
	access = token_issue(r->mem, &r->app->keys, &who, req_now_s());
	refresh = refresh_issue(r->mem, &r->app->keys, who.session, rows_int(rows, 0, 3));
	buf_char(r->body, '{');
	if (r->by_cookie)
		cookie_set(r, access, refresh);
	else
		buf_fmt(r->body, "\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",\"refresh_token\":\"%.*s\",", STR_FMT(access), STR_FMT(refresh));
	who.scopes = role_scopes(who.role);
	put_rest(r, &who, rows);
	return reply_done(r);
}

enum err entry_give_one(struct req *r, const struct actor *who)
{
	buf_fmt(r->body, "{\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",", STR_FMT(token_issue(r->mem, &r->app->keys, who, req_now_s())));
	put_rest(r, who, NULL);
	return reply_done(r);
}

/* What a script may know. */
static void put_rest(struct req *r, const struct actor *who, struct rows *rows)
{
	buf_fmt(r->body, "\"expires_in\":%d,\"scope\":\"%.*s\",", TOKEN_SECONDS, STR_FMT(scopes_format(r->mem, who->scopes)));
	buf_fmt(r->body, "\"user\":{\"id\":\"%.*s\",\"email\":", STR_FMT(who->principal));
	if (rows)
		rows_json(rows, 0, 4, r->body);
	else
		buf_lit(r->body, "null");
	buf_fmt(r->body, ",\"role\":\"%s\"}}", role_name(who->role));
}

enum err entry_prove(struct req *r, const char *field, struct str *email)
{
	struct rows *rows = sql_password_of_actor(r->db);
	bool right;

	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (rows_count(rows) != 1)
		return E_FORBIDDEN; /* agents and services have no account */
	*email = rows_text(rows, 0, 0);
	if (rows_is_null(rows, 0, 1))
		return E_OK;
	if (!req_has(r, field))
		return req_fault(r, mem_strf(r->mem, "/%s", field).p, "is missing");
	if (!hash_slot_take())
		return E_BUSY;
	right = pass_is(r->mem, req_text(r, field), rows_text(rows, 0, 1));
	hash_slot_give();
	return right ? E_OK : req_fault(r, mem_strf(r->mem, "/%s", field).p, "is not your password");
}

/* Invites: how people come in where signing up is not open. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"
#include "lib/base/rand.h"
#include "lib/ext/crypto.h"

enum { DAYS = 7 };

SCHEMA(invite, "Leave for one person to sign up.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"email\":\"ada@example.org\",\"role\":\"beginner\",\"created_by\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\","
	"\"created_at\":\"2026-11-24T16:30:00.123Z\",\"expires_at\":\"2026-12-01T16:30:00.123Z\",\"used_at\":null,\"used_by\":null}",
	F_UUID ("id",         REQUIRED, "For taking it back."),
	F_EMAIL("email",      NULLABLE, "The only address it is good for; null: any."),
	F_ENUM ("role",       REQUIRED, ROLE_WORDS, NULL, "What whoever uses it becomes."),
	F_UUID ("created_by", NULLABLE, "Which admin made it."),
	F_TIME ("created_at", REQUIRED, "When it was made."),
	F_TIME ("expires_at", REQUIRED, "When it stops to work."),
	F_TIME ("used_at",    NULLABLE, "When it was used."),
	F_UUID ("used_by",    NULLABLE, "By whom."));

SCHEMA(invite_made, "An invite, this once with its secret.", NULL,
	F_SECRET("token", REQUIRED, 20, 80, "Goes into the `invite` field of /auth/signup."),
	F_LINE  ("url",   REQUIRED, 1, 400, "Opens the sign-up form with it."),
	F_OBJECT("info",  REQUIRED, invite, "The rest of it."));

SCHEMA(invite_new, "An invite to be made.", "{\"email\":\"ada@example.org\",\"role\":\"advanced\",\"days\":3}",
	F_EMAIL("email", OPTIONAL, "Only good for this address."),
	F_ENUM ("role",  OPTIONAL, ROLE_WORDS, "beginner", "What whoever uses it becomes."),
	F_INT  ("days",  OPTIONAL, 1, 90, "7", "How long it works."));

enum err invite_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_invite_list(r->db, .before = req_after(r), .limit = NUM(limit)), limit);
}

enum err invite_create(struct req *r)
{
	const struct settings *s = &r->app->settings;
	struct str token = rand_token(r->mem, 32);
	struct rows *rows = sql_invite_create(r->db, .hash = sha256_hex(r->mem, token), .role = req_text(r, "role"), .email = req_text(r, "email"),
	                                      .days = NUM(req_int(r, "days", DAYS)));
	struct str host = s->PUBLIC_URL.n ? s->PUBLIC_URL : mem_strf(r->mem, "https://localhost:%lld", (long long)s->HTTPS_PORT);
	enum err e = rows_err(rows);

	if (e != E_OK)
		return e;
	buf_lit(r->body, "{\"token\":");
	buf_json(r->body, token);
	buf_lit(r->body, ",\"url\":");
	buf_json(r->body, mem_strf(r->mem, "%.*s/ui/#invite=%.*s", STR_FMT(host), STR_FMT(token)));
	buf_lit(r->body, ",\"info\":");
	put_row(r, &invite_schema, rows, 0);
	buf_char(r->body, '}');
	return reply_done(r);
}

/* One that was used stays in the list, whoever wants it gone. */
enum err invite_delete(struct req *r)
{
	enum err e = reply_none(r, sql_invite_delete(r->db, .id = req_id(r)));

	if (e != E_NOT_FOUND)
		return e;
	return rows_count(sql_invite_get(r->db, .id = req_id(r))) ? E_FORBIDDEN : E_NOT_FOUND;
}

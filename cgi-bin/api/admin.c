/* What an admin sees and does. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SET(kinds, "person", "agent", "service");

SCHEMA(user, "Somebody who may sign in or has a key.",
	"{\"id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"email\":\"ada@example.org\",\"kind\":\"person\",\"role\":\"beginner\",\"disabled\":false,"
	"\"created_at\":\"2026-11-24T16:30:00.123Z\"}",
	F_UUID ("id",         REQUIRED, "Never reused."),
	F_EMAIL("email",      NULLABLE, "Null for agents and services."),
	F_ENUM ("kind",       REQUIRED, kinds, NULL, "What it is."),
	F_ENUM ("role",       REQUIRED, ROLE_WORDS, NULL, "What it may do at most."),
	F_BOOL ("disabled",   REQUIRED, NULL, "Shut out."),
	F_TIME ("created_at", REQUIRED, "When it came."));

SCHEMA(user_filter, "Whom to list.", NULL,
	F_PAGE,
	F_ENUM  ("role",  OPTIONAL, ROLE_WORDS, NULL, "Only these."),
	F_LINE  ("email", OPTIONAL, 1, 254, "Only addresses that begin so."));

SCHEMA(user_change, "What is to change.", "{\"role\":\"advanced\"}",
	F_ENUM("role",     OPTIONAL, ROLE_WORDS, NULL, "What he may do at most; his tokens end and are renewed with it."),
	F_BOOL("disabled", OPTIONAL, NULL, "true shuts him out on every surface with his next request."));

enum err user_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_user_list(r->db, .before = req_after(r), .limit = NUM(limit), .role = req_text(r, "role"), .email = req_text(r, "email")), limit);
}

enum err user_get(struct req *r)
{
	return reply_row(r, sql_user_get(r->db, .id = req_id(r)));
}

/* A row policy keeps everybody from changing himself, and agents and services to their own routes. */
enum err user_update(struct req *r)
{
	enum err e;

	if (str_is(req_id(r), r->actor.principal))
		return E_FORBIDDEN;
	if (!req_has(r, "role") && !req_has(r, "disabled"))
		return req_fault(r, "", "names nothing to change");
	e = reply_row(r, sql_user_update(r->db, .id = req_id(r), .role = req_text(r, "role"), .disabled = req_flag(r, "disabled")));
	return e == E_NOT_FOUND && rows_count(sql_user_get(r->db, .id = req_id(r))) ? E_FORBIDDEN : e;
}

/* Signing in under the other family of paths, /api/v1/auth. */
#include "build/gen/sql.h"
#include "cgi-bin/auth/entry.h"

#define HOME STR("default") /* whoever signs up lands there */

SCHEMA(auth_new, "A new account.", "{\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}",
	F_EMAIL ("email",     REQUIRED, "The account's name; upper and lower case are the same."),
	F_SECRET("password",  REQUIRED, 12, 256, "Kept as an argon2id hash only."),
	F_LINE  ("namespace", OPTIONAL, 1, 63, "Only default can be signed up for."),
	F_SECRET("invite",    OPTIONAL, 1, 200, "Needed where SIGNUP is invite."),
	F_SESSION);

SCHEMA(auth_signed_up, "The new account, signed in.", NULL,
	F_UUID  ("user_id",   REQUIRED, "Never reused."),
	F_LINE  ("namespace", REQUIRED, 1, 63, "Where it belongs."),
	F_OBJECT("session",   REQUIRED, token_pair, "Its tokens."));

enum err auth_signup(struct req *r)
{
	struct rows *rows;
	enum err e;

	if (req_has(r, "namespace") && !str_is(req_text(r, "namespace"), HOME))
		return req_fault(r, "/namespace", "cannot be signed up for");
	e = entry_sign_up(r, &rows);
	if (e != E_OK)
		return e;
	buf_fmt(r->body, "{\"user_id\":\"%.*s\",\"namespace\":\"%.*s\",\"session\":", STR_FMT(rows_text(rows, 0, 1)), STR_FMT(HOME));
	e = entry_give(r, rows, E_BAD_INVITE);
	buf_char(r->body, '}');
	return e;
}

enum err auth_login(struct req *r)
{
	return account_login(r);
}

enum err auth_refresh(struct req *r)
{
	return session_refresh(r);
}

enum err auth_logout(struct req *r)
{
	enum err e = session_logout(r);

	buf_clear(r->body);
	return e;
}

/* Signing up, in, on and out. Every way in ends in the same token pair. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"
#include "lib/base/clock.h"
#include "lib/core/hash_slots.h"
#include "lib/core/password.h"
#include "lib/core/rate.h"
#include "lib/ext/crypto.h"
#include "lib/ext/pass.h"

SET(token_types, "Bearer");
SET(logout_words, "logged_out");

SCHEMA(account_new, "A new account.", "{\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}",
	F_EMAIL ("email",    REQUIRED, "The account's name; upper and lower case are the same."),
	F_SECRET("password", REQUIRED, 12, 256, "Kept as an argon2id hash only."),
	F_SECRET("invite",   OPTIONAL, 1, 200, "Needed where SIGNUP is invite."));

SCHEMA(login, "E-mail address and password, as JSON or as the OAuth 2 password form (username is the e-mail address).",
	"{\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}",
	F_LINE  ("grant_type", OPTIONAL, 0, 100, "For OAuth 2 clients: password."),
	F_EMAIL ("email",      OPTIONAL, "The account's name."),
	F_EMAIL ("username",   OPTIONAL, "The same, as OAuth 2 clients call it."),
	F_SECRET("password",   REQUIRED, 1, 256, "The password."),
	F_LINE  ("scope",      OPTIONAL, 0, 500, "Taken and not needed: the role decides."),
	F_LINE  ("client_id",  OPTIONAL, 0, 200, "Taken and not needed."),
	F_SECRET("client_secret", OPTIONAL, 0, 200, "Taken and not needed."));

SCHEMA(refresh, "A refresh token.", "{\"refresh_token\":\"AZORpHweUS2aVQxtLx6LEQAAAAA...\"}",
	F_SECRET("refresh_token", REQUIRED, 1, 200, "The newest one of the session. An older one ends the session."));

SCHEMA(link, "The token of a one-time link.", "{\"token\":\"d2hhdGV2ZXIgd2FzIHByaW50ZWQ\"}",
	F_SECRET("token", REQUIRED, 1, 200, "What stands behind #link= in the address."));

SCHEMA(token_pair, "Proof of who is asking.",
	"{\"access_token\":\"eyJhbGciOiJIUzI1NiIs...\",\"token_type\":\"Bearer\",\"expires_in\":600,\"refresh_token\":\"AZORpHweUS2aVQxtLx6LEQAAAAA...\","
	"\"scope\":\"quest:read quest:write\"}",
	F_SECRET("access_token",  REQUIRED, 1, 2000, "For the Authorization header; ten minutes."),
	F_ENUM  ("token_type",    REQUIRED, token_types, NULL, "How to send it."),
	F_INT   ("expires_in",    REQUIRED, 1, 3600, NULL, "Seconds the access token is good for."),
	F_SECRET("refresh_token", REQUIRED, 1, 200, "For /auth/refresh: two weeks, renewed with every use."),
	F_LINE  ("scope",         REQUIRED, 0, 2000, "What it may do."));

SCHEMA(logout, "Signed out.", "{\"status\":\"logged_out\"}",
	F_ENUM("status", REQUIRED, logout_words, NULL, "That the session has ended."));

SCHEMA(password_new, "The password to have from now on.", "{\"current_password\":\"correct horse battery\",\"new_password\":\"staple of the north\"}",
	F_SECRET("current_password", OPTIONAL, 1, 256, "Needed unless the account has none yet."),
	F_SECRET("new_password",     REQUIRED, 12, 256, "Kept as an argon2id hash only."));

SCHEMA(account_end, "Proof that it is meant.", "{\"password\":\"correct horse battery\"}",
	F_SECRET("password", REQUIRED, 1, 256, "Yours."));

static enum err give_pair(struct req *r, struct rows *rows, enum err if_none);
static bool is_guessed(struct req *r, struct str email);
static enum err prove(struct req *r, const char *field, struct str *email);
static enum err hash_new(struct req *r, const char *field, struct str email, struct str *hash);

enum err account_signup(struct req *r)
{
	enum signup mode = settings_signup(&r->app->settings);
	struct str hash, invite = req_has(r, "invite") ? sha256_hex(r->mem, req_text(r, "invite")) : STR_NONE;
	enum err e;

	if (mode == SIGNUP_CLOSED || (mode == SIGNUP_INVITE && !invite.p))
		return E_SIGNUP_CLOSED;
	if (r->app->killed)
		return E_KILLED;
	e = hash_new(r, "password", req_text(r, "email"), &hash);
	if (e == E_OK)
		e = give_pair(r, sql_account_signup(r->db, .email = req_text(r, "email"), .hash = hash, .invite = invite), E_BAD_INVITE);
	return e == E_CONFLICT ? E_EMAIL_TAKEN : e;
}

/* An address that nobody has costs the same hash and gets the same answer. */
enum err account_login(struct req *r)
{
	struct str email = req_has(r, "email") ? req_text(r, "email") : req_text(r, "username"), password = req_text(r, "password");
	struct rows *rows;
	enum err e;
	bool right;

	if (req_has(r, "grant_type") && !str_is(req_text(r, "grant_type"), STR("password")))
		return E_BAD_GRANT;
	if (!email.p)
		return req_fault(r, "/email", "is missing");
	if (is_guessed(r, email))
		return E_TOO_FAST;
	rows = sql_account_find(r->db, .email = email);
	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (!hash_slot_take())
		return E_BUSY;
	right = rows_count(rows) == 1 ? pass_is(r->mem, password, rows_text(rows, 0, 1)) : pass_is_nobodys(r->mem, password);
	hash_slot_give();
	if (right)
		return give_pair(r, sql_session_open(r->db, .principal = rows_text(rows, 0, 0)), E_BAD_LOGIN);
	e = rows_err(sql_login_failed(r->db, .principal = rows_count(rows) ? rows_text(rows, 0, 0) : STR_NONE));
	return e != E_OK ? e : E_BAD_LOGIN;
}

/* Twenty tries at once and one every two seconds, for each address of an account, from wherever they come. */
static bool is_guessed(struct req *r, struct str email)
{
	return r->app->settings.RATE_LIMIT_RPS && !rate_take(r->app->shared, mem_strf(r->mem, "account %.*s", STR_FMT(email)), 0.5, 20, clock_mono_us()).ok;
}

enum err password_change(struct req *r)
{
	struct str email, hash;
	enum err e = prove(r, "current_password", &email);

	if (e == E_OK)
		e = hash_new(r, "new_password", email, &hash);
	return e != E_OK ? e : give_pair(r, sql_password_change(r->db, .hash = hash), E_FORBIDDEN);
}

enum err account_delete(struct req *r)
{
	struct str email;
	enum err e = prove(r, "password", &email);

	return e != E_OK ? e : reply_none(r, sql_account_delete(r->db));
}

enum err session_refresh(struct req *r)
{
	struct str session;
	int64_t generation;

	if (!refresh_check(r->mem, &r->app->keys, req_text(r, "refresh_token"), &session, &generation))
		return E_BAD_TOKEN;
	return give_pair(r, sql_session_refresh(r->db, .session = session, .generation = NUM(generation)), E_BAD_TOKEN);
}

enum err link_redeem(struct req *r)
{
	return give_pair(r, sql_link_redeem(r->db, .hash = sha256_hex(r->mem, req_text(r, "token"))), E_BAD_TOKEN);
}

enum err session_logout(struct req *r)
{
	struct rows *rows;

	if (!r->actor.session.p)
		return E_FORBIDDEN; /* a key has no session; it ends by being revoked */
	rows = sql_session_close(r->db, .session = r->actor.session);
	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	buf_lit(r->body, "{\"status\":\"logged_out\"}");
	return reply_done(r);
}

/* That the one who is signed in also knows his password, where he has one. */
static enum err prove(struct req *r, const char *field, struct str *email)
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

static enum err hash_new(struct req *r, const char *field, struct str email, struct str *hash)
{
	const char *weakness = password_weakness(req_text(r, field), email);

	if (weakness)
		return req_fault(r, mem_strf(r->mem, "/%s", field).p, weakness);
	if (!hash_slot_take())
		return E_BUSY;
	*hash = pass_hash(r->mem, req_text(r, field));
	hash_slot_give();
	return E_OK;
}

/* `rows` has the columns of app.signed_in: session, principal, role, generation. */
static enum err give_pair(struct req *r, struct rows *rows, enum err if_none)
{
	struct actor who = { 0 };

	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (rows_count(rows) != 1 || !role_find(rows_text(rows, 0, 2), &who.role))
		return if_none;
	who.session = rows_text(rows, 0, 0);
	who.principal = r->actor.principal = rows_text(rows, 0, 1);
	buf_lit(r->body, "{\"access_token\":");
	buf_json(r->body, token_issue(r->mem, &r->app->keys, &who, req_now_s()));
	buf_fmt(r->body, ",\"token_type\":\"Bearer\",\"expires_in\":%d,\"refresh_token\":", TOKEN_SECONDS);
	buf_json(r->body, refresh_issue(r->mem, &r->app->keys, who.session, rows_int(rows, 0, 3)));
	buf_lit(r->body, ",\"scope\":");
	buf_json(r->body, scopes_format(r->mem, role_scopes(who.role)));
	buf_char(r->body, '}');
	return reply_done(r);
}

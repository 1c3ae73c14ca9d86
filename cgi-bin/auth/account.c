/* Signing up, in, on and out. Every way in ends in the same token pair. */
#include "build/gen/sql.h"
#include "cgi-bin/auth/entry.h"
#include "cgi-bin/auth/factor.h"
#include "lib/base/clock.h"
#include "lib/core/hash_slots.h"
#include "lib/core/password.h"
#include "lib/core/rate.h"
#include "lib/ext/crypto.h"
#include "lib/ext/pass.h"
#include "lib/web/cookie.h"

SET(logout_words, "logged_out");

SCHEMA(account_new, "A new account.", "{\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}",
	F_EMAIL ("email",    REQUIRED, "The account's name; upper and lower case are the same."),
	F_SECRET("password", REQUIRED, 12, 256, "Kept as an argon2id hash only."),
	F_SECRET("invite",   OPTIONAL, 1, 200, "Needed where SIGNUP is invite."),
	F_SESSION);

SCHEMA(login, "E-mail address and password, as JSON or as the OAuth 2 password form (username is the e-mail address); or an API key.",
	"{\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}",
	F_LINE  ("grant_type", OPTIONAL, 0, 100, "For OAuth 2 clients: password."),
	F_EMAIL ("email",      OPTIONAL, "The account's name."),
	F_EMAIL ("username",   OPTIONAL, "The same, as OAuth 2 clients call it."),
	F_SECRET("password",   OPTIONAL, 1, 256, "The password."),
	F_SECRET("api_key",    OPTIONAL, 1, 512, "Instead of both: traded for a token of ten minutes that ends with the key and grants no more."),
	F_LINE  ("scope",      OPTIONAL, 0, 500, "Taken and not needed: the role decides."),
	F_LINE  ("client_id",  OPTIONAL, 0, 200, "Taken and not needed."),
	F_SECRET("client_secret", OPTIONAL, 0, 200, "Taken and not needed."),
	F_CODE, F_RECOVERY_CODE, F_SESSION);

SCHEMA(refresh, "A refresh token; left out by a page of this site, whose cookie holds it.", "{\"refresh_token\":\"AZORpHweUS2aVQxtLx6LEQAAAAA...\"}",
	F_SECRET("refresh_token", OPTIONAL, 1, 200, "The newest one of the session. An older one ends the session."));

SCHEMA(link, "The token of a one-time link.", "{\"token\":\"d2hhdGV2ZXIgd2FzIHByaW50ZWQ\"}",
	F_SECRET("token", REQUIRED, 1, 200, "What stands behind #link= in the address."),
	F_CODE, F_RECOVERY_CODE, F_SESSION);

SCHEMA(logout, "Signed out.", "{\"status\":\"logged_out\"}",
	F_ENUM("status", REQUIRED, logout_words, NULL, "That the session has ended."));

SCHEMA(password_new, "The password to have from now on.", "{\"current_password\":\"correct horse battery\",\"new_password\":\"staple of the north\"}",
	F_SECRET("current_password", OPTIONAL, 1, 256, "Needed unless the account has none yet."),
	F_SECRET("new_password",     REQUIRED, 12, 256, "Kept as an argon2id hash only."));

SCHEMA(account_end, "Proof that it is meant.", "{\"password\":\"correct horse battery\"}",
	F_SECRET("password", REQUIRED, 1, 256, "Yours."));

static enum err has_both(struct req *r, struct str email);
static enum err trade_key(struct req *r, struct str email);
static enum err check_password(struct req *r, struct str email, struct str *principal);
static enum err begin_session(struct req *r, struct str principal);
static bool is_guessed(struct req *r, struct str email);
static enum err refresh_token(struct req *r, struct str *token);
static enum err hash_new(struct req *r, const char *field, struct str email, struct str *hash);

enum err account_signup(struct req *r)
{
	struct rows *rows;
	enum err e = entry_sign_up(r, &rows);

	return e != E_OK ? e : entry_give(r, rows, E_BAD_INVITE);
}

enum err entry_sign_up(struct req *r, struct rows **rows)
{
	enum signup mode = settings_signup(&r->app->settings);
	struct str hash, invite = req_has(r, "invite") ? sha256_hex(r->mem, req_text(r, "invite")) : STR_NONE;
	enum err e;

	if (mode == SIGNUP_CLOSED || (mode == SIGNUP_INVITE && !invite.p))
		return E_SIGNUP_CLOSED;
	if (r->app->killed)
		return E_KILLED;
	if (r->app->unaudited)
		return E_UNAUDITED;
	e = entry_choose(r);
	if (e == E_OK)
		e = hash_new(r, "password", req_text(r, "email"), &hash);
	if (e != E_OK)
		return e;
	*rows = sql_account_signup(r->db, .email = req_text(r, "email"), .hash = hash, .invite = invite);
	e = rows_err(*rows);
	return e == E_CONFLICT ? E_EMAIL_TAKEN : e != E_OK || rows_count(*rows) ? e : E_BAD_INVITE;
}

enum err account_login(struct req *r)
{
	struct str email = req_has(r, "email") ? req_text(r, "email") : req_text(r, "username"), principal;
	enum err e;

	if (req_has(r, "grant_type") && !str_is(req_text(r, "grant_type"), STR("password")))
		return E_BAD_GRANT;
	e = req_has(r, "api_key") ? E_OK : has_both(r, email);
	if (e == E_OK)
		e = entry_choose(r);
	if (e != E_OK)
		return e;
	if (req_has(r, "api_key"))
		return trade_key(r, email);
	e = is_guessed(r, email) ? E_TOO_FAST : check_password(r, email, &principal);
	return e != E_OK ? e : begin_session(r, principal);
}

static enum err has_both(struct req *r, struct str email)
{
	enum err e = email.p ? E_OK : req_fault(r, "/email", "is missing");

	return req_has(r, "password") ? e : req_fault(r, "/password", "is missing");
}

/* The token names the key and enters as the key does: it dies with it, grants no more, and nothing renews it. */
static enum err trade_key(struct req *r, struct str email)
{
	struct actor who = { .key_hash = sha256_hex(r->mem, req_text(r, "api_key")) };
	struct rows *rows;

	if (email.p || req_has(r, "password"))
		return req_fault(r, "/api_key", "stands alone");
	if (r->by_cookie)
		return req_fault(r, "/session", "is for people: a key has none");
	rows = sql_key_find(r->db, .hash = who.key_hash);
	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (rows_count(rows) != 1 || !role_find(rows_text(rows, 0, 1), &who.role))
		return E_BAD_LOGIN;
	who.principal = r->actor.principal = rows_text(rows, 0, 0);
	who.key_scopes = rows_text(rows, 0, 2);
	who.scopes = scopes_parse(who.key_scopes, role_scopes(who.role));
	return entry_give_one(r, &who);
}

/* An address that nobody has costs the same hash and gets the same answer. */
static enum err check_password(struct req *r, struct str email, struct str *principal)
{
	struct rows *rows = sql_account_find(r->db, .email = email);
	struct str password = req_text(r, "password");
	enum err e = rows_err(rows);
	bool right;

	if (e != E_OK)
		return e;
	*principal = rows_count(rows) ? rows_text(rows, 0, 0) : STR_NONE;
	if (!hash_slot_take())
		return E_BUSY;
	right = principal->p ? pass_is(r->mem, password, rows_text(rows, 0, 1)) : pass_is_nobodys(r->mem, password);
	hash_slot_give();
	if (right)
		return E_OK;
	e = rows_err(sql_login_failed(r->db, .principal = *principal));
	return e != E_OK ? e : E_BAD_LOGIN;
}

/* Only who knows the password hears that there is a second factor. */
static enum err begin_session(struct req *r, struct str principal)
{
	struct factor_shown shown;
	struct rows *rows;
	enum err e = factor_read(r, req_has(r, "code") ? sql_factor_find(r->db, .principal = principal) : NULL, &shown);

	if (e != E_OK)
		return e;
	rows = sql_session_begin(r->db, .principal = principal, .step = shown.step, .recovery = shown.recovery);
	e = factor_passed(r, rows);
	return e != E_OK ? e : entry_give(r, rows, E_BAD_LOGIN);
}

/* Twenty tries at once and one every two seconds, for each address of an account, from wherever they come. */
static bool is_guessed(struct req *r, struct str email)
{
	return r->app->settings.RATE_LIMIT_RPS && !rate_take(r->app->shared, mem_strf(r->mem, "account %.*s", STR_FMT(email)), 0.5, 20, clock_mono_us()).ok;
}

enum err password_change(struct req *r)
{
	struct str email, hash;
	enum err e = entry_prove(r, "current_password", &email);

	if (e == E_OK)
		e = hash_new(r, "new_password", email, &hash);
	return e != E_OK ? e : entry_give(r, sql_password_change(r->db, .hash = hash), E_FORBIDDEN);
}

enum err account_delete(struct req *r)
{
	struct str email;
	enum err e = entry_prove(r, "password", &email);

	if (e == E_OK)
		e = reply_none(r, sql_account_delete(r->db));
	if (e == E_OK && r->by_cookie)
		cookie_clear(r);
	return e;
}

enum err session_refresh(struct req *r)
{
	struct str token = STR_NONE, session;
	int64_t generation;
	enum err e = refresh_token(r, &token);

	if (e != E_OK)
		return e;
	if (refresh_check(r->mem, &r->app->keys, token, &session, &generation))
		e = entry_give(r, sql_session_refresh(r->db, .session = session, .generation = NUM(generation)), E_BAD_TOKEN);
	else
		e = E_BAD_TOKEN;
	if (e == E_BAD_TOKEN && r->by_cookie)
		cookie_clear(r);
	return e;
}

/* The one in the body, else the one in the cookie. */
static enum err refresh_token(struct req *r, struct str *token)
{
	*token = req_has(r, "refresh_token") ? req_text(r, "refresh_token") : cookie_refresh(r);
	if (!token->p)
		return req_fault(r, "/refresh_token", "is missing");
	return req_has(r, "refresh_token") ? E_OK : cookie_take(r);
}

enum err link_redeem(struct req *r)
{
	struct str hash = sha256_hex(r->mem, req_text(r, "token"));
	struct factor_shown shown;
	struct rows *rows;
	enum err e = entry_choose(r);

	if (e == E_OK)
		e = factor_read(r, req_has(r, "code") ? sql_factor_of_link(r->db, .hash = hash) : NULL, &shown);
	if (e != E_OK)
		return e;
	rows = sql_link_redeem(r->db, .hash = hash, .step = shown.step, .recovery = shown.recovery);
	e = factor_passed(r, rows);
	return e != E_OK ? e : entry_give(r, rows, E_BAD_TOKEN);
}

enum err session_logout(struct req *r)
{
	struct rows *rows;

	if (!r->actor.session.p)
		return E_FORBIDDEN; /* a key has no session; it ends by being revoked */
	rows = sql_session_close(r->db, .session = r->actor.session);
	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (r->by_cookie)
		cookie_clear(r);
	buf_lit(r->body, "{\"status\":\"logged_out\"}");
	return reply_done(r);
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

#ifndef CGI_BIN_AUTH_ENTRY_H
#define CGI_BIN_AUTH_ENTRY_H
#include "cgi-bin/routes.h"

/* What every way in shares: where the tokens go, and the answer that holds them. */
extern const char *const entry_sessions[]; /* values of the field `session` */
#define F_SESSION F_ENUM("session", OPTIONAL, entry_sessions, "token", "cookie, from a page of this site: the tokens go into HttpOnly cookies instead of the answer.")

enum err entry_choose(struct req *r) MUST_CHECK; /* by the field `session` */
enum err entry_sign_up(struct req *r, struct rows **rows) MUST_CHECK; /* E_OK: one row of a new account */
/* `rows` has the columns of app.signed_in: session, principal, role, generation, e-mail address. No row: `if_none`. */
enum err entry_give(struct req *r, struct rows *rows, enum err if_none) MUST_CHECK;
enum err entry_give_one(struct req *r, const struct actor *who) MUST_CHECK; /* an access token alone, for a key */
/* That whoever is signed in knows his password, where he has one: in `field`. */
enum err entry_prove(struct req *r, const char *field, struct str *email) MUST_CHECK;

#endif

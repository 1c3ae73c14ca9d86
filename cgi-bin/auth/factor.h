#ifndef CGI_BIN_AUTH_FACTOR_H
#define CGI_BIN_AUTH_FACTOR_H
#include "cgi-bin/routes.h"

/* A second factor as it is shown: the code of an app, or a recovery code. Here it is only worked out; the database decides whether it may still be
 * used, and counts the wrong ones. */
#define F_CODE          F_SECRET("code", OPTIONAL, 6, 6, "Six digits of the authenticator app, where there is one.")
#define F_RECOVERY_CODE F_SECRET("recovery_code", OPTIONAL, 16, 40, "One of the recovery codes instead.")

struct factor_shown {
	struct num step;     /* that the code is of: 0 of none; none when there is no code */
	struct str recovery; /* hash */
};

/* The step that the code given is of. `factor` has the columns principal and secret, or no row. */
enum err factor_step(struct req *r, struct rows *factor, struct num *step) MUST_CHECK;
/* The code or the recovery code, whatever is given; `factor` is not looked at where there is no code. */
enum err factor_read(struct req *r, struct rows *factor, struct factor_shown *out) MUST_CHECK;
/* Signing in: `rows` is an app.sign_in, or no row. */
enum err factor_passed(struct req *r, struct rows *rows) MUST_CHECK;
/* Signed in already: the first row's verdict; what is wrong is a fault of the field. */
enum err factor_proved(struct req *r, struct rows *rows) MUST_CHECK;

#endif

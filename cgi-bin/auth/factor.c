/* Second factors, as they are shown. */
#include "cgi-bin/auth/factor.h"

#include "lib/base/log.h"
#include "lib/core/totp.h"
#include "lib/ext/crypto.h"
#include "lib/web/reply.h"

enum { LOCKED_SECONDS = 900, VERDICT = 5 /* column of app.sign_in */ };

static enum err verdict(struct req *r, struct str word);

enum err factor_step(struct req *r, struct rows *factor, struct num *step)
{
	struct str secret;

	*step = NUM(0);
	if (rows_err(factor) != E_OK || rows_count(factor) != 1)
		return rows_err(factor);
	if (secret_open(r->mem, r->app->factor_key, rows_text(factor, 0, 0), rows_text(factor, 0, 1), &secret))
		*step = NUM(totp_step(r->mem, secret, req_text(r, "code"), req_now_s()));
	else
		log_say(LOG_ERROR, "a second factor was sealed with another key", LOG_STR("request_id", r->id), LOG_STR("actor", rows_text(factor, 0, 0)));
	return E_OK;
}

enum err factor_read(struct req *r, struct rows *factor, struct factor_shown *out)
{
	*out = (struct factor_shown){ NUM_NONE, req_has(r, "recovery_code") ? recovery_hash(r->mem, req_text(r, "recovery_code")) : STR_NONE };
	return req_has(r, "code") ? factor_step(r, factor, &out->step) : E_OK;
}

enum err factor_passed(struct req *r, struct rows *rows)
{
	enum err e = rows_err(rows);

	if (e != E_OK || rows_count(rows) == 0)
		return e;
	e = verdict(r, rows_text(rows, 0, VERDICT));
	return e == E_NO_FACTOR ? E_OK : e;
}

enum err factor_proved(struct req *r, struct rows *rows)
{
	const char *field = req_has(r, "code") ? "/code" : "/recovery_code";
	enum err e = rows_err(rows);

	if (e == E_OK)
		e = rows_count(rows) == 1 ? verdict(r, rows_text(rows, 0, 0)) : E_FORBIDDEN;
	if (e == E_SECOND_FACTOR)
		return req_fault(r, "/code", "is missing");
	return e == E_BAD_CODE ? req_fault(r, field, "is wrong or was used already") : e;
}

static enum err verdict(struct req *r, struct str word)
{
	static const struct { const char *word; enum err err; } all[] = {
		{ "good", E_OK }, { "none", E_NO_FACTOR }, { "needed", E_SECOND_FACTOR }, { "wrong", E_BAD_CODE }, { "locked", E_MANY_CODES },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (str_is(word, str_from(all[i].word))) {
			if (all[i].err == E_MANY_CODES)
				reply_retry(r, LOCKED_SECONDS);
			return all[i].err;
		}
	return E_INTERNAL;
}

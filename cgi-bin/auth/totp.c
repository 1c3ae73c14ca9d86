/* The second factor of whoever is signed in: beginning, confirming, removing, and showing it again. */
#include "build/gen/sql.h"
#include "cgi-bin/auth/entry.h"
#include "cgi-bin/auth/factor.h"
#include "lib/base/code.h"
#include "lib/base/rand.h"
#include "lib/core/totp.h"
#include "lib/ext/crypto.h"

SCHEMA(totp, "A second factor, or none.", "{\"enabled\":true,\"enabled_at\":\"2026-11-24T16:30:00.123Z\",\"recovery_codes\":10,\"proved_until\":null}",
	F_BOOL("enabled",        REQUIRED, NULL, "Whether a code is asked for."),
	F_TIME("enabled_at",     NULLABLE, "Since when."),
	F_INT ("recovery_codes", REQUIRED, 0, 10, NULL, "How many are left."),
	F_TIME("proved_until",   NULLABLE, "Until when this session may do what asks for the factor again."));

SCHEMA(totp_new, "Proof that it is you.", "{\"current_password\":\"correct horse battery\"}",
	F_SECRET("current_password", OPTIONAL, 1, 256, "Needed unless the account has none yet."));

SCHEMA(totp_begun, "For the authenticator app. It counts for nothing until its first code is confirmed.",
	"{\"secret\":\"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\",\"uri\":\"otpauth://totp/Life-Agent:ada@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Life-Agent"
	"&algorithm=SHA1&digits=6&period=30\"}",
	F_SECRET("secret", REQUIRED, 16, 64, "In base32, to be typed."),
	F_SECRET("uri",    REQUIRED, 16, 1000, "The same to be opened, or shown as a QR code."));

SCHEMA(totp_code, "The first code.", "{\"code\":\"287082\"}",
	F_SECRET("code", REQUIRED, 6, 6, "Six digits of the authenticator app."));

SCHEMA(recovery_codes, "Each signs in once in place of a code.", "{\"recovery_codes\":[\"abcd-efgh-ijkl-mnop\"]}",
	F_LINES("recovery_codes", REQUIRED, 10, 40, "To be kept where the app is not."));

SCHEMA(factor_proof, "One of the two.", "{\"code\":\"287082\"}",
	F_CODE, F_RECOVERY_CODE);

SCHEMA(step_up, "The session counts as proved.", "{\"proved_until\":\"2026-11-24T16:40:00.123Z\"}",
	F_TIME("proved_until", REQUIRED, "Until when."));

struct codes {
	struct str list[RECOVERY_CODES], hashes; /* hashes: a PostgreSQL array */
};

static struct codes draw_codes(struct mem *m);
static enum err reply_codes(struct req *r, const struct codes *c);
static enum err read_own(struct req *r, struct factor_shown *out);

enum err totp_get(struct req *r)
{
	return reply_row(r, sql_totp_get(r->db, .session = r->actor.session));
}

enum err totp_begin(struct req *r)
{
	unsigned char raw[TOTP_SECRET_SIZE];
	struct str secret = { (const char *)raw, sizeof raw }, email;
	struct rows *rows;
	enum err e = entry_prove(r, "current_password", &email);

	if (e != E_OK)
		return e;
	rand_fill(raw, sizeof raw);
	rows = sql_totp_begin(r->db, .secret = secret_seal(r->mem, r->app->factor_key, r->actor.principal, secret));
	if (rows_err(rows) != E_OK || rows_count(rows) == 0)
		return rows_err(rows) != E_OK ? rows_err(rows) : E_FACTOR_ON;
	buf_lit(r->body, "{\"secret\":");
	buf_json(r->body, base32_encode(r->mem, secret));
	buf_lit(r->body, ",\"uri\":");
	buf_json(r->body, totp_uri(r->mem, secret, email));
	buf_char(r->body, '}');
	secret_wipe(raw, sizeof raw);
	return reply_done(r);
}

enum err totp_confirm(struct req *r)
{
	struct codes codes = draw_codes(r->mem);
	struct num step;
	enum err e = factor_step(r, sql_factor_find(r->db, .principal = r->actor.principal), &step);

	if (e == E_OK)
		e = factor_proved(r, sql_totp_confirm(r->db, .step = step, .hashes = codes.hashes));
	return e != E_OK ? e : reply_codes(r, &codes);
}

enum err totp_recovery(struct req *r)
{
	struct codes codes = draw_codes(r->mem);
	struct rows *rows = sql_totp_recovery(r->db, .hashes = codes.hashes);

	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	return rows_count(rows) ? reply_codes(r, &codes) : E_NO_FACTOR;
}

enum err totp_remove(struct req *r)
{
	struct factor_shown shown;
	enum err e = read_own(r, &shown);

	if (e == E_OK)
		e = factor_proved(r, sql_totp_remove(r->db, .step = shown.step, .recovery = shown.recovery));
	r->status = r->route->status;
	return e;
}

enum err session_step_up(struct req *r)
{
	struct factor_shown shown;
	struct rows *rows;
	enum err e = read_own(r, &shown);

	if (!r->actor.session.p)
		return E_FORBIDDEN; /* a key stands for nobody who is there now */
	if (e != E_OK)
		return e;
	rows = sql_session_step_up(r->db, .session = r->actor.session, .step = shown.step, .recovery = shown.recovery);
	e = factor_proved(r, rows);
	return e != E_OK ? e : reply_row(r, rows);
}

static enum err read_own(struct req *r, struct factor_shown *out)
{
	return factor_read(r, req_has(r, "code") ? sql_factor_find(r->db, .principal = r->actor.principal) : NULL, out);
}

static struct codes draw_codes(struct mem *m)
{
	struct codes c = { .hashes = STR("") };

	for (int i = 0; i < RECOVERY_CODES; i++) {
		c.list[i] = recovery_draw(m);
		c.hashes = mem_strf(m, "%.*s%c%.*s", STR_FMT(c.hashes), i ? ',' : '{', STR_FMT(recovery_hash(m, c.list[i])));
	}
	c.hashes = mem_strf(m, "%.*s}", STR_FMT(c.hashes));
	return c;
}

static enum err reply_codes(struct req *r, const struct codes *c)
{
	buf_lit(r->body, "{\"recovery_codes\":[");
	for (int i = 0; i < RECOVERY_CODES; i++) {
		if (i)
			buf_char(r->body, ',');
		buf_json(r->body, c->list[i]);
	}
	buf_lit(r->body, "]}");
	return reply_done(r);
}

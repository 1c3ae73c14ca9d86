/* Limits of keys: spent from this host's share, which the database tops up. What the database cannot grant is refused. */
#include "build/gen/sql.h"
#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/core/key_type.h"
#include "lib/core/share.h"
#include "lib/web/reply.h"
#include "lib/web/sign_in.h"

enum { WINDOW_S = 60 };

static enum err ask_share(struct req *r, struct share *share, bool *granted);
static enum err refuse(struct req *r, int64_t retry_s);

enum err rate_of_key(struct req *r)
{
	const struct actor *a = &r->actor;
	struct share share;
	enum share_state state = share_take(r->app->shared, a->key_id, clock_mono_us(), &share);
	bool granted = state == SHARE_TAKEN;
	enum err e = state == SHARE_NONE ? ask_share(r, &share, &granted) : E_OK;
	int64_t wait_s;

	if (e != E_OK)
		return e;
	wait_s = share.until_s - clock_mono_us() / 1000000;
	wait_s = wait_s < 1 ? 1 : wait_s;
	reply_limit(r, a->key_per_minute, granted ? share.left : 0, wait_s);
	return granted ? E_OK : refuse(r, wait_s);
}

/* The first of what is granted is for this request, the rest for the next ones. Time runs from before the question: no share outlives its minute, and
 * no refusal ends too early. */
static enum err ask_share(struct req *r, struct share *share, bool *granted)
{
	struct db alone = *r->db;
	int64_t asked_us = clock_mono_us(), n;
	struct rows *rows;
	enum err e;

	alone.enter = NULL;
	rows = sql_key_rate_take(&alone, .key = r->actor.key_id, .limit = NUM(r->actor.key_per_minute));
	e = rows_err(rows);
	if (e != E_OK)
		return e;
	CHECK(rows_count(rows) == 1);
	n = rows_int(rows, 0, 0);
	*granted = n > 0;
	*share = (struct share){ rows_int(rows, 0, 1), n ? (asked_us + 1000 * rows_int(rows, 0, 2)) / 1000000 : (asked_us + 1000 * rows_int(rows, 0, 3) + 999999) / 1000000 };
	if (n != 1)
		share_add(r->app->shared, r->actor.key_id, n ? n - 1 : 0, *share, clock_mono_us());
	share->left += n ? n - 1 : 0;
	return E_OK;
}

static enum err refuse(struct req *r, int64_t retry_s)
{
	const struct actor *a = &r->actor;
	const struct { const char *path; struct str value; } facts[] = {
		{ "category", str_from(key_type_infos[a->key_type].name) }, { "limit", mem_strf(r->mem, "%lld", (long long)a->key_per_minute) },
		{ "window_seconds", mem_strf(r->mem, "%d", WINDOW_S) }, { "retry_after_seconds", mem_strf(r->mem, "%lld", (long long)retry_s) },
	};

	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		req_fault(r, facts[i].path, facts[i].value.p);
	reply_retry(r, retry_s);
	metric_add(&r->app->metrics, METRIC_bkg_rate_limited_total, a->key_type, 1);
	return E_TOO_FAST;
}

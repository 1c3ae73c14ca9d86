/* Rounds of the sealer. */
#include "cgi-bin/audit/sealer.h"

#include <stdio.h>

#include "build/gen/sql.h"
#include "lib/base/clock.h"
#include "lib/base/code.h"
#include "lib/base/log.h"

enum { POINT_EVERY = 1000, POINT_US = 60000000, PAUSE_US = 150000, PAUSE_FAULT_US = 500000, TEXT_FLUSH = 8 << 20 };
enum { COL_ID = 0, COL_LAST_SEQ = 8, COL_LAST_HASH = 9, COL_N = 10 };

static bool go_round(struct sealer *s, struct db *db, bool *more);
static bool is_our_end(struct sealer *s, const struct rows *rows);
static bool seal(struct sealer *s, struct db *db, const struct rows *rows);
static bool follow(struct sealer *s, struct db *db);
static bool write_lines(struct sealer *s, const struct rows *rows);
static bool checkpoint_is_due(const struct sealer *s);
static int64_t until_checkpoint(const struct sealer *s) { return POINT_EVERY - (s->seq - s->point_seq); }
static void tell(struct sealer *s, struct db *db);
static bool query_failed(struct sealer *s);

int64_t sealer_round(struct sealer *s)
{
	struct db db = { .pool = s->app->pool, .mem = s->mem, .request = STR("seal") };
	bool more = false;

	mem_reset(s->mem);
	s->fault[0] = '\0';
	if ((s->dir >= 0 || folder_open(s)) && !go_round(s, &db, &more))
		folder_close(s); /* and read anew: a file may have been mended meanwhile */
	tell(s, &db);
	return more ? 0 : s->fault[0] ? PAUSE_FAULT_US : PAUSE_US;
}

void sealer_close(struct sealer *s)
{
	mem_reset(s->mem);
	if (s->dir >= 0 && s->seq > s->point_seq)
		(void)checkpoint_write(s);
	folder_close(s);
	buf_release(&s->text);
}

static bool go_round(struct sealer *s, struct db *db, bool *more)
{
	int64_t room = until_checkpoint(s);
	struct rows *rows = sql_audit_unsealed(db, .limit = NUM(room > 0 ? room : 1));

	if (rows_err(rows) != E_OK)
		return query_failed(s);
	if (rows_int(rows, 0, COL_LAST_SEQ) > s->seq) { /* an earlier or another sealer's */
		*more = true;
		return follow(s, db);
	}
	if (!is_our_end(s, rows))
		return false;
	if (!rows_is_null(rows, 0, COL_N)) {
		*more = (int64_t)rows_count(rows) == room;
		if (!seal(s, db, rows) || !follow(s, db))
			return false;
	}
	return !checkpoint_is_due(s) || checkpoint_write(s);
}

/* Somebody took the database back to an earlier state, or the log forward: to go on would write a second line of a number. */
static bool is_our_end(struct sealer *s, const struct rows *rows)
{
	unsigned char hash[SHA256_SIZE];
	int64_t last = rows_int(rows, 0, COL_LAST_SEQ);

	audit_read_hash(rows, 0, COL_LAST_HASH, hash);
	if (last < s->seq || last < s->point_seq)
		snprintf(s->fault, sizeof s->fault, "the database ends at entry %lld, the log at %lld", (long long)last, (long long)(s->seq > s->point_seq ? s->seq : s->point_seq));
	else if (memcmp(hash, s->hash, SHA256_SIZE) != 0)
		snprintf(s->fault, sizeof s->fault, "entry %lld is not the same in database and log", (long long)last);
	return s->fault[0] == '\0';
}

static bool seal(struct sealer *s, struct db *db, const struct rows *rows)
{
	struct buf waiting = BUF(1 << 20), hashes = BUF(1 << 20), sigs = BUF(1 << 20);
	struct audit_seal seal;
	struct audit_entry e;
	struct rows *done;

	memcpy(seal.hash, s->hash, SHA256_SIZE);
	for (size_t i = 0; i < rows_count(rows); i++) {
		char lead = i ? ',' : '{';

		audit_read_entry(rows, i, &e);
		e.seq = s->seq + 1 + (int64_t)i;
		memcpy(seal.prev, seal.hash, SHA256_SIZE);
		audit_sign(&s->text, &e, &seal, &s->app->audit_keys, s->mem);
		buf_fmt(&waiting, "%c%lld", lead, (long long)rows_int(rows, i, COL_N));
		buf_char(&hashes, lead);
		buf_add(&hashes, hex_encode(s->mem, (struct str){ (const char *)seal.hash, SHA256_SIZE }));
		buf_char(&sigs, lead);
		buf_add(&sigs, hex_encode(s->mem, (struct str){ (const char *)seal.sig, SHA256_SIZE }));
	}
	buf_char(&waiting, '}');
	buf_char(&hashes, '}');
	buf_char(&sigs, '}');
	done = sql_audit_seal(db, .after = NUM(s->seq), .pending = buf_str(&waiting), .hashes = buf_str(&hashes), .sigs = buf_str(&sigs), .kid = seal.kid);
	buf_release(&waiting);
	buf_release(&hashes);
	buf_release(&sigs);
	if (rows_err(done) != E_OK)
		return query_failed(s);
	if (rows_bool(done, 0, 0))
		metric_add(&s->app->metrics, METRIC_bkg_audit_events_total, 0, (int64_t)rows_count(rows));
	return true;
}

/* The log gets what the database has more of, up to the next checkpoint. */
static bool follow(struct sealer *s, struct db *db)
{
	int64_t room = until_checkpoint(s);
	struct rows *rows = sql_audit_sealed(db, .after = NUM(s->seq), .limit = NUM(room > 0 ? room : 1));

	if (rows_err(rows) != E_OK)
		return query_failed(s);
	if (s->log.size >= s->app->settings.AUDIT_SEGMENT_MB << 20 && !lines_rotate(&s->log))
		return fail(s, "audit.jsonl cannot be rotated");
	return write_lines(s, rows) && (!checkpoint_is_due(s) || checkpoint_write(s));
}

static bool write_lines(struct sealer *s, const struct rows *rows)
{
	struct audit_entry e = { .seq = s->seq };
	struct audit_seal seal;
	unsigned char before[SHA256_SIZE];

	memcpy(seal.hash, s->hash, SHA256_SIZE);
	buf_clear(&s->text);
	for (size_t i = 0; i < rows_count(rows) && s->text.n < TEXT_FLUSH; i++) {
		int64_t seq = e.seq + 1;

		memcpy(before, seal.hash, SHA256_SIZE);
		audit_read_sealed(rows, i, &e, &seal);
		if (e.seq != seq || memcmp(before, seal.prev, SHA256_SIZE) != 0 || !audit_holds(&e, &seal, &s->app->audit_keys, s->mem))
			log_say(LOG_ERROR, "an entry of the trail is not what was sealed", LOG_INT("seq", e.seq));
		audit_put(&s->text, &e, &seal, s->mem);
		buf_char(&s->text, '\n');
	}
	if (!s->text.n)
		return true;
	if (s->text.full || !lines_append(&s->log, buf_str(&s->text)))
		return fail(s, "audit.jsonl cannot be written");
	s->seq = e.seq;
	memcpy(s->hash, seal.hash, SHA256_SIZE);
	if (!s->due_us)
		s->due_us = clock_mono_us() + POINT_US;
	return true;
}

static bool checkpoint_is_due(const struct sealer *s)
{
	return s->seq > s->point_seq && (until_checkpoint(s) <= 0 || (s->due_us && clock_mono_us() >= s->due_us));
}

/* Every worker reads it twice a second. A database that is away hears of it when it is back. */
static void tell(struct sealer *s, struct db *db)
{
	struct str fault = s->fault[0] ? str_from(s->fault) : STR_NONE;

	if (s->dir < 0 && !fault.p)
		return; /* another holds the folder, and speaks for it */
	if (s->asked && strcmp(s->fault, s->told) == 0)
		return;
	s->asked = rows_err(sql_audit_fault(db, .fault = fault)) == E_OK;
	if (s->asked) {
		log_say(fault.p ? LOG_ERROR : LOG_INFO, fault.p ? "nothing is sealed" : "sealing", LOG_STR("why", fault), LOG_INT("seq", s->seq));
		memcpy(s->told, s->fault, sizeof s->told);
	}
}

/* The link has logged why; sooner or later an event has waited too long. */
static bool query_failed(struct sealer *s)
{
	metric_add(&s->app->metrics, METRIC_bkg_audit_write_failures_total, 0, 1);
	return false;
}

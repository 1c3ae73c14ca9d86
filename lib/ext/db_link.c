/* One pipelined PostgreSQL connection: opening, preparing, sending, answering, and failing as a whole. */
#include "lib/ext/db_link.h"

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define IN_FLIGHT_MAX 256
#define ANSWER_US 8000000   /* beyond the server's own statement_timeout: the connection is dead */
#define OPEN_US 5000000
#define HELD_UP_US 2000
#define STALE_PLAN "0A000" /* a migration changed what a prepared statement answers: a new connection prepares it anew */
#define PAUSE_FIRST_US 50000
#define PAUSE_MOST_US 500000

enum state { DOWN, CONNECTING, PREPARING, READY };

struct link {
	struct loop *loop;
	const struct pool_options *o;
	enum state state;
	PGconn *pg;
	struct watch watch;
	struct call *calls[IN_FLIGHT_MAX]; /* a ring: head is answered next */
	unsigned head, tail;
	int to_prepare;
	bool dirty;                        /* something waits to be flushed at the end of the turn, together with what else the turn brings */
	bool broken;                       /* sending failed; swept at the end of the turn, outside any fiber */
	bool heard;                        /* a notification */
	int64_t since_us, pause_us, next_us, opened;
	char fault[256];
};

static void open_link(struct link *k);
static void ignore_notice(void *arg, const PGresult *r);
static void on_socket(void *arg, unsigned events);
static void go_on_connecting(struct link *k);
static void prepare_all(struct link *k);
static void read_answers(struct link *k);
static void hear(struct link *k);
static bool take_prepared(struct link *k, PGresult *r);
static void take_answer(struct link *k, PGresult *r);
static void take_entry(struct call *c, PGresult *r);
static void finish(struct link *k, struct call *c);
static void fall(struct link *k, const char *why);
static bool push(struct link *k);
static enum err err_of_state(const char *sqlstate);
static bool send_args(PGconn *pg, const struct stmt *s, const struct arg *args, struct mem *m);

struct link *link_new(struct loop *l, const struct pool_options *o)
{
	struct link *k = calloc(1, sizeof *k);

	CHECK(k);
	k->loop = l;
	k->o = o;
	k->pause_us = PAUSE_FIRST_US;
	k->watch = (struct watch){ .fd = -1, .ready = on_socket, .arg = k };
	return k;
}

void link_free(struct link *k)
{
	fall(k, "");
	free(k);
}

bool link_is_ready(const struct link *k) { return k->state == READY && !k->broken; }
bool link_has_room(const struct link *k) { return link_is_ready(k) && k->tail - k->head < IN_FLIGHT_MAX; }
bool link_is_held_up(const struct link *k, int64_t now_us)
{
	return k->head != k->tail && now_us - k->calls[k->head % IN_FLIGHT_MAX]->sent_us > HELD_UP_US;
}
int link_load(const struct link *k) { return (int)(k->tail - k->head); }
int64_t link_opened(const struct link *k) { return k->opened; }
const char *link_fault(const struct link *k) { return k->fault; }

bool link_heard(struct link *k)
{
	bool heard = k->heard;

	k->heard = false;
	return heard;
}

void link_tend(struct link *k, int64_t now)
{
	if (k->state == DOWN && now >= k->next_us)
		open_link(k);
	else if ((k->state == CONNECTING || k->state == PREPARING) && now - k->since_us > OPEN_US)
		fall(k, "the database does not answer to a new connection");
	else if (k->state == READY && k->head != k->tail && now - k->calls[k->head % IN_FLIGHT_MAX]->sent_us > ANSWER_US)
		fall(k, "the database does not answer");
}

void link_send(struct link *k, struct call *c, const struct arg *args)
{
	bool ok = true;

	CHECK(k->state == READY && k->tail - k->head < IN_FLIGHT_MAX);
	c->sent_us = clock_mono_us();
	k->calls[k->tail++ % IN_FLIGHT_MAX] = c;
	if (c->db->enter)
		ok = send_args(k->pg, c->db->enter, c->db->as, c->db->mem);
	else
		c->step = 1;
	if (ok)
		ok = send_args(k->pg, c->stmt, args, c->db->mem);
	k->broken = !ok || !PQpipelineSync(k->pg);
	if (c->fiber)
		k->dirty = true;
	else
		k->broken = k->broken || !push(k);
}

bool link_sweep(struct link *k)
{
	bool worked = k->dirty || k->broken;

	if (k->dirty && !k->broken)
		k->broken = !push(k);
	k->dirty = false;
	if (k->broken)
		fall(k, PQerrorMessage(k->pg));
	return worked;
}

static void open_link(struct link *k)
{
	k->since_us = clock_mono_us();
	k->pg = PQconnectStart(k->o->conninfo);
	CHECK(k->pg);
	PQsetNoticeReceiver(k->pg, ignore_notice, NULL);
	if (PQstatus(k->pg) == CONNECTION_BAD || PQsetnonblocking(k->pg, 1) != 0) {
		fall(k, PQerrorMessage(k->pg));
		return;
	}
	k->state = CONNECTING;
	k->watch.fd = PQsocket(k->pg);
	loop_watch(k->loop, &k->watch, LOOP_WRITE);
}

/* libpq would write them to stderr, among the JSON lines of the log; what matters of them comes back as a lost link. */
static void ignore_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static void on_socket(void *arg, unsigned events)
{
	struct link *k = arg;

	if (k->state == CONNECTING) {
		go_on_connecting(k);
		return;
	}
	if ((events & LOOP_WRITE) && !push(k))
		fall(k, PQerrorMessage(k->pg));
	else
		read_answers(k);
}

static void go_on_connecting(struct link *k)
{
	PostgresPollingStatusType s = PQconnectPoll(k->pg);

	if (s == PGRES_POLLING_FAILED) {
		fall(k, PQerrorMessage(k->pg));
		return;
	}
	if (PQsocket(k->pg) != k->watch.fd) {
		loop_unwatch(k->loop, &k->watch);
		k->watch.fd = PQsocket(k->pg);
	}
	loop_watch(k->loop, &k->watch, s == PGRES_POLLING_READING ? LOOP_READ : LOOP_WRITE);
	if (s == PGRES_POLLING_OK)
		prepare_all(k);
}

static void prepare_all(struct link *k)
{
	bool ok = PQenterPipelineMode(k->pg) == 1;

	k->state = PREPARING;
	k->to_prepare = 0;
	for (size_t i = 0; ok && i < k->o->n_stmts; i++) {
		const struct stmt *s = k->o->stmts[i];

		if (!(s->programs & k->o->program))
			continue;
		ok = PQsendPrepare(k->pg, s->name, s->text, s->n_args, NULL) == 1;
		k->to_prepare++;
	}
	loop_watch(k->loop, &k->watch, LOOP_READ);
	if (!ok || !PQpipelineSync(k->pg) || !push(k))
		fall(k, PQerrorMessage(k->pg));
}

static void read_answers(struct link *k)
{
	if (!PQconsumeInput(k->pg)) {
		fall(k, PQerrorMessage(k->pg));
		return;
	}
	if (k->o->listens)
		hear(k);
	while (k->state != DOWN && (k->head != k->tail || k->state == PREPARING) && !PQisBusy(k->pg)) {
		PGresult *r = PQgetResult(k->pg);

		if (!r)
			continue;
		if (k->state != PREPARING)
			take_answer(k, r);
		else if (!take_prepared(k, r))
			return;
	}
	if (k->state != DOWN && PQstatus(k->pg) == CONNECTION_BAD)
		fall(k, PQerrorMessage(k->pg));
}

static void hear(struct link *k)
{
	PGnotify *n;

	while ((n = PQnotifies(k->pg))) {
		k->heard = true;
		PQfreemem(n);
	}
}

static bool take_prepared(struct link *k, PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);
	bool ok = s == PGRES_COMMAND_OK || s == PGRES_PIPELINE_SYNC;

	if (!ok) {
		fall(k, PQresultErrorMessage(r));
	} else if (s == PGRES_PIPELINE_SYNC) {
		CHECK(k->to_prepare == 0);
		k->state = READY;
		k->pause_us = PAUSE_FIRST_US;
		k->fault[0] = '\0';
		k->opened++;
	} else {
		k->to_prepare--;
	}
	PQclear(r);
	return ok;
}

/* The answers of one call: the actor's row, the statement's rows, the sync. Only the sync ends it, so that a failed
 * statement leaves the connection in step. */
static void take_answer(struct link *k, PGresult *r)
{
	struct call *c = k->calls[k->head % IN_FLIGHT_MAX];
	ExecStatusType s = PQresultStatus(r);

	if (s == PGRES_PIPELINE_SYNC) {
		PQclear(r);
		k->head++;
		finish(k, c);
		return;
	}
	if (s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK) {
		if (c->step++ == 1)
			rows_take(c->rows, r);
		else {
			take_entry(c, r);
		}
		return;
	}
	if (s != PGRES_PIPELINE_ABORTED) {
		const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
		enum err e = err_of_state(state ? state : "");

		rows_fail(c->rows, e);
		k->broken = k->broken || (state && strcmp(state, STALE_PLAN) == 0);
		if (e == E_INTERNAL || e == E_DB_AWAY)
			log_say(LOG_ERROR, "statement failed", LOG_Z("statement", c->stmt->name), LOG_Z("sqlstate", state),
			        LOG_Z("text", PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY)), LOG_STR("request_id", c->db->request));
	}
	PQclear(r);
}

static void take_entry(struct call *c, PGresult *r)
{
	struct rows *rows = rows_new(c->db->mem);

	rows_take(rows, r);
	c->db->entered = rows_count(rows) == 1 ? rows_text(rows, 0, 0) : STR_NONE;
	if (!c->db->entered.p)
		rows_fail(c->rows, E_BAD_TOKEN);
}

/* What may have ended is told before anybody can be told that it has. */
static void finish(struct link *k, struct call *c)
{
	if (c->stmt->ends && k->o->endings)
		atomic_fetch_add_explicit(k->o->endings, 1, memory_order_release);
	c->done = true;
	if (c->fiber)
		fiber_wake(c->fiber);
}

/* Everything in flight fails. Woken fibers may send again at once: on other links, as this one is DOWN already. */
static void fall(struct link *k, const char *why)
{
	unsigned head = k->head, tail = k->tail;

	if (*why) {
		snprintf(k->fault, sizeof k->fault, "%s", why);
		log_say(LOG_WARN, "database link down", LOG_Z("why", k->fault), LOG_INT("in_flight", (int64_t)(tail - head)));
	}
	loop_unwatch(k->loop, &k->watch);
	PQfinish(k->pg);
	k->pg = NULL;
	k->state = DOWN;
	k->broken = k->dirty = false;
	k->next_us = clock_mono_us() + k->pause_us;
	k->pause_us = k->pause_us * 2 < PAUSE_MOST_US ? k->pause_us * 2 : PAUSE_MOST_US;
	k->head = k->tail;
	for (; head != tail; head++) {
		struct call *c = k->calls[head % IN_FLIGHT_MAX];

		rows_fail(c->rows, E_DB_AWAY);
		finish(k, c);
	}
}

static bool push(struct link *k)
{
	int left = PQflush(k->pg);

	if (left >= 0)
		loop_watch(k->loop, &k->watch, left ? LOOP_READ | LOOP_WRITE : LOOP_READ);
	return left >= 0;
}

static bool send_args(PGconn *pg, const struct stmt *s, const struct arg *args, struct mem *m)
{
	const char *text[DB_ARGS_MAX];

	CHECK(s->n_args <= DB_ARGS_MAX);
	for (int i = 0; i < s->n_args; i++) {
		const struct arg *a = &args[i];

		if (a->kind == ARG_TEXT)
			text[i] = a->v.text.p ? mem_strz(m, a->v.text) : NULL;
		else if (a->kind == ARG_NUM)
			text[i] = a->v.num.some ? mem_int(m, a->v.num.v).p : NULL;
		else
			text[i] = a->v.flag.some ? (a->v.flag.v ? "t" : "f") : NULL;
	}
	return PQsendQueryPrepared(pg, s->name, s->n_args, text, NULL, NULL, 1) == 1;
}

static enum err err_of_state(const char *state)
{
	static const struct { const char *state; enum err err; } known[] = {
		{ "23505", E_CONFLICT },    /* unique_violation */
		{ "23503", E_NOT_FOUND },   /* foreign_key_violation: what it points at is hidden or gone */
		{ "23514", E_INVALID },     /* check_violation */
		{ "22P02", E_BAD_REQUEST }, /* invalid_text_representation */
		{ "22P05", E_BAD_REQUEST }, /* untranslatable_character */
		{ "22021", E_BAD_REQUEST }, /* character_not_in_repertoire */
		{ "22001", E_INVALID },     /* string_data_right_truncation */
		{ "42501", E_FORBIDDEN },   /* insufficient_privilege, also a row policy's check */
		{ "40001", E_BUSY },        /* serialization_failure */
		{ "40P01", E_BUSY },        /* deadlock_detected */
		{ "55P03", E_BUSY },        /* lock_not_available */
		{ STALE_PLAN, E_DB_AWAY },
		{ "57014", E_TIMEOUT },     /* query_canceled: statement_timeout */
		{ "LA409", E_CONFLICT },    /* raised by our own functions */
		{ "LA404", E_NOT_FOUND },
		{ "LA403", E_STEP_UP },
		{ "LA412", E_ENROL },
		{ "LA901", E_LAST_ADMIN },
		{ "LA902", E_LAST_MANAGER },
		{ "LA903", E_HOME },
		{ "LA904", E_NOT_EMPTY },
	};
	static const char *const away[] = { "08", "53", "57", "58" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(state, known[i].state))
			return known[i].err;
	for (size_t i = 0; i < sizeof away / sizeof *away; i++)
		if (!strncmp(state, away[i], 2))
			return E_DB_AWAY;
	return *state ? E_INTERNAL : E_DB_AWAY; /* no state: the connection broke under it */
}

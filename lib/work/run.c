/* The life of a runner: claim a job, run it, say how it ended; with nothing to do, wait for a hint or look again after a while. */
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include "build/gen/sql.h"
#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/rand.h"
#include "lib/core/parent.h"
#include "lib/work/work.h"

enum { ARENA_MOST = 8 << 20, JOBS_MOST = 10000 /* then the runner is replaced, whatever it may have leaked */ };
enum { LOOK_US = 3000000 /* a missed hint, a retry that is due, a period that begins: seen at most that late */ };

/* Columns of jobs.def in PostgreSQL's writing of arrays; TIMED and EVERY are of the rows that run by themselves. */
enum column { KINDS, ATTEMPTS, LEASES, TIMED, EVERY, COLUMN__MAX };

struct runner {
	struct app *app;
	const struct job_kinds *kinds;
	struct str columns[COLUMN__MAX];
	struct str name; /* host and process, for people */
	struct mem *mem; /* of one job */
	int64_t ticked_us;
};

static void runner_init(struct runner *r, struct app *a, const struct job_kinds *kinds);
static struct str column(struct mem *m, const struct job_kinds *kinds, enum column c);
static struct str cell(struct mem *m, const struct job_kind *k, enum column c);
static void tick(struct runner *r);
static void rest(struct runner *r);
static bool run_one(struct runner *r);
static const struct job_kind *find_kind(const struct job_kinds *kinds, struct str name);
static enum err run_handler(struct job *j);
static enum job_end settle(struct runner *r, struct job *j, enum err e);
static void tell(struct runner *r, const struct job *j, enum err e, enum job_end end, int64_t us);
static struct db plain(struct app *a, struct mem *m, struct str id) { return (struct db){ .pool = a->pool, .mem = m, .request = id }; }

void work_run(struct app *a, const struct job_kinds *kinds)
{
	struct runner r;

	runner_init(&r, a, kinds);
	while (!app_settled(a) && !parent_stopping())
		loop_turn(a->loop, 50000);
	parent_ready();
	for (int i = 0; i < JOBS_MOST && !parent_stopping();) {
		tick(&r);
		if (run_one(&r))
			i++;
		else
			rest(&r);
		mem_reset(r.mem);
		log_flush();
	}
	mem_free(r.mem);
}

enum err job_hold(struct job *j)
{
	struct db db = plain(j->app, j->mem, j->id);

	return rows_err(sql_job_hold(&db, .id = j->id, .fence = NUM(j->fence), .seconds = NUM(j->kind->lease_s)));
}

static void runner_init(struct runner *r, struct app *a, const struct job_kinds *kinds)
{
	char host[65] = "";

	*r = (struct runner){ .app = a, .kinds = kinds, .mem = mem_new(ARENA_MOST) };
	gethostname(host, sizeof host - 1);
	r->name = mem_strf(a->mem, "%s/%d", host, (int)getpid());
	for (int c = 0; c < COLUMN__MAX; c++)
		r->columns[c] = column(a->mem, kinds, (enum column)c);
}

static struct str column(struct mem *m, const struct job_kinds *kinds, enum column c)
{
	struct str list = STR("{");

	for (size_t i = 0; i < kinds->n; i++) {
		const struct job_kind *k = &kinds->list[i];

		CHECK(k->attempts > 0 && k->lease_s > 0);
		CHECK(k->every_s >= 0 && k->every_s <= JOB_EVERY_MOST);
		if (k->every_s || (c != TIMED && c != EVERY))
			list = mem_strf(m, "%.*s%s%.*s", STR_FMT(list), list.n > 1 ? "," : "", STR_FMT(cell(m, k, c)));
	}
	return mem_strf(m, "%.*s}", STR_FMT(list));
}

static struct str cell(struct mem *m, const struct job_kind *k, enum column c)
{
	if (c == KINDS || c == TIMED)
		return str_from(k->name);
	return mem_strf(m, "%d", c == ATTEMPTS ? k->attempts : c == LEASES ? k->lease_s : k->every_s);
}

/* What any runner may do and one does: queue what is due by the clock, and tell the depth of the queue. */
static void tick(struct runner *r)
{
	struct db db = plain(r->app, r->mem, STR("tick"));
	int64_t now = clock_mono_us();
	struct metrics *m = &r->app->metrics;
	struct rows *rows;

	if (r->ticked_us && now - r->ticked_us < LOOK_US)
		return;
	r->ticked_us = now;
	rows = sql_job_tick(&db, .kinds = r->columns[TIMED], .every = r->columns[EVERY]);
	if (rows_err(rows) != E_OK || r->app->worker != 0)
		return;
	rows = sql_job_depth(&db);
	if (rows_err(rows) != E_OK || rows_count(rows) != 1)
		return;
	for (size_t s = 0; s < JOB_STATE__MAX; s++)
		metric_set(m, METRIC_job_depth, s, rows_int(rows, 0, s));
	metric_set(m, METRIC_job_oldest_seconds, 0, rows_int(rows, 0, JOB_STATE__MAX));
}

static void rest(struct runner *r)
{
	int64_t until = clock_mono_us() + LOOK_US, now;

	log_flush();
	while (!pool_heard(r->app->pool) && !parent_stopping() && (now = clock_mono_us()) < until)
		loop_turn(r->app->loop, until - now);
}

static bool run_one(struct runner *r)
{
	struct db db = plain(r->app, r->mem, STR("claim"));
	struct rows *rows = sql_job_claim(&db, .kinds = r->columns[KINDS], .attempts = r->columns[ATTEMPTS], .leases = r->columns[LEASES], .worker = r->name);
	int64_t began = clock_mono_us();
	struct job j = { .app = r->app, .mem = r->mem };
	enum job_end end;
	enum err e;

	if (rows_err(rows) != E_OK || rows_count(rows) == 0)
		return false;
	j.kind = find_kind(r->kinds, rows_text(rows, 0, 1));
	j.id = rows_text(rows, 0, 0);
	j.payload = rows_text(rows, 0, 2);
	j.attempt = rows_int(rows, 0, 3);
	j.fence = rows_int(rows, 0, 4);
	j.hold = j.last = plain(r->app, r->mem, j.id);
	j.hold.enter = &stmt_job_hold;
	j.last.enter = &stmt_job_finish;
	j.hold.as[0] = j.last.as[0] = arg_text(j.id);
	j.hold.as[1] = j.last.as[1] = arg_num(NUM(j.fence));
	j.hold.as[2] = arg_num(NUM(j.kind->lease_s));
	e = run_handler(&j);
	end = settle(r, &j, e);
	tell(r, &j, e, end, clock_mono_us() - began);
	return true;
}

static const struct job_kind *find_kind(const struct job_kinds *kinds, struct str name)
{
	size_t i = 0;

	while (i < kinds->n && !str_is(name, str_from(kinds->list[i].name)))
		i++;
	CHECK(i < kinds->n); /* only these were asked for */
	return &kinds->list[i];
}

static enum err run_handler(struct job *j)
{
	jmp_buf full;

	if (setjmp(full) == 0) {
		enum err e;

		mem_on_full(j->mem, &full);
		e = j->kind->run(j);
		mem_on_full(j->mem, NULL);
		return e;
	}
	mem_on_full(j->mem, NULL);
	log_say(LOG_ERROR, "a job outgrew its memory", LOG_STR("job", j->id));
	return E_INTERNAL;
}

/* What ran through `last` and held has ended the job. What goes wrong while the runner is told to stop is not the job's fault. */
static enum job_end settle(struct runner *r, struct job *j, enum err e)
{
	struct db db = plain(r->app, r->mem, j->id);
	bool stopping = parent_stopping();
	struct rows *rows;
	uint32_t dice;

	if (e == E_OK && j->last.runs == 0)
		e = rows_err(sql_job_finish(&db, .id = j->id, .fence = NUM(j->fence)));
	if (e == E_OK)
		return JOB_DONE;
	rand_fill(&dice, sizeof dice);
	if (stopping)
		rows = sql_job_yield(&db, .id = j->id, .fence = NUM(j->fence));
	else
		rows = sql_job_fail(&db, .id = j->id, .fence = NUM(j->fence), .error = str_from(err_code(e)), .wait_ms = NUM(backoff_ms(j->attempt, dice)));
	if (rows_err(rows) != E_OK || rows_count(rows) == 0)
		return JOB_LOST;
	return stopping ? JOB_YIELDED : str_is(rows_text(rows, 0, 0), STR("dead")) ? JOB_DEAD : JOB_RETRY;
}

static void tell(struct runner *r, const struct job *j, enum err e, enum job_end end, int64_t us)
{
	size_t kind = (size_t)(j->kind - r->kinds->list);

	metric_add(&r->app->metrics, METRIC_job_runs_total, metric_job_end(kind, end), 1);
	metric_time(&r->app->metrics, METRIC_job_seconds, kind, us);
	log_say(end == JOB_DONE || end == JOB_YIELDED ? LOG_INFO : LOG_WARN, "job", LOG_Z("kind", j->kind->name), LOG_STR("job", j->id),
	        LOG_INT("attempt", j->attempt), LOG_Z("end", metric_job_end_name(end)), LOG_Z("error", e == E_OK ? NULL : err_code(e)), LOG_INT("us", us));
}

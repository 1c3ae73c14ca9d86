/* A runner for jobs.test.mjs: the product's own life of a runner, with kinds whose effects can be counted, and pauses for what kills it to fall into. */
#include <stdio.h>
#include <time.h>

#include "build/gen/sql.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/rand.h"
#include "lib/work/work.h"

enum { LEASE_S = 1, ATTEMPTS = 1000, LATE_MS = 10000 };

/* An effect, and a while before its transaction ends; no key keeps it from being there twice. */
static const struct stmt inside = { "inside",
	"with made as (insert into effect (job, fence) values ($1::uuid, $2::bigint) returning job) select pg_sleep($3::bigint / 1000.0) from made", 3, true, false, 1u << PROGRAM_jobs };
/* Somebody else's system, who tells a repetition by the job's id. */
static const struct stmt outside = { "outside",
	"insert into outside (job) values ($1::uuid) on conflict (job) do update set tries = outside.tries + 1", 1, true, false, 1u << PROGRAM_jobs };
static const struct stmt has_been_outside = { "has_been_outside", "select job from outside where job = $1::uuid", 1, false, false, 1u << PROGRAM_jobs };

static job_handler in_sql, elsewhere, shaky, late;
static const struct job_kind rows[] = {
	{ "effect_inside", in_sql, ATTEMPTS, LEASE_S, 0, "" },
	{ "effect_outside", elsewhere, ATTEMPTS, LEASE_S, 0, "" },
	{ "effect_shaky", shaky, ATTEMPTS, LEASE_S, 0, "" },
	{ "effect_late", late, ATTEMPTS, LEASE_S, 0, "" },
};
static const struct job_kinds kinds = { rows, sizeof rows / sizeof *rows };
static const char *const names[] = { "effect_inside", "effect_outside", "effect_shaky", "effect_late" };
static const struct metric_labels labels = { names, names, 4, 4 };
static const struct app_plan plan = { PROGRAM_jobs, .labels = &labels };

static int64_t some_ms(int64_t most)
{
	uint32_t dice;

	rand_fill(&dice, sizeof dice);
	return dice % (most + 1);
}

static void pause_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static enum err in_sql(struct job *j)
{
	pause_ms(some_ms(18));
	return rows_err(db_run(&j->last, &inside, (const struct arg[]){ arg_text(j->id), arg_num(NUM(j->fence)), arg_num(NUM(some_ms(18))) }));
}

static struct rows *unfenced(struct job *j, const struct stmt *s)
{
	struct db db = { .pool = j->app->pool, .mem = j->mem, .request = j->id };

	return db_run(&db, s, (const struct arg[]){ arg_text(j->id) });
}

static enum err elsewhere(struct job *j)
{
	enum err e = job_hold(j);

	if (e == E_OK)
		e = rows_err(unfenced(j, &outside));
	pause_ms(some_ms(36));
	return e;
}

static enum err shaky(struct job *j)
{
	return j->attempt == 1 ? E_TIMEOUT : in_sql(j);
}

/* The first to have it acts after its lease, while the second has it and takes his time. */
static enum err late(struct job *j)
{
	if (j->attempt > 1 && rows_err(unfenced(j, &outside)) == E_OK)
		pause_ms(LEASE_S * 500);
	for (int ms = 0; j->attempt == 1 && ms < LATE_MS && !rows_count(unfenced(j, &has_been_outside)); ms += 20)
		pause_ms(20);
	return in_sql(j);
}

int main(void)
{
	static const struct stmt *stmts[256];
	struct pool_options o = { .stmts = stmts, .program = 1u << PROGRAM_jobs, .readers = 1, .listens = true };
	struct app a;
	struct str why;

	log_open("jobs", LOG_INFO);
	if (!app_prepare(&a, &plan, &why)) {
		fprintf(stderr, "%.*s\n", STR_FMT(why));
		return 2;
	}
	for (; o.n_stmts < sql_n_stmts; o.n_stmts++)
		stmts[o.n_stmts] = sql_stmts[o.n_stmts];
	stmts[o.n_stmts++] = &inside;
	stmts[o.n_stmts++] = &outside;
	stmts[o.n_stmts++] = &has_been_outside;
	o.conninfo = mem_strz(a.mem, a.settings.DB_CONNINFO);
	a.loop = loop_new();
	a.pool = pool_open(a.loop, &o);
	a.opened_us = clock_mono_us();
	work_run(&a, &kinds);
	return 0;
}

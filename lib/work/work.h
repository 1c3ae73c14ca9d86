#ifndef WORK_WORK_H
#define WORK_WORK_H
#include "lib/core/app.h"

/* Background jobs. Claiming a job begins a lease. When it is over another runner may claim the job, and from then on nothing that is done with the earlier
 * claim takes effect: each claim has a number, the fence, and it is checked in the transaction of each effect. A handler has two ways to work.
 *
 *   What changes the database happens exactly once. Its statement runs through `last`, in one transaction with the end of the job:
 *       return rows_err(sql_session_expire(&j->last));
 *
 *   What changes anything else happens at least once: a runner may die after the effect and before the word of it. job_hold() ahead of each effect renews the
 *   lease and refuses when it is lost; `id` is the same in every attempt, for the other side to tell a repetition by:
 *       if ((e = job_hold(j)) == E_OK)
 *               e = post(j->mem, url, body, j->id);
 *       return e;
 *
 * Statements through `hold` are refused when the lease is lost, and renew it: for steps that may be repeated. An error makes the job wait and be tried again,
 * as often as its row says; then it is dead until an admin sends it back. A handler blocks: it holds one runner, nothing else. */
struct job {
	struct app *app;
	const struct job_kind *kind;
	struct mem *mem;    /* until the handler returns */
	struct str id;      /* a UUID */
	struct str payload; /* a JSON object */
	int64_t attempt, fence;
	struct db hold, last;
};

typedef enum err job_handler(struct job *j);

enum { JOB_EVERY_MOST = 86400 }; /* what ran in a period must be known until it is over: JOB_KEEP_DAYS is at least as long */

/* One row of jobs.def. */
struct job_kind {
	const char *name;
	job_handler *run;
	int attempts, lease_s, every_s; /* every_s 0: not by itself */
	const char *summary;
};

struct job_kinds {
	const struct job_kind *list;
	size_t n;
};

enum err job_hold(struct job *j) MUST_CHECK;

/* A worker's life: claims and runs, one job at a time, until it is told to stop. */
void work_run(struct app *a, const struct job_kinds *kinds);

/* How long a job waits after its attempt number `attempt`: a second, then four times as long each time, an hour at most; up to half of it is taken off by
 * `dice`, so that what failed together does not come back together. */
int64_t backoff_ms(int64_t attempt, uint32_t dice);

#endif

/* The program without requests: runners that take background jobs from the queue in PostgreSQL. */
#include "cgi-bin/jobs.h"

#include "cgi-bin/labels.h"
#include "lib/core/parent.h"

static const struct job_kind rows[] = {
#define JOB(kind, attempts, lease, every, summary) { #kind, kind, attempts, lease, every, summary },
#include "cgi-bin/jobs.def"
#undef JOB
};

static const struct job_kinds all_kinds = { rows, sizeof rows / sizeof *rows };
static const struct app_plan app = { PROGRAM_jobs, .readers = 1, .listens = true, .labels = &all_labels };

static int64_t workers(const struct settings *s)
{
	return s->JOBS_WORKERS;
}

static void work(struct app *a, int listen_fd)
{
	(void)listen_fd;
	work_run(a, &all_kinds);
}

int main(int argc, char **argv)
{
	return parent_main(argc, argv, &(struct parent_plan){ &app, workers, .work = work });
}

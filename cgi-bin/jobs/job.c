/* The queue itself. */
#include "build/gen/sql.h"
#include "cgi-bin/jobs.h"

enum err job_prune(struct job *j)
{
	return rows_err(sql_job_prune(&j->last, .days = NUM(j->app->settings.JOB_KEEP_DAYS)));
}

/* Names of the tables' rows, for programs that do not link what the rows name. */
#include "cgi-bin/labels.h"

static const char *const ops[] = {
#define ROUTE(method, path, op, program, who, scope, rate, takes, body, gives, shape, status, summary) #op,
#include "cgi-bin/routes.def"
#undef ROUTE
	"none",
};

static const char *const jobs[] = {
#define JOB(kind, attempts, lease, every, summary) #kind,
#include "cgi-bin/jobs.def"
#undef JOB
};

const struct metric_labels all_labels = { ops, jobs, sizeof ops / sizeof *ops, sizeof jobs / sizeof *jobs };

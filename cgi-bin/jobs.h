#ifndef CGI_BIN_JOBS_H
#define CGI_BIN_JOBS_H
#include "lib/work/work.h"

/* Prototypes of every handler that jobs.def names: a handler without a row has none, a row without a handler does not link. */
#define JOB(kind, attempts, lease, every, summary) job_handler kind;
#include "cgi-bin/jobs.def"
#undef JOB

#endif

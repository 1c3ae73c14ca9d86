#ifndef CORE_METRIC_H
#define CORE_METRIC_H
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/core/shared.h"

enum metric {
#define METRIC(name, type, labels, help) METRIC_##name,
#include "lib/core/metrics.def"
#undef METRIC
	METRIC__MAX
};

enum job_end { JOB_DONE, JOB_RETRY, JOB_DEAD, JOB_LOST, JOB_YIELDED, JOB_END__MAX };
enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_BURIED, JOB_STATE__MAX };
enum delivery { DELIVERY_MADE, DELIVERY_FAILED, DELIVERY_DEAD, DELIVERY__MAX };
enum refusal { REFUSED_CREDENTIAL, REFUSED_LOGIN, REFUSED_RATE, REFUSED_ROLE, REFUSED_KILL_SWITCH, REFUSED_AUDIT, REFUSED_INPUT, REFUSAL__MAX };

struct metric_info {
	const char *name, *type, *labels, *help;
};

extern const struct metric_info metric_infos[METRIC__MAX];

/* Label values that come from tables of the layers above. They lay out the memory that all programs of a host share. */
struct metric_labels {
	const char *const *ops, *const *jobs; /* of OP and JOB */
	size_t n_ops, n_jobs;
};

struct metrics {
	struct shared *shared;
	enum program program;
	const struct metric_labels *labels;
	size_t base[METRIC__MAX]; /* first cell of each family */
};

/* Which cell is which; every program of a host gives the same labels. `layout` names the arrangement for shared_open. */
void metrics_init(struct metrics *m, enum program program, const struct metric_labels *labels, char layout[40]);
void metric_add(struct metrics *m, enum metric id, size_t label, int64_t n);   /* a COUNTER; label 0 for NONE */
void metric_time(struct metrics *m, enum metric id, size_t label, int64_t us); /* a HISTOGRAM */
void metric_set(struct metrics *m, enum metric id, size_t label, int64_t v);   /* a LEVEL, by one worker of one program */
static inline size_t metric_job_end(size_t job, enum job_end end) { return job * JOB_END__MAX + end; }
static inline size_t metric_op_class(size_t op, int status) { return op * 5 + (size_t)(status / 100 - 1) % 5; }

const char *metric_job_end_name(enum job_end end);

/* What the gauges say now: gauges[id][label]. */
void metrics_print(const struct metrics *m, const int64_t gauges[METRIC__MAX][PROGRAM__MAX], struct buf *out);

#endif

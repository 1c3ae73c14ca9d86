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

enum refusal { REFUSED_CREDENTIAL, REFUSED_LOGIN, REFUSED_RATE, REFUSED_ROLE, REFUSED_KILL_SWITCH, REFUSED_INPUT, REFUSAL__MAX };

struct metric_info {
	const char *name, *type, *labels, *help;
};

extern const struct metric_info metric_infos[METRIC__MAX];

struct metrics {
	struct shared *shared;
	enum program program;
	const char *const *ops; /* label values of OP */
	size_t n_ops;
	size_t base[METRIC__MAX]; /* first cell of each family */
};

/* Which cell is which; every program of a host gives the same ops. `layout` names the arrangement for shared_open. */
void metrics_init(struct metrics *m, enum program program, const char *const *ops, size_t n_ops, char layout[40]);
void metric_add(struct metrics *m, enum metric id, size_t label, int64_t n);   /* a COUNTER; label 0 for NONE */
void metric_time(struct metrics *m, enum metric id, size_t label, int64_t us); /* a HISTOGRAM */
static inline size_t metric_op_class(size_t op, int status) { return op * 5 + (size_t)(status / 100 - 1) % 5; }

/* What the gauges say now: gauges[id][label]. */
void metrics_print(const struct metrics *m, const int64_t gauges[METRIC__MAX][PROGRAM__MAX], struct buf *out);

#endif

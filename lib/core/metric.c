/* Counters and histograms in shared memory, printed in Prometheus' text format 0.0.4. */
#include "lib/core/metric.h"

#include <stdio.h>

#include "lib/base/check.h"

static const int64_t bucket_us[] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 75000, 100000, 250000, 500000, 750000, 1000000, 2500000,
                                     5000000, 7500000, 10000000 };
enum { BUCKETS = sizeof bucket_us / sizeof *bucket_us, HISTOGRAM_CELLS = BUCKETS + 2 /* +Inf, sum */ };

static const char *const refusal_names[REFUSAL__MAX] = { "credential", "login", "rate", "role", "kill_switch", "input" };

const struct metric_info metric_infos[METRIC__MAX] = {
#define METRIC(name, type, labels, help) [METRIC_##name] = { #name, #type, #labels, help },
#include "lib/core/metrics.def"
#undef METRIC
};

static size_t n_labels(const struct metrics *m, const struct metric_info *i);
static int64_t sum(const struct metrics *m, size_t cell);
static void label(const struct metrics *m, const struct metric_info *i, size_t at, struct buf *out);
static void print_histogram(const struct metrics *m, enum metric id, struct buf *out);
static void print_values(const struct metrics *m, enum metric id, const int64_t *gauge, struct buf *out);
static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

void metrics_init(struct metrics *m, enum program program, const char *const *ops, size_t n_ops, char layout[40])
{
	uint64_t h = 14695981039346656037u;
	size_t next = 0;

	*m = (struct metrics){ .program = program, .ops = ops, .n_ops = n_ops };
	for (int id = 0; id < METRIC__MAX; id++) {
		const struct metric_info *i = &metric_infos[id];

		m->base[id] = next;
		next += n_labels(m, i) * (is(i->type, "HISTOGRAM") ? HISTOGRAM_CELLS : 1);
		for (const char *c = i->name; *c; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211u;
	}
	for (size_t op = 0; op < n_ops; op++)
		for (const char *c = ops[op]; *c; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211u;
	CHECK(next <= SHARED_CELLS);
	snprintf(layout, 40, "%016llx-%zu", (unsigned long long)h, next);
}

void metric_add(struct metrics *m, enum metric id, size_t at, int64_t n)
{
	atomic_fetch_add_explicit(&m->shared->cells[m->program][m->base[id] + at], n, memory_order_relaxed);
}

void metric_time(struct metrics *m, enum metric id, size_t at, int64_t us)
{
	size_t cell = m->base[id] + at * HISTOGRAM_CELLS, b = 0;

	while (b < BUCKETS && us > bucket_us[b])
		b++;
	atomic_fetch_add_explicit(&m->shared->cells[m->program][cell + b], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->shared->cells[m->program][cell + BUCKETS + 1], us, memory_order_relaxed);
}

void metrics_print(const struct metrics *m, const int64_t gauges[METRIC__MAX][PROGRAM__MAX], struct buf *out)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	for (int id = 0; id < METRIC__MAX; id++) {
		const struct metric_info *i = &metric_infos[id];

		buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", i->name, i->help, i->name, types[i->type[0] == 'C' ? 0 : i->type[0] == 'G' ? 1 : 2]);
		if (i->type[0] == 'H')
			print_histogram(m, (enum metric)id, out);
		else
			print_values(m, (enum metric)id, i->type[0] == 'G' ? gauges[id] : NULL, out);
	}
}

static size_t n_labels(const struct metrics *m, const struct metric_info *i)
{
	return is(i->labels, "OP") ? m->n_ops : is(i->labels, "OP_CLASS") ? m->n_ops * 5 : is(i->labels, "REFUSAL") ? REFUSAL__MAX : is(i->labels, "PROGRAM") ? PROGRAM__MAX : 1;
}

static int64_t sum(const struct metrics *m, size_t cell)
{
	int64_t out = 0;

	for (int p = 0; p < PROGRAM__MAX; p++)
		out += atomic_load_explicit(&m->shared->cells[p][cell], memory_order_relaxed);
	return out;
}

static void label(const struct metrics *m, const struct metric_info *i, size_t at, struct buf *out)
{
	if (is(i->labels, "OP"))
		buf_fmt(out, "op=\"%s\"", m->ops[at]);
	else if (is(i->labels, "OP_CLASS"))
		buf_fmt(out, "op=\"%s\",status=\"%zuxx\"", m->ops[at / 5], at % 5 + 1);
	else if (is(i->labels, "REFUSAL"))
		buf_fmt(out, "by=\"%s\"", refusal_names[at]);
	else if (is(i->labels, "PROGRAM"))
		buf_fmt(out, "program=\"%s\"", program_name((enum program)at));
}

/* Operations that were never asked for print nothing: their series begin with the first request. */
static void print_values(const struct metrics *m, enum metric id, const int64_t *gauge, struct buf *out)
{
	const struct metric_info *i = &metric_infos[id];

	for (size_t at = 0; at < n_labels(m, i); at++) {
		int64_t v = gauge ? gauge[at] : sum(m, m->base[id] + at);

		if (is(i->labels, "OP_CLASS") && v == 0)
			continue;
		buf_fmt(out, "%s", i->name);
		if (!is(i->labels, "NONE")) {
			buf_lit(out, "{");
			label(m, i, at, out);
			buf_lit(out, "}");
		}
		buf_char(out, ' ');
		buf_int(out, v);
		buf_char(out, '\n');
	}
}

static void print_histogram(const struct metrics *m, enum metric id, struct buf *out)
{
	const struct metric_info *i = &metric_infos[id];

	for (size_t at = 0; at < n_labels(m, i); at++) {
		size_t cell = m->base[id] + at * HISTOGRAM_CELLS;
		int64_t seen = 0, total = 0;

		for (size_t b = 0; b <= BUCKETS; b++)
			total += sum(m, cell + b);
		if (!total)
			continue;
		for (size_t b = 0; b <= BUCKETS; b++) {
			seen += sum(m, cell + b);
			buf_fmt(out, "%s_bucket{", i->name);
			label(m, i, at, out);
			if (b < BUCKETS)
				buf_fmt(out, ",le=\"%g\"} ", (double)bucket_us[b] / 1e6);
			else
				buf_lit(out, ",le=\"+Inf\"} ");
			buf_int(out, seen);
			buf_char(out, '\n');
		}
		buf_fmt(out, "%s_sum{", i->name);
		label(m, i, at, out);
		buf_fmt(out, "} %.6f\n%s_count{", (double)sum(m, cell + BUCKETS + 1) / 1e6, i->name);
		label(m, i, at, out);
		buf_fmt(out, "} %lld\n", (long long)total);
	}
}

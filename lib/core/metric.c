/* Counters and histograms in shared memory, printed in Prometheus' text format 0.0.4. */
#include "lib/core/metric.h"

#include <stdio.h>

#include "lib/base/check.h"
#include "lib/core/actor.h"

static const int64_t bucket_us[] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 75000, 100000, 250000, 500000, 750000, 1000000, 2500000,
                                     5000000, 7500000, 10000000 };
enum { BUCKETS = sizeof bucket_us / sizeof *bucket_us, HISTOGRAM_CELLS = BUCKETS + 2 /* +Inf, sum */ };

/* The closed sets of labels: one name with its values, or two, each value of the one with each of the other. */
struct names {
	const char *label;
	const char *const *values;
	size_t n;
};

static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
static const char *const refusals[REFUSAL__MAX] = { "credential", "login", "rate", "role", "kill_switch", "audit", "input" };
static const char *const job_ends[JOB_END__MAX] = { "done", "retry", "dead", "lost", "yielded" };
static const char *const job_states[JOB_STATE__MAX] = { "queued", "running", "dead" };
static const char *const key_types[KEY__MAX] = {
#define KEY_TYPE(name, letter, role, per_minute, ttl_s, renew_s, scopes, meaning) #name,
#include "lib/core/key_types.def"
#undef KEY_TYPE
};
static const char *const deliveries[DELIVERY__MAX] = { "delivered", "failed", "dead" };
static const char *const programs[PROGRAM__MAX] = {
#define PROGRAM(name, serves, role, keys, why) #name,
#include "lib/base/program.def"
#undef PROGRAM
};

const struct metric_info metric_infos[METRIC__MAX] = {
#define METRIC(name, type, labels, help) [METRIC_##name] = { #name, #type, #labels, help },
#include "lib/core/metrics.def"
#undef METRIC
};

static void names_of(const struct metrics *m, const struct metric_info *i, struct names of[2]);
static size_t n_labels(const struct metrics *m, const struct metric_info *i);
static uint64_t hash_names(uint64_t h, const char *const *names, size_t n);
static int64_t sum(const struct metrics *m, size_t cell);
static void label(const struct metrics *m, const struct metric_info *i, size_t at, struct buf *out);
static void print_histogram(const struct metrics *m, enum metric id, struct buf *out);
static void print_values(const struct metrics *m, enum metric id, const int64_t *gauge, struct buf *out);
static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

void metrics_init(struct metrics *m, enum program program, const struct metric_labels *labels, char layout[40])
{
	uint64_t h = 14695981039346656037u;
	size_t next = 0;

	*m = (struct metrics){ .program = program, .labels = labels };
	for (int id = 0; id < METRIC__MAX; id++) {
		const struct metric_info *i = &metric_infos[id];

		m->base[id] = next;
		next += n_labels(m, i) * (is(i->type, "HISTOGRAM") ? HISTOGRAM_CELLS : 1);
		h = hash_names(h, &i->name, 1);
	}
	h = hash_names(hash_names(h, labels->ops, labels->n_ops), labels->jobs, labels->n_jobs);
	CHECK(next <= SHARED_CELLS);
	snprintf(layout, 40, "%016llx-%zu", (unsigned long long)h, next);
}

void metric_add(struct metrics *m, enum metric id, size_t at, int64_t n)
{
	atomic_fetch_add_explicit(&m->shared->cells[m->program][m->base[id] + at], n, memory_order_relaxed);
}

void metric_set(struct metrics *m, enum metric id, size_t at, int64_t v)
{
	atomic_store_explicit(&m->shared->cells[m->program][m->base[id] + at], v, memory_order_relaxed);
}

void metric_time(struct metrics *m, enum metric id, size_t at, int64_t us)
{
	size_t cell = m->base[id] + at * HISTOGRAM_CELLS, b = 0;

	while (b < BUCKETS && us > bucket_us[b])
		b++;
	atomic_fetch_add_explicit(&m->shared->cells[m->program][cell + b], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->shared->cells[m->program][cell + BUCKETS + 1], us, memory_order_relaxed);
}

const char *metric_job_end_name(enum job_end end)
{
	CHECK(end < JOB_END__MAX);
	return job_ends[end];
}

void metrics_print(const struct metrics *m, const int64_t gauges[METRIC__MAX][PROGRAM__MAX], struct buf *out)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	for (int id = 0; id < METRIC__MAX; id++) {
		const struct metric_info *i = &metric_infos[id];

		buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", i->name, i->help, i->name, types[i->type[0] == 'C' ? 0 : i->type[0] == 'H' ? 2 : 1]);
		if (i->type[0] == 'H')
			print_histogram(m, (enum metric)id, out);
		else
			print_values(m, (enum metric)id, i->type[0] == 'G' ? gauges[id] : NULL, out);
	}
}

static void names_of(const struct metrics *m, const struct metric_info *i, struct names of[2])
{
	const struct names ops = { "op", m->labels->ops, m->labels->n_ops }, jobs = { "kind", m->labels->jobs, m->labels->n_jobs };
	const struct { const char *set; struct names of[2]; } sets[] = {
		{ "OP",        { ops } },
		{ "OP_CLASS",  { ops, { "status", classes, sizeof classes / sizeof *classes } } },
		{ "REFUSAL",   { { "by", refusals, REFUSAL__MAX } } },
		{ "PROGRAM",   { { "program", programs, PROGRAM__MAX } } },
		{ "KEY_TYPE",  { { "category", key_types, KEY__MAX } } },
		{ "JOB",       { jobs } },
		{ "JOB_END",   { jobs, { "end", job_ends, JOB_END__MAX } } },
		{ "DELIVERY",  { { "result", deliveries, DELIVERY__MAX } } },
		{ "JOB_STATE", { { "state", job_states, JOB_STATE__MAX } } },
	};

	of[0] = of[1] = (struct names){ .n = 1 };
	for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
		if (is(i->labels, sets[k].set))
			for (size_t d = 0; d < 2 && sets[k].of[d].label; d++)
				of[d] = sets[k].of[d];
}

static size_t n_labels(const struct metrics *m, const struct metric_info *i)
{
	struct names of[2];

	names_of(m, i, of);
	return of[0].n * of[1].n;
}

static uint64_t hash_names(uint64_t h, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (const char *c = names[i]; *c; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211u;
	return h;
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
	struct names of[2];

	names_of(m, i, of);
	if (of[0].label)
		buf_fmt(out, "%s=\"%s\"", of[0].label, of[0].values[at / of[1].n]);
	if (of[1].label)
		buf_fmt(out, ",%s=\"%s\"", of[1].label, of[1].values[at % of[1].n]);
}

/* What has two labels and never happened prints nothing: its series begins with the first time. */
static void print_values(const struct metrics *m, enum metric id, const int64_t *gauge, struct buf *out)
{
	const struct metric_info *i = &metric_infos[id];
	struct names of[2];

	names_of(m, i, of);
	for (size_t at = 0; at < of[0].n * of[1].n; at++) {
		int64_t v = gauge ? gauge[at] : sum(m, m->base[id] + at);

		if (of[1].label && v == 0)
			continue;
		buf_fmt(out, "%s", i->name);
		if (of[0].label) {
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

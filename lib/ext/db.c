/* Statements over a few pipelined libpq connections. The connections themselves are in link.c, the values in rows.c. */
#include "lib/ext/db.h"

#include <stdlib.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/ext/db_link.h"

#define CHECK_EVERY_US 250000

static struct link *choose(struct pool *p, bool writes);
static struct link *first_free(struct pool *p, int64_t now);
static struct link *least_loaded(struct pool *p, int from, int to);
static void tend(void *arg);
static void sweep(void *arg);

struct pool {
	struct loop *loop;
	struct pool_options o;
	struct link **links;
	int n;
	struct timer timer;
	int64_t syncs;
};

struct pool *pool_open(struct loop *l, const struct pool_options *o)
{
	struct pool *p = calloc(1, sizeof *p);

	CHECK(p && o->readers > 0 && o->writers >= 0);
	p->loop = l;
	p->o = *o;
	p->n = o->readers + o->writers;
	p->links = calloc((size_t)p->n, sizeof(struct link *));
	CHECK(p->links);
	for (int i = 0; i < p->n; i++)
		p->links[i] = link_new(l, &p->o);
	p->timer = (struct timer){ .fire = tend, .arg = p };
	loop_timer(l, &p->timer, CHECK_EVERY_US, CHECK_EVERY_US);
	loop_at_turn_end(l, sweep, p);
	tend(p);
	return p;
}

void pool_close(struct pool *p)
{
	int n = p->n;

	p->n = p->o.readers = p->o.writers = 0; /* a fiber that hears of its lost link finds no other to try */
	for (int i = 0; i < n; i++)
		link_free(p->links[i]);
	free(p->links);
	free(p);
}

struct pool_state pool_state(const struct pool *p)
{
	struct pool_state s = { .links = p->n, .syncs = p->syncs };

	for (int i = 0; i < p->n; i++) {
		s.ready += link_is_ready(p->links[i]);
		s.in_flight += link_load(p->links[i]);
		s.opened += link_opened(p->links[i]);
	}
	return s;
}

bool pool_heard(struct pool *p)
{
	bool heard = false;

	for (int i = 0; i < p->n; i++)
		heard = link_heard(p->links[i]) || heard;
	return heard;
}

const char *pool_fault(const struct pool *p)
{
	for (int i = 0; i < p->n; i++)
		if (link_fault(p->links[i])[0])
			return link_fault(p->links[i]);
	return "";
}

struct rows *db_run(struct db *d, const struct stmt *s, const struct arg *args)
{
	struct call *c = mem_alloc(d->mem, sizeof *c);
	struct link *l;

	if (!fiber_self())
		loop_turn(d->pool->loop, 0); /* a blocking worker hears of a lost connection here */
	d->runs++;
	c->db = d;
	c->stmt = s;
	c->fiber = fiber_self();
	c->rows = rows_new(d->mem);
	l = choose(d->pool, s->writes);
	if (!l) {
		rows_fail(c->rows, pool_state(d->pool).ready ? E_BUSY : E_DB_AWAY);
		return c->rows;
	}
	link_send(l, c, args);
	d->pool->syncs++;
	while (!c->done) {
		if (c->fiber)
			fiber_park();
		else
			loop_turn(d->pool->loop, CHECK_EVERY_US);
	}
	return c->rows;
}

/* Reads share the first link that is not held up, so that they go to the server together; writes spread, so that they reach the disk together.
 * When none is ready, a blocking worker, which has nothing else to do, waits a second for one to come up. */
static struct link *choose(struct pool *p, bool writes)
{
	int64_t now = clock_mono_us(), deadline = now + 1000000;
	int from = writes ? p->o.readers : 0, to = writes ? p->n : p->o.readers;
	struct link *best;

	if (from == to)
		from = 0;
	for (;;) {
		best = writes ? NULL : first_free(p, now);
		if (!best)
			best = least_loaded(p, from, to);
		if (!best)
			best = least_loaded(p, 0, p->n);
		if (best || fiber_self() || clock_mono_us() >= deadline)
			return best;
		loop_turn(p->loop, 20000);
	}
}

static struct link *first_free(struct pool *p, int64_t now)
{
	for (int i = 0; i < p->o.readers; i++)
		if (link_has_room(p->links[i]) && !link_is_held_up(p->links[i], now))
			return p->links[i];
	return NULL;
}

static struct link *least_loaded(struct pool *p, int from, int to)
{
	struct link *best = NULL;

	for (int i = from; i < to; i++)
		if (link_has_room(p->links[i]) && (!best || link_load(p->links[i]) < link_load(best)))
			best = p->links[i];
	return best;
}

static void tend(void *arg)
{
	struct pool *p = arg;

	for (int i = 0; i < p->n; i++)
		link_tend(p->links[i], clock_mono_us());
}

static void sweep(void *arg)
{
	struct pool *p = arg;

	bool again = true;

	while (again) { /* a fiber that hears of a lost link may send at once on another */
		again = false;
		for (int i = 0; i < p->n; i++)
			again = link_sweep(p->links[i]) || again;
	}
}

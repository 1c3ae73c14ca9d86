/* The event loop: epoll, timers in a short list, and what runs at the end of every turn. */
#include "lib/base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"

#define EVENTS_A_TURN 128
#define ENDS_MAX 8

struct loop {
	int epoll;
	struct timer *timers;
	struct epoll_event ready[EVENTS_A_TURN];
	int n_ready, at;
	struct { void (*fn)(void *); void *arg; } ends[ENDS_MAX];
	int n_ends;
};

static int64_t until_due(const struct loop *l, int64_t most_us);
static void fire_timers(struct loop *l);

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof *l);

	CHECK(l);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	CHECK(l->epoll >= 0);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	close(l->epoll);
	free(l);
}

void loop_watch(struct loop *l, struct watch *w, unsigned events)
{
	struct epoll_event e = { .data.ptr = w };

	if (w->on && w->events == events)
		return;
	e.events = (events & LOOP_READ ? (uint32_t)EPOLLIN : 0) | (events & LOOP_WRITE ? (uint32_t)EPOLLOUT : 0);
	CHECK(epoll_ctl(l->epoll, w->on ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &e) == 0);
	w->on = true;
	w->events = events;
}

void loop_unwatch(struct loop *l, struct watch *w)
{
	if (!w->on)
		return;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->on = false;
	for (int i = l->at; i < l->n_ready; i++)
		if (l->ready[i].data.ptr == w)
			l->ready[i].data.ptr = NULL;
}

void loop_timer(struct loop *l, struct timer *t, int64_t in_us, int64_t every_us)
{
	t->at_us = clock_mono_us() + in_us;
	t->every_us = every_us;
	t->next = l->timers;
	l->timers = t;
}

void loop_at_turn_end(struct loop *l, void (*fn)(void *), void *arg)
{
	CHECK(l->n_ends < ENDS_MAX);
	l->ends[l->n_ends].fn = fn;
	l->ends[l->n_ends++].arg = arg;
}

void loop_turn(struct loop *l, int64_t most_us)
{
	int64_t wait = until_due(l, most_us);

	l->n_ready = epoll_wait(l->epoll, l->ready, EVENTS_A_TURN, (int)((wait + 999) / 1000));
	CHECK(l->n_ready >= 0 || errno == EINTR);
	for (l->at = 0; l->at < l->n_ready;) {
		struct epoll_event *e = &l->ready[l->at++];
		struct watch *w = e->data.ptr;

		if (w)
			w->ready(w->arg, (e->events & EPOLLIN ? LOOP_READ : 0u) | (e->events & EPOLLOUT ? LOOP_WRITE : 0u) |
			                     (e->events & (EPOLLHUP | EPOLLERR) ? LOOP_GONE : 0u));
	}
	l->n_ready = l->at = 0;
	fire_timers(l);
	for (int i = 0; i < l->n_ends; i++)
		l->ends[i].fn(l->ends[i].arg);
}

/* How long the loop may sleep until the next timer. */
static int64_t until_due(const struct loop *l, int64_t most_us)
{
	int64_t now = clock_mono_us(), wait = most_us;

	for (const struct timer *t = l->timers; t; t = t->next)
		if (t->at_us - now < wait)
			wait = t->at_us > now ? t->at_us - now : 0;
	return wait;
}

/* After the events and ahead of the turn's end, so that what a timer sends leaves with this turn. */
static void fire_timers(struct loop *l)
{
	int64_t now = clock_mono_us();

	for (struct timer **at = &l->timers, *t; (t = *at);) {
		if (t->at_us > now) {
			at = &t->next;
			continue;
		}
		if (t->every_us) {
			t->at_us = now + t->every_us;
			at = &t->next;
		} else {
			*at = t->next;
		}
		t->fire(t->arg);
	}
}

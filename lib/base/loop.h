#ifndef BASE_LOOP_H
#define BASE_LOOP_H
#include <stdbool.h>
#include <stdint.h>

/* One thread's waiting: file descriptors by epoll and a few timers. A worker of the event-driven programs turns it for
 * ever; a blocking worker turns it only while it waits for an answer. A watch or timer belongs to its caller and must
 * outlive its registration. */
enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_GONE = 4 }; /* GONE: hang-up or error, always reported */

struct loop;

struct watch {
	int fd;
	void (*ready)(void *arg, unsigned events);
	void *arg;
	unsigned events; /* what is asked for now */
	bool on;
};

struct timer {
	int64_t at_us, every_us; /* every_us 0: once */
	void (*fire)(void *arg);
	void *arg;
	struct timer *next;
};

struct loop *loop_new(void);
void loop_free(struct loop *l);
void loop_watch(struct loop *l, struct watch *w, unsigned events); /* adds or changes */
void loop_unwatch(struct loop *l, struct watch *w);                /* before its fd is closed; no event of it comes after */
void loop_timer(struct loop *l, struct timer *t, int64_t in_us, int64_t every_us);
void loop_at_turn_end(struct loop *l, void (*fn)(void *), void *arg); /* at most 8; for work that gathers over a turn */
void loop_turn(struct loop *l, int64_t most_us); /* waits at most that long for something to do, and does it */

#endif

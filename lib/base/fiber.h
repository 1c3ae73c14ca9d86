#ifndef BASE_FIBER_H
#define BASE_FIBER_H
#include <stdbool.h>
#include <stddef.h>

/* Straight-line code that can wait: a function on a stack of its own. fiber_park() leaves it, fiber_wake() from the loop goes on
 * with it. One thread, no preemption. Stacks are mapped with a guard page below and used again. */
struct fiber;

/* Runs fn(arg) until it ends or parks. false: `max` fibers are alive already. */
bool fiber_start(void (*fn)(void *), void *arg);
void fiber_limit(size_t max);
struct fiber *fiber_self(void); /* NULL outside any */
void fiber_park(void);          /* in a fiber only */
void fiber_wake(struct fiber *f); /* from outside any fiber, once per park */
size_t fiber_count(void);

#endif

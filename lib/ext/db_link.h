#ifndef EXT_DB_LINK_H
#define EXT_DB_LINK_H
#include "lib/base/fiber.h"
#include "lib/ext/db.h"

/* Inside lib/ext only: one connection and the statements in flight on it.
 *
 *   DOWN --tend--> CONNECTING --> PREPARING --> READY
 *     ^___________________________________________|   any fault: everything in flight fails, next try after a pause */
struct link;

/* One statement on its way, answered in the order it was sent. */
struct call {
	struct db *db;
	const struct stmt *stmt;
	struct rows *rows;
	struct fiber *fiber; /* to wake; NULL: the caller turns the loop */
	int64_t sent_us;
	int step;            /* answers had so far: 0 nothing, then one more for each statement of the pipeline */
	bool done;
};

struct link *link_new(struct loop *l, const struct pool_options *o);
void link_free(struct link *k);
void link_send(struct link *k, struct call *c, const struct arg *args); /* the link is ready */
void link_tend(struct link *k, int64_t now_us); /* every 250 ms: opens again, cuts what hangs */
bool link_sweep(struct link *k); /* outside any fiber, once a turn: flushes what the turn sent, fails what a broken send left behind; true when it did */
bool link_is_ready(const struct link *k);
bool link_has_room(const struct link *k); /* ready, and not full of statements in flight */
bool link_is_held_up(const struct link *k, int64_t now_us); /* by a statement that takes longer than its kind should */
int link_load(const struct link *k);
int64_t link_opened(const struct link *k);
bool link_heard(struct link *k); /* a notification, since this was asked last */
const char *link_fault(const struct link *k);

struct rows *rows_new(struct mem *m);
void rows_fail(struct rows *r, enum err e);
void rows_take(struct rows *r, void *pg_result); /* a PGresult; released with the arena */

#endif

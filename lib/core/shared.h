#ifndef CORE_SHARED_H
#define CORE_SHARED_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/program.h"
#include "lib/base/str.h"

/* Memory that all workers of one host share: a mapped file under STATE_DIR/run. Counters, rate limits and heartbeats live here, so that a worker
 * killed at any point loses nothing. Every cell is one relaxed atomic. Each layout of the cells has a file of its own. */
enum { SHARED_SLOTS = 64, SHARED_CELLS = 16384, RATE_SLOTS = 65536, SHARE_SLOTS = 8192, SLOT_WAYS = 8 };

/* A named number that is worth the less the smaller it is: see rate.c and share.c for what theirs say. */
struct slot {
	_Atomic uint64_t who; /* hash of the name; 0: never used */
	_Atomic uint64_t value;
};

struct beat {
	_Atomic int64_t at_us, links, links_ready, in_flight; /* of one worker: last tick, and its database links then */
};

struct shared {
	char layout[64];
	_Alignas(64) struct beat beats[PROGRAM__MAX][SHARED_SLOTS];
	_Alignas(64) _Atomic int64_t endings; /* statements after which a session, a key or a role may be another */
	struct slot rates[RATE_SLOTS];
	struct slot shares[SHARE_SLOTS];
	_Atomic int64_t cells[PROGRAM__MAX][SHARED_CELLS];
};

/* Maps `path`, made when absent. NULL: errno says why. `layout` names the meaning of the cells. */
struct shared *shared_open(const char *path, const char *layout);
void shared_close(struct shared *s);

/* The slot of that name among its eight places in a table of `n`, or else the one of the least value, taken over with the value `fresh`. */
struct slot *slot_find(struct slot *table, size_t n, struct str who, uint64_t fresh);

#endif

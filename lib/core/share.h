#ifndef CORE_SHARE_H
#define CORE_SHARE_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"
#include "lib/core/shared.h"

/* A host's share of limits that hold for all hosts together: the database grants a few requests at a time, which all workers of the host
 * spend from here until they run out or their minute does. A refusal is kept the same way. One atomic number per key; when more keys are in use than there
 * is room for, the share that ends soonest of eight is given up, and is lost: a flood can only tighten limits. */
enum share_state { SHARE_NONE /* ask the database */, SHARE_TAKEN, SHARE_REFUSED };

enum { SHARE_MOST = (1 << 18) - 1 }; /* requests in one share, and left for others */

struct share {
	int64_t left;    /* requests that may still be made, as far as this host knows */
	int64_t until_s; /* on the monotonic clock: when the share ends, or when to ask again */
};

enum share_state share_take(struct shared *s, struct str who, int64_t now_us, struct share *out);
/* `granted` more until then, `left` others in the database; none granted: a refusal until then. */
void share_add(struct shared *s, struct str who, int64_t granted, struct share more, int64_t now_us);

#endif

#ifndef CORE_RATE_H
#define CORE_RATE_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"
#include "lib/core/shared.h"

/* Token buckets in shared memory, one per (class, principal): `burst` tokens, `per_second` coming back. Without a lock; when more buckets are
 * in use than there is room for, the fullest of eight neighbours is given up, so a flood of keys can only loosen the limit of others. */
struct rate_answer {
	bool ok;
	int64_t limit, left;       /* tokens */
	int64_t retry_s, reset_s;  /* until one token, until all */
};

struct rate_answer rate_take(struct shared *s, struct str who, double per_second, int64_t burst, int64_t now_us);

#endif

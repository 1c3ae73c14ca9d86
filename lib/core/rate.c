/* The generic cell rate algorithm: a bucket is one number, the time at which it will be full again. */
#include "lib/core/rate.h"

#include "lib/base/check.h"

#define STALE_US 60000000 /* further from full than a bucket can be: from before a reboot, when the clock began anew */

struct rate_answer rate_take(struct shared *s, struct str who, double per_second, int64_t burst, int64_t now_us)
{
	struct slot *slot = slot_find(s->rates, RATE_SLOTS, who, (uint64_t)now_us); /* its value: when the bucket will be full again */
	uint64_t seen = atomic_load_explicit(&slot->value, memory_order_relaxed);
	int64_t each_us, room_us, next;
	struct rate_answer a = { .ok = true, .limit = burst };

	CHECK(per_second > 0 && burst > 0);
	each_us = (int64_t)(1e6 / per_second);
	room_us = each_us * burst;
	do {
		int64_t full = (int64_t)seen;
		bool stale = full - now_us > room_us + STALE_US;

		next = (full > now_us && !stale ? full : now_us) + each_us;
		if (next - now_us > room_us) {
			a.ok = false;
			next = full;
			break;
		}
	} while (!atomic_compare_exchange_weak_explicit(&slot->value, &seen, (uint64_t)next, memory_order_relaxed, memory_order_relaxed));
	a.left = (room_us - (next - now_us)) / each_us;
	a.left = a.left < 0 ? 0 : a.left;
	a.reset_s = (next - now_us + 999999) / 1000000;
	a.retry_s = a.ok ? 0 : (next + each_us - room_us - now_us + 999999) / 1000000;
	return a;
}

/* The generic cell rate algorithm: a bucket is one number, the time at which it will be full again. */
#include "lib/core/rate.h"

#include "lib/base/check.h"

#define STALE_US 60000000 /* further from full than a bucket can be: from before a reboot, when the clock began anew */

static struct rate_slot *slot_of(struct shared *s, struct str who, int64_t now_us);

struct rate_answer rate_take(struct shared *s, struct str who, double per_second, int64_t burst, int64_t now_us)
{
	struct rate_slot *slot = slot_of(s, who, now_us);
	int64_t each_us, room_us, full = atomic_load_explicit(&slot->full_us, memory_order_relaxed), next;
	struct rate_answer a = { .ok = true, .limit = burst };

	CHECK(per_second > 0 && burst > 0);
	each_us = (int64_t)(1e6 / per_second);
	room_us = each_us * burst;
	do {
		bool stale = full - now_us > room_us + STALE_US;

		next = (full > now_us && !stale ? full : now_us) + each_us;
		if (next - now_us > room_us) {
			a.ok = false;
			next = full;
			break;
		}
	} while (!atomic_compare_exchange_weak_explicit(&slot->full_us, &full, next, memory_order_relaxed, memory_order_relaxed));
	a.left = (room_us - (next - now_us)) / each_us;
	a.left = a.left < 0 ? 0 : a.left;
	a.reset_s = (next - now_us + 999999) / 1000000;
	a.retry_s = a.ok ? 0 : (next + each_us - room_us - now_us + 999999) / 1000000;
	return a;
}

uint64_t rate_hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++) {
		h = (h ^ (unsigned char)s.p[i]) * 0x9E3779B97F4A7C15u;
		h ^= h >> 29;
	}
	return h ? h : 1;
}

/* The bucket of that name among its eight places, or the place whose bucket is, or will soonest be, full: a full bucket is as good as none. */
static struct rate_slot *slot_of(struct shared *s, struct str who, int64_t now_us)
{
	uint64_t h = rate_hash(who);
	struct rate_slot *row = &s->rates[h % (RATE_SLOTS / RATE_WAYS) * RATE_WAYS], *free = row;

	for (int i = 0; i < RATE_WAYS; i++) {
		if (atomic_load_explicit(&row[i].who, memory_order_relaxed) == h)
			return &row[i];
		if (atomic_load_explicit(&row[i].full_us, memory_order_relaxed) < atomic_load_explicit(&free->full_us, memory_order_relaxed))
			free = &row[i];
	}
	atomic_store_explicit(&free->full_us, now_us, memory_order_relaxed);
	atomic_store_explicit(&free->who, h, memory_order_relaxed);
	return free;
}

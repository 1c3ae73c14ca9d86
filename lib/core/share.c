/* Shares of limits: until when (27 bits of seconds), refused or not, what is left elsewhere (18 bits), what is here (18 bits), in one number. */
#include "lib/core/share.h"

#include "lib/base/check.h"

#define HERE(v) ((int64_t)((v) & SHARE_MOST))
#define LEFT(v) ((int64_t)((v) >> 18 & SHARE_MOST))
#define REFUSED(v) ((v) >> 36 & 1)
#define UNTIL(v) ((int64_t)((v) >> 37))
#define FAR_S 150 /* no share or refusal ends later than that: it is from before a reboot, when the clock began anew */

static bool runs(uint64_t v, int64_t now_us);
static uint64_t pack(int64_t until_s, bool refused, int64_t left, int64_t here);

enum share_state share_take(struct shared *s, struct str who, int64_t now_us, struct share *out)
{
	struct slot *slot = slot_find(s->shares, SHARE_SLOTS, who, 0);
	uint64_t v = atomic_load_explicit(&slot->value, memory_order_relaxed);

	do {
		*out = (struct share){ LEFT(v), UNTIL(v) };
		if (!runs(v, now_us))
			return SHARE_NONE;
		if (HERE(v) == 0)
			return REFUSED(v) ? SHARE_REFUSED : SHARE_NONE;
	} while (!atomic_compare_exchange_weak_explicit(&slot->value, &v, v - 1, memory_order_relaxed, memory_order_relaxed));
	out->left += HERE(v) - 1;
	return SHARE_TAKEN;
}

/* Grants of the same minute add up; the earlier end of two is the safe one. */
void share_add(struct shared *s, struct str who, int64_t granted, struct share more, int64_t now_us)
{
	struct slot *slot = slot_find(s->shares, SHARE_SLOTS, who, 0);
	uint64_t v = atomic_load_explicit(&slot->value, memory_order_relaxed), next;

	CHECK(granted >= 0 && granted <= SHARE_MOST && more.left >= 0 && more.left <= SHARE_MOST);
	do {
		bool adds = runs(v, now_us) && HERE(v) > 0;
		int64_t until = adds && UNTIL(v) < more.until_s ? UNTIL(v) : more.until_s, here = granted + (adds ? HERE(v) : 0);

		next = pack(until, here == 0, more.left, here > SHARE_MOST ? SHARE_MOST : here);
	} while (!atomic_compare_exchange_weak_explicit(&slot->value, &v, next, memory_order_relaxed, memory_order_relaxed));
}

static bool runs(uint64_t v, int64_t now_us)
{
	int64_t now_s = now_us / 1000000;

	return UNTIL(v) > now_s && UNTIL(v) < now_s + FAR_S;
}

static uint64_t pack(int64_t until_s, bool refused, int64_t left, int64_t here)
{
	CHECK(until_s >= 0 && until_s < 1 << 27);
	return (uint64_t)until_s << 37 | (uint64_t)refused << 36 | (uint64_t)left << 18 | (uint64_t)here;
}

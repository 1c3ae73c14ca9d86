/* The pause between attempts. */
#include "lib/work/work.h"

enum { FIRST_MS = 1000, MOST_MS = 3600000 };

int64_t backoff_ms(int64_t attempt, uint32_t dice)
{
	int64_t ms = FIRST_MS;

	for (; attempt > 1 && ms < MOST_MS; attempt--)
		ms *= 4;
	if (ms > MOST_MS)
		ms = MOST_MS;
	return ms - (int64_t)(dice % (uint32_t)(ms / 2 + 1));
}

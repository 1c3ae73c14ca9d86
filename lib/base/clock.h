#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdint.h>

#include "lib/base/str.h"

int64_t clock_mono_us(void); /* microseconds that never go back; for spans and deadlines */
int64_t clock_wall_us(void); /* microseconds since 1970-01-01 UTC */

/* RFC 3339 UTC with milliseconds, "2026-11-24T16:30:00.123Z": CLOCK_TEXT bytes, no NUL. Years 0000 to 9999; others are clamped. */
#define CLOCK_TEXT 24
void clock_format(int64_t wall_us, char out[CLOCK_TEXT]);

#endif

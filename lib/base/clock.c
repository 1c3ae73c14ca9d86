/* The two clocks, and the one way a time is written. */
#include "lib/base/clock.h"

#include <time.h>

static void two(char *o, unsigned v);

int64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Days to civil date after Howard Hinnant's chrono-compatible algorithm: no table, no division by months. */
void clock_format(int64_t us, char out[CLOCK_TEXT])
{
	const int64_t least = -62167219200000000, most = 253402300799999000, day_us = 86400000000;
	unsigned day, era, doe, yoe, doy, mp, y, ms, s;

	us = (us < least ? least : us > most ? most : us) - least; /* since the year 0: nothing is negative from here on, and all but this fits 32 bits */
	day = (unsigned)(us / day_us);
	ms = (unsigned)((us - day * day_us) / 1000);
	s = ms / 1000;
	ms %= 1000;
	day += 146097 - 60; /* since the first of March 400 years before year 0 */
	era = day / 146097;
	doe = day - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	y = yoe + era * 400 + (mp >= 10) - 400;

	two(out, y / 100);
	two(out + 2, y % 100);
	out[4] = '-';
	two(out + 5, mp < 10 ? mp + 3 : mp - 9);
	out[7] = '-';
	two(out + 8, doy - (153 * mp + 2) / 5 + 1);
	out[10] = 'T';
	two(out + 11, s / 3600);
	out[13] = ':';
	two(out + 14, s / 60 % 60);
	out[16] = ':';
	two(out + 17, s % 60);
	out[19] = '.';
	out[20] = (char)('0' + ms / 100);
	two(out + 21, ms % 100);
	out[23] = 'Z';
}

static void two(char *o, unsigned v)
{
	o[0] = (char)('0' + v / 10);
	o[1] = (char)('0' + v % 10);
}

/* Slots as record locks on the bytes of one file. */
#include "lib/core/hash_slots.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"

enum { WAIT_US = 1000000, PAUSE_NS = 2000000 };

static struct { int fd, held; long cores; } slots = { .fd = -1, .held = -1 };

static bool lock(int slot, short kind);

void hash_slots_open(const char *path)
{
	slots.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	slots.cores = sysconf(_SC_NPROCESSORS_ONLN);
	CHECK(slots.fd >= 0 && slots.cores > 0);
}

bool hash_slot_take(void)
{
	const struct timespec pause = { 0, PAUSE_NS };
	int64_t until = clock_mono_us() + WAIT_US;

	CHECK(slots.held < 0);
	do {
		for (int i = 0; i < slots.cores; i++)
			if (lock(i, F_WRLCK)) {
				slots.held = i;
				return true;
			}
		nanosleep(&pause, NULL);
	} while (clock_mono_us() < until);
	return false;
}

void hash_slot_give(void)
{
	CHECK(slots.held >= 0 && lock(slots.held, F_UNLCK));
	slots.held = -1;
}

static bool lock(int slot, short kind)
{
	struct flock l = { .l_type = kind, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1 };

	return fcntl(slots.fd, F_SETLK, &l) == 0;
}

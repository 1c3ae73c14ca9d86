/* The memory shared by the workers of a host. */
#include "lib/core/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_locked(const char *path);
static uint64_t hash(struct str s);

struct shared *shared_open(const char *path, const char *layout)
{
	int fd = open_locked(path);
	struct shared *s;
	struct stat st;
	char want[sizeof s->layout] = "";

	if (fd < 0)
		return NULL;
	snprintf(want, sizeof want, "%s/%zu", layout, sizeof *s);
	if (fstat(fd, &st) == 0 && st.st_size != 0 && st.st_size != (off_t)sizeof *s) {
		close(fd);
		if (unlink(path) != 0 || (fd = open_locked(path)) < 0)
			return NULL;
	}
	(void)!fchmod(fd, 0660); /* whoever made it, the other programs' users are in its group */
	if (ftruncate(fd, sizeof *s) != 0) {
		close(fd);
		return NULL;
	}
	s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s != MAP_FAILED && memcmp(s->layout, want, sizeof want) != 0) {
		memset(s, 0, sizeof *s);
		memcpy(s->layout, want, sizeof want);
	}
	flock(fd, LOCK_UN); /* closing alone would not: the mapping keeps the file open */
	close(fd);
	return s == MAP_FAILED ? NULL : s;
}

void shared_close(struct shared *s)
{
	munmap(s, sizeof *s);
}

/* Two programs may start at once: the first to come lays the file out. */
static int open_locked(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) /* not asked for at once: in a sticky folder the kernel may refuse it for another user's file */
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

struct slot *slot_find(struct slot *table, size_t n, struct str who, uint64_t fresh)
{
	uint64_t h = hash(who);
	struct slot *row = &table[h % (n / SLOT_WAYS) * SLOT_WAYS], *least = row;

	for (int i = 0; i < SLOT_WAYS; i++) {
		if (atomic_load_explicit(&row[i].who, memory_order_relaxed) == h)
			return &row[i];
		if (atomic_load_explicit(&row[i].value, memory_order_relaxed) < atomic_load_explicit(&least->value, memory_order_relaxed))
			least = &row[i];
	}
	atomic_store_explicit(&least->value, fresh, memory_order_relaxed);
	atomic_store_explicit(&least->who, h, memory_order_relaxed);
	return least;
}

/* Never 0. */
static uint64_t hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++) {
		h = (h ^ (unsigned char)s.p[i]) * 0x9E3779B97F4A7C15u;
		h ^= h >> 29;
	}
	return h ? h : 1;
}

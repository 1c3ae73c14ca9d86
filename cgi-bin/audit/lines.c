/* Files of lines that only grow. */
#include "cgi-bin/audit/lines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAIL_MOST = 8 << 20 };

static bool read_last(int fd, struct mem *m, off_t *size, struct str *last);
static struct str stem(const struct lines *f) { return (struct str){ f->name, strlen(f->name) - strlen(".jsonl") }; }

bool lines_open(struct lines *f, struct mem *m, struct str *last)
{
	off_t whole;

	f->fd = openat(f->dir, f->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, f->mode);
	if (f->fd < 0)
		return false;
	/* The umask of a worker takes the group's right to read away. */
	if (fchmod(f->fd, f->mode) == 0 && read_last(f->fd, m, &whole, last) && ftruncate(f->fd, whole) == 0 && fsync(f->dir) == 0) {
		f->size = whole;
		return true;
	}
	lines_close(f);
	return false;
}

void lines_close(struct lines *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

bool lines_append(struct lines *f, struct str text)
{
	size_t done = 0;
	int e;

	while (done < text.n) {
		ssize_t n = pwrite(f->fd, text.p + done, text.n - done, f->size + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done == text.n && fdatasync(f->fd) == 0) {
		f->size += (off_t)text.n;
		return true;
	}
	e = errno;
	(void)!ftruncate(f->fd, f->size); /* when this fails too, the next append writes over it */
	errno = e;
	return false;
}

bool lines_rotate(struct lines *f)
{
	char to[80], stamp[20];
	struct stat st;
	struct tm tm;
	time_t now = time(NULL);

	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	snprintf(to, sizeof to, "%.*s-%s.jsonl", STR_FMT(stem(f)), stamp);
	if (fstatat(f->dir, to, &st, 0) == 0)
		return true;
	if (renameat(f->dir, f->name, f->dir, to) != 0)
		return false;
	lines_close(f);
	f->fd = openat(f->dir, f->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, f->mode);
	f->size = 0;
	return f->fd >= 0 && fchmod(f->fd, f->mode) == 0 && fsync(f->dir) == 0;
}

bool lines_last_rotated(const struct lines *f, struct mem *m, struct str *last)
{
	struct str prefix = mem_strf(m, "%.*s-", STR_FMT(stem(f))), newest = STR_NONE;
	DIR *d = fdopendir(openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	off_t size;
	bool ok;
	int fd;

	*last = STR_NONE;
	if (!d)
		return false;
	for (const struct dirent *e; (e = readdir(d));)
		if (str_has_prefix(str_from(e->d_name), prefix) && (!newest.p || strcmp(e->d_name, newest.p) > 0))
			newest = mem_copy(m, str_from(e->d_name));
	closedir(d);
	if (!newest.p)
		return true;
	fd = openat(f->dir, newest.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ok = fd >= 0 && read_last(fd, m, &size, last);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* `size` counts whole lines. */
static bool read_last(int fd, struct mem *m, off_t *size, struct str *last)
{
	struct stat st;
	char *bytes;
	ssize_t n;
	off_t from;

	*last = STR_NONE;
	if (fstat(fd, &st) != 0)
		return false;
	from = st.st_size > TAIL_MOST ? st.st_size - TAIL_MOST : 0;
	bytes = mem_raw(m, (size_t)(st.st_size - from) + 1);
	n = pread(fd, bytes, (size_t)(st.st_size - from), from);
	if (n < 0)
		return false;
	while (n > 0 && bytes[n - 1] != '\n')
		n--;
	*size = from + n;
	if (n == 0)
		return from == 0;
	*last = (struct str){ bytes, (size_t)n - 1 };
	for (const char *p = bytes + n - 1; p > bytes; p--)
		if (p[-1] == '\n') {
			*last = (struct str){ p, (size_t)(bytes + n - 1 - p) };
			break;
		}
	return true;
}

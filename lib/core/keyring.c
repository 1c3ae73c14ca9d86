/* Secret keys from their files. */
#include "lib/core/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/code.h"
#include "lib/ext/crypto.h"

enum { PAGE = 1024 };

static bool parse_keys(struct keyring *k, struct str lines);
static bool is_kid(struct str s);
static bool parse_key(struct str hex, unsigned char out[KEY_SIZE]);
static bool read_secret_file(const char *path, struct mem *m, struct str *out, struct str *why);

static void wipe_page(void *bytes) { secret_wipe(bytes, PAGE); }

bool keyring_read(struct keyring *k, const char *file, struct mem *m, struct str *why)
{
	struct str lines;

	k->n = 0;
	if (!read_secret_file(file, m, &lines, why))
		return false;
	if (!parse_keys(k, lines)) {
		*why = mem_strf(m, "%s: line %d is not \"kid:64 hex digits\" of a random key, its kid is there already, or there are more than %d", file, k->n + 1, KEYS_MOST);
		return false;
	}
	if (k->n == 0)
		*why = mem_strf(m, "%s holds no key", file);
	return k->n > 0;
}

bool keyring_find(const struct keyring *k, struct str kid, int *at)
{
	for (*at = 0; *at < k->n; ++*at)
		if (str_is(kid, str_from(k->list[*at].kid)))
			return true;
	return false;
}

bool key_read(unsigned char key[KEY_SIZE], const char *file, struct mem *m, struct str *why)
{
	struct str lines, line;

	if (!read_secret_file(file, m, &lines, why))
		return false;
	str_cut(&lines, '\n', &line);
	if (parse_key(line, key))
		return true;
	*why = mem_strf(m, "%s: not 64 hex digits of a random key", file);
	return false;
}

static bool parse_keys(struct keyring *k, struct str lines)
{
	struct str line, kid;
	int at;

	while (str_cut(&lines, '\n', &line)) {
		if (!line.n)
			continue;
		if (k->n == KEYS_MOST || !str_cut(&line, ':', &kid) || !is_kid(kid) || keyring_find(k, kid, &at) || !parse_key(line, k->list[k->n].key))
			return false;
		snprintf(k->list[k->n++].kid, KID_SIZE, "%.*s", STR_FMT(kid));
	}
	return true;
}

/* Letters, digits, dot, underscore and dash: a kid is written into what it signs. */
static bool is_kid(struct str s)
{
	static const char taken[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	for (size_t i = 0; i < s.n; i++)
		if (!memchr(taken, s.p[i], sizeof taken - 1))
			return false;
	return s.n > 0 && s.n < KID_SIZE;
}

static bool parse_key(struct str hex, unsigned char out[KEY_SIZE])
{
	bool seen[256] = { false };
	int distinct = 0;

	if (hex.n != KEY_SIZE * 2 || !hex_decode(hex, out, KEY_SIZE))
		return false;
	for (int i = 0; i < KEY_SIZE; i++) {
		distinct += !seen[out[i]];
		seen[out[i]] = true;
	}
	return distinct >= 16; /* 32 random bytes have fewer once in 10^13 times */
}

static bool read_secret_file(const char *path, struct mem *m, struct str *out, struct str *why)
{
	char *bytes = mem_alloc(m, PAGE);
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0) {
		*why = mem_strf(m, "secret file \"%s\" cannot be opened: %s", path, strerror(errno));
		return false;
	}
	n = fstat(fd, &st) == 0 ? read(fd, bytes, PAGE - 1) : -1;
	close(fd);
	if (n < 0 || (st.st_mode & 0377)) {
		*why = mem_strf(m, "secret file \"%s\" must be readable by its owner alone (mode 0400)", path);
		return false;
	}
	*out = (struct str){ bytes, (size_t)n };
	mem_defer(m, wipe_page, bytes);
	return true;
}

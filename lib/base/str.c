/* Borrowed byte runs: comparing, cutting, and the checks every field needs. */
#include "lib/base/str.h"

static unsigned char lower(char c);
static bool digits(struct str s, size_t at, size_t n, int64_t *out);
static size_t utf8_len(const unsigned char *p, size_t n);

bool str_has_prefix(struct str s, struct str prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

bool str_is_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

struct str str_trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_skip(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool str_find(struct str s, char c, size_t *at)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	if (hit)
		*at = (size_t)(hit - s.p);
	return hit != NULL;
}

bool str_cut(struct str *rest, char sep, struct str *head)
{
	size_t at;

	if (!rest->p)
		return false;
	if (str_find(*rest, sep, &at)) {
		*head = str_head(*rest, at);
		*rest = str_skip(*rest, at + 1);
	} else {
		*head = *rest;
		*rest = STR_NONE;
	}
	return true;
}

bool str_to_int(struct str s, int64_t *out)
{
	bool minus = s.n && s.p[0] == '-';
	int64_t v = 0;

	if (minus)
		s = str_skip(s, 1);
	if (!s.n || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int d = s.p[i] - '0';

		if (d < 0 || d > 9 || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, d, &v))
			return false;
	}
	if (!minus && v == INT64_MIN)
		return false;
	*out = minus ? v : -v;
	return true;
}

bool str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0, k; i < s.n; i += k) {
		k = p[i] < 0x80 ? 1 : utf8_len(p + i, s.n - i);
		if (!k)
			return false;
	}
	return true;
}

size_t str_chars(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

bool str_is_uuid(struct str s)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		unsigned char c = lower(s.p[i]);

		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

bool str_is_time(struct str s)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t y, mo, d, h, mi, sec, zh = 0, zm = 0;
	size_t at = 19;

	if (s.n < 20 || !digits(s, 0, 4, &y) || s.p[4] != '-' || !digits(s, 5, 2, &mo) || s.p[7] != '-' ||
	    !digits(s, 8, 2, &d) || (s.p[10] != 'T' && s.p[10] != 't') || !digits(s, 11, 2, &h) || s.p[13] != ':' ||
	    !digits(s, 14, 2, &mi) || s.p[16] != ':' || !digits(s, 17, 2, &sec))
		return false;
	if (s.p[at] == '.') {
		size_t first = ++at;

		while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
			at++;
		if (at == first || at - first > 9)
			return false;
	}
	if (at + 1 == s.n ? s.p[at] != 'Z' && s.p[at] != 'z'
	                  : at + 6 != s.n || (s.p[at] != '+' && s.p[at] != '-') || !digits(s, at + 1, 2, &zh) ||
	                        s.p[at + 3] != ':' || !digits(s, at + 4, 2, &zm))
		return false;
	if (y < 1 || mo < 1 || mo > 12 || d < 1 || d > month_days[mo - 1] || h > 23 || mi > 59 || sec > 59 || zh > 14 || zm > 59)
		return false;
	return mo != 2 || d < 29 || (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool digits(struct str s, size_t at, size_t n, int64_t *out)
{
	return at + n <= s.n && s.p[at] != '-' && str_to_int((struct str){ s.p + at, n }, out);
}

/* Length of the multi-byte sequence at p, 0 when it is not well-formed. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	size_t k = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;

	if (p[0] < 0xC2 || p[0] > 0xF4 || k > n)
		return 0;
	for (size_t i = 1; i < k; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
	    (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return k;
}

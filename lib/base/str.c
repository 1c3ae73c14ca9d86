/* Borrowed byte runs: comparing, cutting, and the checks every field needs. */
#include "lib/base/str.h"

static unsigned char lower(char c);
static bool fits(struct str s, const char *mask);
static struct str without_fraction(struct str s);
static bool is_zone(struct str s);
static bool is_day(int y, int mo, int d);
static int number_at(struct str s, size_t at, size_t n);
static bool is_digit(char c);
static size_t utf8_len(const unsigned char *p, size_t n);
static bool second_fits(unsigned char first, unsigned char second);

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

size_t str_put_int(char out[STR_INT], int64_t v)
{
	char tmp[STR_INT], *p = tmp + sizeof tmp;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	size_t n;

	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--p = '-';
	n = (size_t)(tmp + sizeof tmp - p);
	memcpy(out, p, n);
	return n;
}

bool str_to_int(struct str s, int64_t *out)
{
	bool minus = s.n && s.p[0] == '-';
	int64_t v = 0;

	if (minus)
		s = str_skip(s, 1);
	if (!s.n || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, s.p[i] - '0', &v))
			return false;
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
	if (!fits(s, "0000-00-00t00:00:00") || !is_zone(without_fraction(str_skip(s, 19))))
		return false;
	return is_day(number_at(s, 0, 4), number_at(s, 5, 2), number_at(s, 8, 2)) && number_at(s, 11, 2) <= 23 && number_at(s, 14, 2) <= 59 &&
	       number_at(s, 17, 2) <= 59;
}

/* Begins like the mask: a 0 in it stands for any digit, everything else for itself, in either case. */
static bool fits(struct str s, const char *mask)
{
	for (size_t i = 0; mask[i]; i++)
		if (i == s.n || (mask[i] == '0' ? !is_digit(s.p[i]) : lower(s.p[i]) != (unsigned char)mask[i]))
			return false;
	return true;
}

/* What follows a fraction of up to nine digits; nothing where the fraction is broken. */
static struct str without_fraction(struct str s)
{
	size_t n = 1;

	if (!s.n || s.p[0] != '.')
		return s;
	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n >= 2 && n <= 10 ? str_skip(s, n) : STR_NONE;
}

static bool is_zone(struct str s)
{
	if (fits(s, "z"))
		return s.n == 1;
	return s.n == 6 && (fits(s, "+00:00") || fits(s, "-00:00")) && number_at(s, 1, 2) <= 14 && number_at(s, 4, 2) <= 59;
}

static bool is_day(int y, int mo, int d)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (y < 1 || mo < 1 || mo > 12 || d < 1 || d > month_days[mo - 1])
		return false;
	return mo != 2 || d < 29 || (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

/* Of digits that are known to be some. */
static int number_at(struct str s, size_t at, size_t n)
{
	int v = 0;

	for (size_t i = at; i < at + n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
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
	return second_fits(p[0], p[1]) ? k : 0;
}

/* No overlong form, no surrogate, nothing past U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xE0: return second >= 0xA0;
	case 0xED: return second <= 0x9F;
	case 0xF0: return second >= 0x90;
	case 0xF4: return second <= 0x8F;
	default: return true;
	}
}

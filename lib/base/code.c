/* Hex, base64 in both its alphabets, base32 and UUID text. */
#include "lib/base/code.h"

static const char hex_digits[] = "0123456789abcdef";
static const char url64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char plain64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct str encode(struct mem *m, struct str s, const char *digits, unsigned width);
static int url64_value(char c);

struct str hex_encode(struct mem *m, struct str s)
{
	char *o = mem_raw(m, s.n * 2 + 1);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		o[i * 2] = hex_digits[c >> 4];
		o[i * 2 + 1] = hex_digits[c & 15];
	}
	o[s.n * 2] = '\0';
	return (struct str){ o, s.n * 2 };
}

bool hex_decode(struct str hex, unsigned char *out, size_t n)
{
	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *hi = memchr(hex_digits, hex.p[2 * i], 16), *lo = memchr(hex_digits, hex.p[2 * i + 1], 16);

		if (!hi || !lo)
			return false;
		out[i] = (unsigned char)((hi - hex_digits) << 4 | (lo - hex_digits));
	}
	return true;
}

struct str base64url_encode(struct mem *m, struct str s)
{
	return encode(m, s, url64, 6);
}

struct str base32_encode(struct mem *m, struct str s)
{
	return encode(m, s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5);
}

struct str base64_encode(struct mem *m, struct str s)
{
	static const char *const fill[] = { "", "==", "=" };
	struct str o = encode(m, s, plain64, 6);

	return mem_strf(m, "%.*s%s", STR_FMT(o), fill[s.n % 3]);
}

bool base64url_decode(struct mem *m, struct str text, struct str *out)
{
	char *o = mem_raw(m, text.n / 4 * 3 + 4), *p = o;
	unsigned bits = 0, have = 0;

	if (text.n % 4 == 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int v = url64_value(text.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*p++ = (char)(bits >> have & 255);
		}
	}
	*p = '\0';
	*out = (struct str){ o, (size_t)(p - o) };
	return (bits & ((1u << have) - 1)) == 0;
}

bool base64_decode(struct mem *m, struct str text, struct str *out)
{
	size_t n = text.n, pad = 0;
	char *o = mem_raw(m, n + 1);

	while (pad < 2 && pad < n && text.p[n - pad - 1] == '=')
		pad++;
	for (size_t i = 0; i < n - pad; i++) {
		if (text.p[i] == '-' || text.p[i] == '_')
			return false;
		o[i] = (char)(text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i]);
	}
	return n % 4 == 0 && base64url_decode(m, (struct str){ o, n - pad }, out);
}

struct str uuid_text(char out[36], const unsigned char b[16])
{
	char *o = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*o++ = '-';
		*o++ = hex_digits[b[i] >> 4];
		*o++ = hex_digits[b[i] & 15];
	}
	return (struct str){ out, 36 };
}

/* A digit for each `width` bits, the last ones filled up with zeros. */
static struct str encode(struct mem *m, struct str s, const char *digits, unsigned width)
{
	char *o = mem_raw(m, s.n * 8 / width + 2), *p = o;
	unsigned bits = 0, have = 0, mask = (1u << width) - 1;

	for (size_t i = 0; i < s.n; i++) {
		bits = bits << 8 | (unsigned char)s.p[i];
		for (have += 8; have >= width; have -= width)
			*p++ = digits[bits >> (have - width) & mask];
	}
	if (have)
		*p++ = digits[bits << (width - have) & mask];
	*p = '\0';
	return (struct str){ o, (size_t)(p - o) };
}

static int url64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

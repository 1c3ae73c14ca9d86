/* The growing byte buffer, and the one place that writes JSON strings. */
#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *json_escape(char *o, unsigned char c);

/* 1: may not stand bare in a JSON string. */
static const unsigned char special[256] = { [0 ... 31] = 1, ['"'] = 1, ['\\'] = 1, [127] = 1 };

void buf_release(struct buf *b)
{
	free(b->p);
	*b = BUF(b->max);
}

bool buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	if (n > b->max || b->n > b->max - n) {
		b->full = true;
		return false;
	}
	if (b->cap - b->n >= n)
		return true;
	while (cap - b->n < n)
		cap *= 2;
	p = realloc(b->p, cap);
	if (!p)
		abort();
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n && n < b->n)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

void buf_add(struct buf *b, struct str s)
{
	if (!s.n || !buf_room(b, s.n))
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

void buf_char(struct buf *b, char c)
{
	if (buf_room(b, 1))
		b->p[b->n++] = c;
}

void buf_int(struct buf *b, int64_t v)
{
	char tmp[20], *p = tmp + sizeof tmp;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--p = '-';
	buf_add(b, (struct str){ p, (size_t)(tmp + sizeof tmp - p) });
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list a, again;
	int n;

	va_start(a, fmt);
	va_copy(again, a);
	n = vsnprintf(NULL, 0, fmt, a);
	va_end(a);
	if (n > 0 && buf_room(b, (size_t)n + 1)) {
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_json(struct buf *b, struct str s)
{
	bool clean = str_is_utf8(s);
	char *o;

	if (!buf_room(b, s.n * 6 + 2))
		return;
	o = b->p + b->n;
	*o++ = '"';
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!special[c] && (c < 0x80 || clean)) {
			*o++ = (char)c;
		} else if (c >= 0x80) {
			memcpy(o, "\xEF\xBF\xBD", 3);
			o += 3;
		} else {
			o = json_escape(o, c);
		}
	}
	*o++ = '"';
	b->n = (size_t)(o - b->p);
}

static char *json_escape(char *o, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char short_form[256] = { ['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };

	*o++ = '\\';
	if (short_form[c]) {
		*o++ = short_form[c];
		return o;
	}
	memcpy(o, "u00", 3);
	o[3] = hex[c >> 4];
	o[4] = hex[c & 15];
	return o + 5;
}

/* The growing byte buffer, and the one place that writes JSON strings. */
#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *json_escape(char *o, unsigned char c);

/* 1: may not stand bare in a JSON string, or must be looked at. */
static const unsigned char special[256] = { [0 ... 31] = 1, ['"'] = 1, ['\\'] = 1, [127 ... 255] = 1 };

void buf_release(struct buf *b)
{
	free(b->p);
	*b = BUF(b->max);
}

bool buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	if (n > b->max || b->n > b->max - n) {
		b->full = true;
		return false;
	}
	while (cap - b->n < n)
		cap *= 2;
	cap = cap < b->max ? cap : b->max;
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

void buf_int(struct buf *b, int64_t v)
{
	char tmp[STR_INT];

	buf_add(b, (struct str){ tmp, str_put_int(tmp, v) });
}

/* Prints into the room that is there; only what does not fit is measured first and printed again. */
void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list a, again;
	size_t room;
	int n;

	if (!buf_room(b, 1))
		return;
	room = b->cap - b->n;
	va_start(a, fmt);
	va_copy(again, a);
	n = vsnprintf(b->p + b->n, room, fmt, a);
	va_end(a);
	if (n > 0 && (size_t)n >= room && buf_room(b, (size_t)n + 1))
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	va_end(again);
	if (n > 0 && !b->full)
		b->n += (size_t)n;
}

/* Runs of bytes that may stand bare are copied whole; whether the text is UTF-8 is asked only when it has a byte that is not ASCII. */
void buf_json(struct buf *b, struct str s)
{
	const char *p = s.p, *end = s.p + s.n;
	int clean = -1;
	char *o;

	if (!buf_room(b, s.n * 6 + 2))
		return;
	o = b->p + b->n;
	*o++ = '"';
	while (p < end) {
		const char *run = p;

		while (p < end && !special[(unsigned char)*p])
			p++;
		memcpy(o, run, (size_t)(p - run));
		o += p - run;
		if (p == end)
			break;
		if ((unsigned char)*p < 0x80) {
			o = json_escape(o, (unsigned char)*p++);
			continue;
		}
		if (clean < 0)
			clean = str_is_utf8(s);
		if (clean) {
			*o++ = *p++;
		} else {
			memcpy(o, "\xEF\xBF\xBD", 3);
			o += 3;
			p++;
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

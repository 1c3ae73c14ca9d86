#ifndef BASE_BUF_H
#define BASE_BUF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

/* A growing run of bytes. `max` is its ceiling, stated at birth: what would pass it is not added and `full` stays set,
 * so that a writer checks once at the end; `cap` never passes it. Kept over buf_clear; buf_release gives the memory back. */
struct buf {
	char *p;
	size_t n, cap, max;
	bool full;
};

#define BUF(ceiling) ((struct buf){ .max = (ceiling) })

void buf_release(struct buf *b);
static inline void buf_clear(struct buf *b) { b->n = 0; b->full = false; }
static inline struct str buf_str(const struct buf *b) { return (struct str){ b->p ? b->p : "", b->n }; }
bool buf_grow(struct buf *b, size_t n);
/* Room for n more bytes at p + n. */
static inline bool buf_room(struct buf *b, size_t n) { return b->cap - b->n >= n || buf_grow(b, n); }
void buf_drop(struct buf *b, size_t n);     /* forgets the first n bytes */

static inline void buf_add(struct buf *b, struct str s)
{
	if (s.n && buf_room(b, s.n)) {
		memcpy(b->p + b->n, s.p, s.n);
		b->n += s.n;
	}
}
static inline void buf_char(struct buf *b, char c)
{
	if (buf_room(b, 1))
		b->p[b->n++] = c;
}
void buf_int(struct buf *b, int64_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_json(struct buf *b, struct str s); /* a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD */
#define buf_lit(b, lit) buf_add((b), STR(lit))

#endif

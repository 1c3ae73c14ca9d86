#ifndef BASE_MEM_H
#define BASE_MEM_H
#include <setjmp.h>
#include <stddef.h>

#include "lib/base/str.h"

/* One arena per request, job or event: allocate, defer, reset. Nothing is freed piece by piece and nothing returns NULL.
 * Growing past `cap` bytes jumps, once, to the point set by mem_on_full (or aborts when there is none) with a little room for the answer that says
 * so; a failed malloc aborts.
 * reset runs the defers, last in first out, and keeps the first page, so that an arena in use again costs no malloc. */
struct mem;

struct mem *mem_new(size_t cap);
void mem_free(struct mem *m);
void mem_reset(struct mem *m);
void mem_on_full(struct mem *m, jmp_buf *where); /* NULL takes it back */
void mem_defer(struct mem *m, void (*fn)(void *), void *arg);
size_t mem_used(const struct mem *m);

void *mem_alloc(struct mem *m, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull)); /* zeroed */
void *mem_raw(struct mem *m, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull));   /* not zeroed */
struct str mem_copy(struct mem *m, struct str s);  /* and one NUL behind it */
char *mem_strz(struct mem *m, struct str s) __attribute__((returns_nonnull));
struct str mem_int(struct mem *m, int64_t v);      /* decimal */
struct str mem_strf(struct mem *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

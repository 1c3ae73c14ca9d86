/* The arena: pages in a list, a bump pointer in the newest, clean-ups in another list. */
#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define PAGE_MIN 8192
#define RESERVE 65536

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *arg;
};

struct page {
	struct page *next;
	size_t used, size;
	_Alignas(16) unsigned char data[];
};

struct mem {
	struct page *pages;   /* newest first; the last one is kept over resets */
	struct defer *defers;
	jmp_buf *full;
	size_t cap, total;    /* total: bytes handed out since the last reset */
	size_t extra;         /* beyond cap, for the answer that says so */
};

static struct page *page_new(struct page *next, size_t n);

struct mem *mem_new(size_t cap)
{
	struct mem *m = calloc(1, sizeof *m);

	if (!m)
		abort();
	m->cap = cap;
	m->pages = page_new(NULL, PAGE_MIN);
	return m;
}

void mem_free(struct mem *m)
{
	if (!m)
		return;
	mem_reset(m);
	UNPOISON(m->pages->data, m->pages->size);
	free(m->pages);
	free(m);
}

void mem_reset(struct mem *m)
{
	while (m->defers) {
		struct defer *d = m->defers;

		m->defers = d->next;
		d->fn(d->arg);
	}
	while (m->pages->next) {
		struct page *p = m->pages;

		m->pages = p->next;
		UNPOISON(p->data, p->size);
		free(p);
	}
	m->pages->used = 0;
	POISON(m->pages->data, m->pages->size);
	m->total = m->extra = 0;
	m->full = NULL;
}

void mem_on_full(struct mem *m, jmp_buf *where)
{
	m->full = where;
}

void mem_defer(struct mem *m, void (*fn)(void *), void *arg)
{
	struct defer *d = mem_raw(m, sizeof *d);

	*d = (struct defer){ m->defers, fn, arg };
	m->defers = d;
}

size_t mem_used(const struct mem *m)
{
	return m->total;
}

void *mem_raw(struct mem *m, size_t n)
{
	void *out;

	if (n > m->cap || m->total + n > m->cap + m->extra) {
		jmp_buf *full = m->full;

		CHECK(full != NULL);
		m->full = NULL;
		m->extra = RESERVE;
		longjmp(*full, 1);
	}
	n = (n + 15) & ~(size_t)15;
	m->total += n;
	if (m->pages->size - m->pages->used < n)
		m->pages = page_new(m->pages, n > PAGE_MIN ? n : PAGE_MIN * 2);
	out = m->pages->data + m->pages->used;
	m->pages->used += n;
	UNPOISON(out, n);
	return out;
}

void *mem_alloc(struct mem *m, size_t n)
{
	return memset(mem_raw(m, n), 0, n);
}

struct str mem_copy(struct mem *m, struct str s)
{
	return (struct str){ mem_strz(m, s), s.n };
}

char *mem_strz(struct mem *m, struct str s)
{
	char *z = mem_raw(m, s.n + 1);

	if (s.n)
		memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	return z;
}

struct str mem_int(struct mem *m, int64_t v)
{
	char *z = mem_raw(m, STR_INT + 1);
	size_t n = str_put_int(z, v);

	z[n] = '\0';
	return (struct str){ z, n };
}

struct str mem_strf(struct mem *m, const char *fmt, ...)
{
	va_list a, b;
	int n;
	char *z;

	va_start(a, fmt);
	va_copy(b, a);
	n = vsnprintf(NULL, 0, fmt, a);
	va_end(a);
	CHECK(n >= 0);
	z = mem_raw(m, (size_t)n + 1);
	vsnprintf(z, (size_t)n + 1, fmt, b);
	va_end(b);
	return (struct str){ z, (size_t)n };
}

static struct page *page_new(struct page *next, size_t n)
{
	struct page *p = malloc(sizeof *p + n);

	if (!p)
		abort();
	*p = (struct page){ .next = next, .used = 0, .size = n };
	POISON(p->data, p->size);
	return p;
}

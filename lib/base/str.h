#ifndef BASE_STR_H
#define BASE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed run of bytes, not terminated. `p == NULL` means absent, which is not the same as empty. */
struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
enum { STR_INT = 20 }; /* bytes that any int64_t fits in, in decimal */
#define STR_FMT(s) (int)(s).n, (s).p ? (s).p : ""   /* for "%.*s" */

static inline struct str str_from(const char *z) { return (struct str){ z, z ? strlen(z) : 0 }; }
static inline bool str_is(struct str a, struct str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline struct str str_skip(struct str s, size_t n) { return (struct str){ s.p + n, s.n - n }; }
static inline struct str str_head(struct str s, size_t n) { return (struct str){ s.p, n }; }

bool str_has_prefix(struct str s, struct str prefix);
bool str_is_nocase(struct str a, struct str b);              /* ASCII only */
struct str str_trim(struct str s);                           /* spaces and tabs at both ends */
bool str_cut(struct str *rest, char sep, struct str *head);  /* next piece before `sep`; false when `rest` is used up */
bool str_find(struct str s, char c, size_t *at);
size_t str_put_int(char out[STR_INT], int64_t v);            /* decimal; how many bytes it took */
bool str_to_int(struct str s, int64_t *out);                 /* decimal, optional '-', whole string, no overflow */
bool str_is_utf8(struct str s);                              /* RFC 3629: no overlong, no surrogate, at most U+10FFFF */
size_t str_chars(struct str s);                              /* code points of valid UTF-8 */
bool str_is_uuid(struct str s);                              /* 8-4-4-4-12 hex, any case */
bool str_is_time(struct str s);                              /* RFC 3339 date-time with zone, fields in range */

#endif

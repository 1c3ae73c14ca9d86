#ifndef BASE_URL_H
#define BASE_URL_H
#include "lib/base/mem.h"

/* application/x-www-form-urlencoded text, of a query string or a form body, cut into pairs. */
struct pair {
	struct str name, value;
};

struct pairs {
	struct pair *list;
	size_t n;
};

/* false: a broken percent escape, bytes that are not UTF-8, a NUL, a name twice, or more than 64 pairs. */
bool url_parse(struct mem *m, struct str text, struct pairs *out);
bool url_decode(struct mem *m, struct str text, bool plus_is_space, struct str *out);
/* One cookie of a Cookie header (RFC 6265); absent when missing, malformed, or there twice. */
struct str cookie_find(struct str header, struct str name);

#endif

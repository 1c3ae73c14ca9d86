#ifndef CGI_BIN_API_KEY_H
#define CGI_BIN_API_KEY_H
#include "cgi-bin/routes.h"

/* Making keys, for whomever. */
struct key_made {
	struct str key, prefix, hash; /* only the hash is kept */
};

struct key_made key_draw(struct mem *m);

/* The `scopes` of a request as a PostgreSQL array: some of `within`, or `otherwise` when none are named (0: the empty array, all there are). */
enum err key_scopes(struct req *r, uint64_t within, uint64_t otherwise, struct str *array);
struct str key_scope_array(struct mem *m, uint64_t scopes);
bool key_is_whole(const struct req *r); /* what asks may all that its role may */
enum err key_reply(struct req *r, struct str key, struct rows *rows);

#endif

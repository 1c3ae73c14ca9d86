#ifndef WEB_KEY_CACHE_H
#define WEB_KEY_CACHE_H
#include "lib/core/actor.h"

/* What API keys grant, remembered by this worker for ten seconds so that a request with a key needs one round trip like any other. Never the
 * key itself, and never the word on whether it is still good. */
struct key_grant {
	struct str principal, role, scopes, id, next; /* next: of the key that takes its place */
	enum key_type type;
	int64_t per_minute;
};

bool key_cache_find(struct str hash, struct mem *m, struct key_grant *out);
void key_cache_keep(struct str hash, const struct key_grant *g);
void key_cache_forget(struct str hash);

#endif

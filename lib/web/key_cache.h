#ifndef WEB_KEY_CACHE_H
#define WEB_KEY_CACHE_H
#include "lib/base/mem.h"

/* What API keys grant, remembered by this worker for ten seconds so that a request with a key needs one round trip like any other. Never the
 * key itself, and never the word on whether it is still good. */
bool key_cache_find(struct str hash, struct mem *m, struct str *principal, struct str *role, struct str *scopes);
void key_cache_keep(struct str hash, struct str principal, struct str role, struct str scopes);
void key_cache_forget(struct str hash);

#endif

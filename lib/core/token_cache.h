#ifndef CORE_TOKEN_CACHE_H
#define CORE_TOKEN_CACHE_H
#include "lib/core/token.h"

/* Access tokens that this worker has checked already, so that the next request with one costs a comparison instead of a signature and two JSON
 * texts; those traded for keys are few, and checked anew. Only what cannot change is remembered: times are looked at again, and whether the session lives
 * the database says (web/admitted.h). */
bool token_check_again(struct mem *m, const struct token_keys *k, struct str token, int64_t now_s, struct actor *out);

#endif

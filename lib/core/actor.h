#ifndef CORE_ACTOR_H
#define CORE_ACTOR_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/mem.h"

/* Who is asking. */
enum role { ANYONE, BEGINNER, ADVANCED, PRO, ADMIN, ROLE__MAX };

enum scope {
#define SCOPE(name, text, least, proof, meaning) SCOPE_##name,
#include "lib/core/scopes.def"
#undef SCOPE
	SCOPE__MAX
};

enum key_type { /* see key_type.h */
#define KEY_TYPE(name, letter, role, per_minute, ttl_s, renew_s, scopes, meaning) KEY_##name,
#include "lib/core/key_types.def"
#undef KEY_TYPE
	KEY__MAX
};
enum proof { PLAIN, STEP_UP };

struct scope_info {
	const char *text, *meaning;
	enum role least;
	enum proof proof;
};

extern const struct scope_info scope_infos[SCOPE__MAX];

struct actor {
	enum role role;      /* ANYONE: nobody signed in */
	uint64_t scopes;     /* bit per scope */
	struct str principal, session; /* UUID text; session is absent for a key */
	int64_t until_s;     /* of a token: refused from then on, leeway and all */
	struct str key_hash, key_scopes; /* of an API key: what the database must still agree to */
	struct str key_id, key_next; /* of the key that takes its place, absent where none does */
	enum key_type key_type;
	int64_t key_per_minute; /* 0: as often as its principal */
};

extern const char *const role_names[]; /* by role, then NULL */
#define ROLE_WORDS (role_names + BEGINNER) /* what a principal can be, as a set for schemas */

const char *role_name(enum role r);
bool role_find(struct str name, enum role *out);
uint64_t role_scopes(enum role r);
uint64_t agent_scopes(enum role r); /* what an agent of that role may be given */
uint64_t scopes_parse(struct str words, uint64_t within); /* space-separated; none means all of `within`, unknown ones grant nothing */
struct str scopes_format(struct mem *m, uint64_t scopes);
bool scope_writes(enum scope s); /* stops under the kill switch */

#endif

#ifndef CORE_KEY_TYPE_H
#define CORE_KEY_TYPE_H
#include "lib/core/actor.h"

/* The types of API keys, one value per row of key_types.def. */
struct key_type_info {
	const char *name;
	char letter; /* of those that admins issue; 0: not one of them */
	enum role role;
	int64_t per_minute, ttl_s, renew_s;
	const char *scopes, *meaning;
};

extern const struct key_type_info key_type_infos[KEY__MAX];
extern const char *const issued_key_types[]; /* names, then NULL */

bool key_type_find(struct str name, enum key_type *out);
struct str key_token(struct mem *m, enum key_type t); /* a new token of an issued type: bkg_<letter>_ and 32 random bytes */

enum { KEY_PREFIX = 12 }; /* characters of a token that are kept and shown */

#endif

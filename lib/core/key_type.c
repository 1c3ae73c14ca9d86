/* The table of key types. */
#include "lib/core/key_type.h"

#include "lib/base/check.h"
#include "lib/base/rand.h"

const struct key_type_info key_type_infos[KEY__MAX] = {
#define KEY_TYPE(name, letter, role, per_minute, ttl_s, renew_s, scopes, meaning) [KEY_##name] = { #name, letter, role, per_minute, ttl_s, renew_s, scopes, meaning },
#include "lib/core/key_types.def"
#undef KEY_TYPE
};

const char *const issued_key_types[] = { "admin", "namespace", "session", "model_access", NULL };

bool key_type_find(struct str name, enum key_type *out)
{
	for (int t = 0; t < KEY__MAX; t++)
		if (str_is(name, str_from(key_type_infos[t].name))) {
			*out = (enum key_type)t;
			return true;
		}
	return false;
}

struct str key_token(struct mem *m, enum key_type t)
{
	CHECK(key_type_infos[t].letter);
	return mem_strf(m, "bkg_%c_%.*s", key_type_infos[t].letter, STR_FMT(rand_token(m, 32)));
}

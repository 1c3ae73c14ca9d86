/* Password hashing over libargon2. */
#include "lib/ext/pass.h"

#include <argon2.h>

#include "lib/base/check.h"
#include "lib/base/rand.h"

enum { MEMORY_KIB = 19456, PASSES = 2, LANES = 1, SALT = 16, HASH = 32 };

#define PREFIX STR("$argon2id$v=19$m=19456,t=2,p=1$")

struct str pass_hash(struct mem *m, struct str password)
{
	size_t n = argon2_encodedlen(PASSES, MEMORY_KIB, LANES, SALT, HASH, Argon2_id);
	char salt[SALT], *encoded = mem_alloc(m, n);

	rand_fill(salt, sizeof salt);
	CHECK(argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p, password.n, salt, SALT, HASH, encoded, n) == ARGON2_OK);
	return str_from(encoded);
}

bool pass_is(struct mem *m, struct str password, struct str encoded)
{
	if (!str_has_prefix(encoded, PREFIX) || encoded.n > 128)
		return false;
	return argon2id_verify(mem_strz(m, encoded), password.p, password.n) == ARGON2_OK;
}

bool pass_is_nobodys(struct mem *m, struct str password)
{
	(void)pass_is(m, password, STR("$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	return false;
}

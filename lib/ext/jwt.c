/* Signing and signature checks over libjwt. */
#include "lib/ext/jwt.h"

#include <jwt.h>
#include <stdlib.h>

#include "lib/base/check.h"

static jwt_t *inner(const struct jwt *j)
{
	union { const struct jwt *in; jwt_t *out; } u = { .in = j };

	return u.out;
}

static void release(void *j)
{
	jwt_free(j);
}

struct str jwt_sign(struct mem *m, struct str key, struct str kid, const struct jwt_claim *claims, size_t n)
{
	jwt_t *j;
	char *text;
	struct str out;

	CHECK(key.n == 32 && jwt_new(&j) == 0);
	CHECK(jwt_add_header(j, "kid", mem_strz(m, kid)) == 0);
	for (size_t i = 0; i < n; i++)
		CHECK((claims[i].text.p ? jwt_add_grant(j, claims[i].name, mem_strz(m, claims[i].text))
		                        : jwt_add_grant_int(j, claims[i].name, (long)claims[i].number)) == 0);
	CHECK(jwt_set_alg(j, JWT_ALG_HS256, (const unsigned char *)key.p, (int)key.n) == 0);
	text = jwt_encode_str(j);
	CHECK(text);
	out = mem_copy(m, str_from(text));
	free(text);
	jwt_free(j);
	return out;
}

const struct jwt *jwt_open(struct mem *m, struct str token, struct str key)
{
	jwt_t *j = NULL;

	CHECK(key.p && key.n == 32); /* without a key libjwt takes every token */
	if (jwt_decode(&j, mem_strz(m, token), (const unsigned char *)key.p, (int)key.n) != 0)
		return NULL;
	mem_defer(m, release, j);
	return jwt_get_alg(j) == JWT_ALG_HS256 ? (const struct jwt *)(const void *)j : NULL;
}

struct str jwt_text(const struct jwt *j, const char *claim)
{
	return str_from(jwt_get_grant(inner(j), claim));
}

bool jwt_has(const struct jwt *j, const char *claim)
{
	char *text = jwt_get_grants_json(inner(j), claim); /* NULL only when there is none */

	free(text);
	return text != NULL;
}

/* Read from the claim's JSON: libjwt's own getter takes any other kind for 0. */
bool jwt_number(const struct jwt *j, const char *claim, int64_t *out)
{
	char *text = jwt_get_grants_json(inner(j), claim);
	bool ok = text && str_to_int(str_from(text), out);

	free(text);
	return ok;
}

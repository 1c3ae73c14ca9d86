#ifndef EXT_JWT_H
#define EXT_JWT_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/mem.h"

/* HS256 signatures by libjwt, and nothing else of it: which key, which header and which claims are right is decided in
 * lib/core/token.c, because libjwt decides none of that. */
struct jwt_claim {
	const char *name;
	struct str text; /* absent: `number` counts */
	int64_t number;
};

struct jwt; /* a token whose signature is right; released with the arena */

struct str jwt_sign(struct mem *m, struct str key, struct str kid, const struct jwt_claim *claims, size_t n);
/* NULL when the signature is not this key's. `token` is three base64url parts and its header names HS256: the caller has seen to it. */
const struct jwt *jwt_open(struct mem *m, struct str token, struct str key);
struct str jwt_text(const struct jwt *j, const char *claim);           /* absent when missing or not a string */
bool jwt_has(const struct jwt *j, const char *claim);
bool jwt_number(const struct jwt *j, const char *claim, int64_t *out); /* false when missing or not an integer */

#endif

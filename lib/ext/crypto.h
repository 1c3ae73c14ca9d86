#ifndef EXT_CRYPTO_H
#define EXT_CRYPTO_H
#include <stdbool.h>

#include "lib/base/mem.h"

/* Digests by OpenSSL. */
#define SHA256_SIZE 32

void sha256(struct str bytes, unsigned char out[SHA256_SIZE]);
struct str sha256_hex(struct mem *m, struct str bytes);
void hmac_sha256(struct str key, struct str bytes, unsigned char out[SHA256_SIZE]);
bool secret_is(struct str a, struct str b); /* in constant time for equal lengths; the only way secrets are compared */
void secret_wipe(void *p, size_t n);

#endif

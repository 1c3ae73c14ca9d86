#ifndef EXT_CRYPTO_H
#define EXT_CRYPTO_H
#include <stdbool.h>

#include "lib/base/mem.h"

/* Digests, signatures and sealed text by OpenSSL. */
#define SHA256_SIZE 32
#define SHA1_SIZE 20
#define SEAL_KEY_SIZE 32
#define ED25519_KEY_SIZE 32
#define ED25519_SIZE 64

void sha256(struct str bytes, unsigned char out[SHA256_SIZE]);
struct str sha256_hex(struct mem *m, struct str bytes);
void hmac_sha256(struct str key, struct str bytes, unsigned char out[SHA256_SIZE]);
void hmac_sha1(struct str key, struct str bytes, unsigned char out[SHA1_SIZE]); /* for RFC 6238, which has it so */
/* AES-256-GCM under a random nonce: nonce, ciphertext and tag, as base64url. `of` is bound to it: opened for anything else it does not open. */
struct str secret_seal(struct mem *m, const unsigned char key[SEAL_KEY_SIZE], struct str of, struct str plain);
bool secret_open(struct mem *m, const unsigned char key[SEAL_KEY_SIZE], struct str of, struct str sealed, struct str *plain);
/* RFC 8032; a private key is its seed of 32 bytes. */
void ed25519_public(struct str seed, unsigned char out[ED25519_KEY_SIZE]);
void ed25519_sign(struct str seed, struct str bytes, unsigned char out[ED25519_SIZE]);
bool ed25519_holds(const unsigned char public[ED25519_KEY_SIZE], struct str bytes, const unsigned char sig[ED25519_SIZE]);
bool secret_is(struct str a, struct str b); /* in constant time for equal lengths; the only way secrets are compared */
void secret_wipe(void *p, size_t n);

#endif

/* Digests and constant-time comparison over OpenSSL. */
#include "lib/ext/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/base/check.h"
#include "lib/base/code.h"

void sha256(struct str s, unsigned char out[SHA256_SIZE])
{
	CHECK(EVP_Digest(s.p ? s.p : "", s.n, out, NULL, EVP_sha256(), NULL) == 1);
}

struct str sha256_hex(struct mem *m, struct str s)
{
	unsigned char raw[SHA256_SIZE];

	sha256(s, raw);
	return hex_encode(m, (struct str){ (const char *)raw, sizeof raw });
}

void hmac_sha256(struct str key, struct str s, unsigned char out[SHA256_SIZE])
{
	CHECK(HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)s.p, s.n, out, NULL) != NULL);
}

bool secret_is(struct str a, struct str b)
{
	return a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

void secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

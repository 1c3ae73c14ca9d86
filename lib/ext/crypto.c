/* Digests, signatures, sealing and constant-time comparison over OpenSSL. */
#include "lib/ext/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/base/check.h"
#include "lib/base/code.h"
#include "lib/base/rand.h"

enum { NONCE = 12, TAG = 16, SEALED_MOST = 4096 };

static EVP_PKEY *ed25519_key(struct str seed);

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

void hmac_sha1(struct str key, struct str s, unsigned char out[SHA1_SIZE])
{
	CHECK(HMAC(EVP_sha1(), key.p, (int)key.n, (const unsigned char *)s.p, s.n, out, NULL) != NULL);
}

struct str secret_seal(struct mem *m, const unsigned char key[SEAL_KEY_SIZE], struct str of, struct str plain)
{
	unsigned char *raw = (unsigned char *)mem_raw(m, NONCE + plain.n + TAG);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	CHECK(c && plain.n <= SEALED_MOST);
	rand_fill(raw, NONCE);
	CHECK(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, raw) == 1);
	CHECK(EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)of.p, (int)of.n) == 1);
	CHECK(EVP_EncryptUpdate(c, raw + NONCE, &n, (const unsigned char *)plain.p, (int)plain.n) == 1 && n == (int)plain.n);
	CHECK(EVP_EncryptFinal_ex(c, raw + NONCE + n, &n) == 1 && n == 0);
	CHECK(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, raw + NONCE + plain.n) == 1);
	EVP_CIPHER_CTX_free(c);
	return base64url_encode(m, (struct str){ (const char *)raw, NONCE + plain.n + TAG });
}

bool secret_open(struct mem *m, const unsigned char key[SEAL_KEY_SIZE], struct str of, struct str sealed, struct str *plain)
{
	unsigned char *out, tag[TAG];
	const unsigned char *raw;
	EVP_CIPHER_CTX *c;
	struct str bytes;
	int n, size;
	bool ok;

	if (!base64url_decode(m, sealed, &bytes) || bytes.n < NONCE + TAG || bytes.n > NONCE + SEALED_MOST + TAG)
		return false;
	raw = (const unsigned char *)bytes.p;
	size = (int)bytes.n - NONCE - TAG;
	out = (unsigned char *)mem_raw(m, (size_t)size + 1);
	memcpy(tag, raw + NONCE + size, TAG);
	c = EVP_CIPHER_CTX_new();
	CHECK(c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, raw) == 1);
	CHECK(EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)of.p, (int)of.n) == 1);
	CHECK(EVP_DecryptUpdate(c, out, &n, raw + NONCE, size) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1);
	ok = EVP_DecryptFinal_ex(c, out + n, &n) == 1;
	EVP_CIPHER_CTX_free(c);
	*plain = ok ? (struct str){ (const char *)out, (size_t)size } : STR_NONE;
	return ok;
}

void ed25519_public(struct str seed, unsigned char out[ED25519_KEY_SIZE])
{
	EVP_PKEY *key = ed25519_key(seed);
	size_t n = ED25519_KEY_SIZE;

	CHECK(EVP_PKEY_get_raw_public_key(key, out, &n) == 1 && n == ED25519_KEY_SIZE);
	EVP_PKEY_free(key);
}

void ed25519_sign(struct str seed, struct str s, unsigned char out[ED25519_SIZE])
{
	EVP_PKEY *key = ed25519_key(seed);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = ED25519_SIZE;

	CHECK(ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1);
	CHECK(EVP_DigestSign(ctx, out, &n, (const unsigned char *)s.p, s.n) == 1 && n == ED25519_SIZE);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

bool ed25519_holds(const unsigned char public[ED25519_KEY_SIZE], struct str s, const unsigned char sig[ED25519_SIZE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, ED25519_KEY_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	CHECK(ctx);
	ok = key && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 && EVP_DigestVerify(ctx, sig, ED25519_SIZE, (const unsigned char *)s.p, s.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

static EVP_PKEY *ed25519_key(struct str seed)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)seed.p, seed.n);

	CHECK(key && seed.n == ED25519_KEY_SIZE);
	return key;
}

bool secret_is(struct str a, struct str b)
{
	return a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

void secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

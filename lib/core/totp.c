/* One-time codes. */
#include "lib/core/totp.h"

#include "lib/base/code.h"
#include "lib/base/rand.h"
#include "lib/ext/crypto.h"

enum { RECOVERY_BYTES = 10, DRIFT = 1 };

static struct str escape(struct mem *m, struct str s);

struct str totp_code(struct mem *m, struct str secret, int64_t step)
{
	unsigned char counter[8], mac[SHA1_SIZE];
	uint32_t bits;
	int at;

	for (int i = 0; i < 8; i++)
		counter[i] = (unsigned char)(step >> (56 - 8 * i));
	hmac_sha1(secret, (struct str){ (const char *)counter, sizeof counter }, mac);
	at = mac[SHA1_SIZE - 1] & 15; /* RFC 4226 section 5.3: the MAC says which of its bytes count */
	bits = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 | (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	return mem_strf(m, "%0*u", TOTP_DIGITS, bits % 1000000);
}

/* All three are computed whichever fits. */
int64_t totp_step(struct mem *m, struct str secret, struct str code, int64_t now_s)
{
	int64_t now = now_s / TOTP_STEP_SECONDS, found = 0;

	for (int64_t step = now - DRIFT; step <= now + DRIFT; step++)
		if (secret_is(totp_code(m, secret, step), code))
			found = step;
	return found;
}

struct str totp_uri(struct mem *m, struct str secret, struct str email)
{
	return mem_strf(m, "otpauth://totp/Life-Agent:%.*s?secret=%.*s&issuer=Life-Agent&algorithm=SHA1&digits=%d&period=%d", STR_FMT(escape(m, email)),
	                STR_FMT(base32_encode(m, secret)), TOTP_DIGITS, TOTP_STEP_SECONDS);
}

struct str recovery_draw(struct mem *m)
{
	char raw[RECOVERY_BYTES], *c = mem_raw(m, RECOVERY_BYTES * 8 / 5 + 3), *p = c;
	struct str digits;

	rand_fill(raw, sizeof raw);
	digits = base32_encode(m, (struct str){ raw, sizeof raw });
	for (size_t i = 0; i < digits.n; i++) {
		if (i && i % 4 == 0)
			*p++ = '-';
		*p++ = (char)(digits.p[i] | 0x20); /* lower case; digits have that bit already */
	}
	return (struct str){ c, (size_t)(p - c) };
}

struct str recovery_hash(struct mem *m, struct str typed)
{
	char *c = mem_raw(m, typed.n + 1), *p = c;

	for (size_t i = 0; i < typed.n; i++)
		if (typed.p[i] != '-' && typed.p[i] != ' ')
			*p++ = (char)(typed.p[i] >= 'A' && typed.p[i] <= 'Z' ? typed.p[i] | 0x20 : typed.p[i]);
	return sha256_hex(m, (struct str){ c, (size_t)(p - c) });
}

/* RFC 3986: everything but unreserved characters and the @, which may stand in a path. */
static struct str escape(struct mem *m, struct str s)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@", hex[] = "0123456789ABCDEF";
	char *c = mem_raw(m, s.n * 3 + 1), *p = c;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char b = (unsigned char)s.p[i];

		if (!memchr(bare, b, sizeof bare - 1)) {
			*p++ = '%';
			*p++ = hex[b >> 4];
			b = (unsigned char)hex[b & 15];
		}
		*p++ = (char)b;
	}
	return (struct str){ c, (size_t)(p - c) };
}

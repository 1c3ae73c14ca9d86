#ifndef CORE_TOTP_H
#define CORE_TOTP_H
#include "lib/base/mem.h"

/* Codes of authenticator apps (RFC 6238 as they all have it: HMAC-SHA-1, 30 seconds, six digits), and the recovery codes that stand in for them. */
enum { TOTP_SECRET_SIZE = 20, TOTP_STEP_SECONDS = 30, TOTP_DIGITS = 6, RECOVERY_CODES = 10 };

struct str totp_code(struct mem *m, struct str secret, int64_t step);
/* The step that `code` is of: the one now, its neighbours, or 0 when of none of them. Whether it was used already the caller knows. */
int64_t totp_step(struct mem *m, struct str secret, struct str code, int64_t now_s);
struct str totp_uri(struct mem *m, struct str secret, struct str email); /* otpauth://, to be shown as a picture or opened */

struct str recovery_draw(struct mem *m);                   /* 80 random bits: "abcd-efgh-ijkl-mnop" */
struct str recovery_hash(struct mem *m, struct str typed); /* as it is kept; case, dashes and blanks do not matter */

#endif

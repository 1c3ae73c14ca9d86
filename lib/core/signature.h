#ifndef CORE_SIGNATURE_H
#define CORE_SIGNATURE_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/mem.h"

/* Messages from one installation to another, signed with a key that both have. The older signature, Base64 of the body's HMAC, says who wrote it; the newer
 * one, "v1=" and hex of the HMAC over id.timestamp.body, also which message it is and when it was sent. A sender gives both. */
enum { SIGNATURE_TOLERANCE_S = 300, SIGNATURE_ID_MOST = 100 };

struct signature {
	struct str id, timestamp, body, whole; /* as the headers have them; absent when they have not */
};

void signature_make(struct mem *m, struct str key, struct signature *s, struct str body); /* of its id and timestamp */
/* Every signature that is there holds, one is, and a timestamp that is signed is of now. */
bool signature_holds(struct mem *m, struct str key, const struct signature *s, struct str body, int64_t now_s);
/* The id when it is signed, else absent. */
static inline struct str signature_id(const struct signature *s) { return s->whole.p ? s->id : STR_NONE; }

#endif

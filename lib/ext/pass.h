#ifndef EXT_PASS_H
#define EXT_PASS_H
#include <stdbool.h>

#include "lib/base/mem.h"

/* Passwords by argon2id: 19 MiB, two passes, one lane; about 17 ms of CPU each. */
struct str pass_hash(struct mem *m, struct str password); /* encoded form, "$argon2id$v=19$m=19456,t=2,p=1$..." */
/* false also when `encoded` asks for more than our own parameters, which a stolen or edited row could use to stop the service. */
bool pass_is(struct mem *m, struct str password, struct str encoded);
bool pass_is_nobodys(struct mem *m, struct str password); /* false, for the same cost: for addresses that nobody has */

#endif

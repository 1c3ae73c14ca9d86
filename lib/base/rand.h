#ifndef BASE_RAND_H
#define BASE_RAND_H
#include <stddef.h>

#include "lib/base/mem.h"

void rand_fill(void *out, size_t n);        /* from getrandom(2); failure ends the process */
struct str rand_token(struct mem *m, size_t bytes); /* that many random bytes as base64url */
void uuid7_fill(unsigned char out[16]);     /* RFC 9562 version 7: 48 bits of wall-clock ms, 74 random bits */
#endif

#ifndef BASE_CODE_H
#define BASE_CODE_H
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/mem.h"

/* Bytes as text. Decoders are strict: no white space, no spare bits, whole input. */
struct str hex_encode(struct mem *m, struct str bytes);                 /* lower case */
bool hex_decode(struct str hex, unsigned char *out, size_t n);          /* lower case, exactly n bytes */
struct str base64_encode(struct mem *m, struct str bytes);              /* RFC 4648 section 4, padded */
bool base64_decode(struct mem *m, struct str text, struct str *out);    /* its padding is asked for */
struct str base64url_encode(struct mem *m, struct str bytes);           /* RFC 4648 section 5, unpadded */
struct str base32_encode(struct mem *m, struct str bytes);              /* RFC 4648 section 6, unpadded */
bool base64url_decode(struct mem *m, struct str text, struct str *out);
struct str uuid_text(char out[36], const unsigned char bytes[16]);      /* borrows out */

#endif

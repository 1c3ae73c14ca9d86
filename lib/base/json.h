#ifndef BASE_JSON_H
#define BASE_JSON_H
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/mem.h"

/* Reads RFC 8259 to the letter before any library sees the text: one value, nothing behind it, valid UTF-8, no lone
 * surrogate, no \u0000, depth at most 32, at most 10,000 values, no key twice in one object (escapes resolved),
 * integers within int64 and other numbers finite. Time and memory are linear in the text (keys are hashed with a per-process seed). */
struct json_fault {
	size_t at;        /* byte offset */
	const char *what; /* a constant sentence */
};

bool json_scan(struct mem *m, struct str text, struct json_fault *fault);

#endif

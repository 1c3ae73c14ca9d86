#ifndef CORE_KEYRING_H
#define CORE_KEYRING_H
#include <stdbool.h>

#include "lib/base/mem.h"

/* Secret keys by name, from files of mode 0400. The first of a ring is used for what is new, the others still verify what is older: so keys are
 * exchanged without a gap. */
enum { KEY_SIZE = 32, KEYS_MOST = 4, KID_SIZE = 32 };

struct keyring {
	struct { char kid[KID_SIZE]; unsigned char key[KEY_SIZE]; } list[KEYS_MOST];
	int n;
};

/* From lines "kid:64 hex digits". false: *why names the file and its fault (missing, readable by others, short, known). */
bool keyring_read(struct keyring *k, const char *file, struct mem *m, struct str *why);
bool keyring_find(const struct keyring *k, struct str kid, int *at);
static inline struct str keyring_key(const struct keyring *k, int at) { return (struct str){ (const char *)k->list[at].key, KEY_SIZE }; }
/* From a file of one key without a name. */
bool key_read(unsigned char key[KEY_SIZE], const char *file, struct mem *m, struct str *why);

#endif

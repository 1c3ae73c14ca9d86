/* A small direct-mapped table of key hashes. */
#include "lib/web/key_cache.h"

#include "lib/base/clock.h"
#include "lib/ext/crypto.h"

enum { ENTRIES = 256, KEEP_US = 10000000 };

struct entry {
	char hash[64], principal[36], role[16], scopes[512];
	size_t n_role, n_scopes;
	int64_t until_us;
};

static struct entry entries[ENTRIES]; /* of this process: it is single-threaded, and a fork starts with an empty one */

static struct entry *place(struct str hash);

bool key_cache_find(struct str hash, struct mem *m, struct str *principal, struct str *role, struct str *scopes)
{
	struct entry *e = place(hash);

	if (e->until_us < clock_mono_us() || !secret_is(hash, (struct str){ e->hash, sizeof e->hash }))
		return false;
	*principal = mem_copy(m, (struct str){ e->principal, sizeof e->principal });
	*role = mem_copy(m, (struct str){ e->role, e->n_role });
	*scopes = mem_copy(m, (struct str){ e->scopes, e->n_scopes });
	return true;
}

void key_cache_keep(struct str hash, struct str principal, struct str role, struct str scopes)
{
	struct entry *e = place(hash);

	if (hash.n != sizeof e->hash || principal.n != sizeof e->principal || role.n > sizeof e->role || scopes.n > sizeof e->scopes)
		return;
	memcpy(e->hash, hash.p, hash.n);
	memcpy(e->principal, principal.p, principal.n);
	memcpy(e->role, role.p, role.n);
	if (scopes.n)
		memcpy(e->scopes, scopes.p, scopes.n);
	e->n_role = role.n;
	e->n_scopes = scopes.n;
	e->until_us = clock_mono_us() + KEEP_US;
}

void key_cache_forget(struct str hash)
{
	struct entry *e = place(hash);

	if (secret_is(hash, (struct str){ e->hash, sizeof e->hash }))
		e->until_us = 0;
}

/* Hex digits of a SHA-256 are evenly spread already. */
static struct entry *place(struct str hash)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++)
		v = v * 31 + (unsigned char)hash.p[i];
	return &entries[v % ENTRIES];
}

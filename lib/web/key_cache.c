/* A small direct-mapped table of key hashes. */
#include "lib/web/key_cache.h"

#include "lib/base/clock.h"
#include "lib/ext/crypto.h"

enum { ENTRIES = 256, KEEP_US = 10000000 };

struct entry {
	char hash[64], principal[36], id[36], next[36], role[16], scopes[512];
	size_t n_role, n_scopes, n_next;
	enum key_type type;
	int64_t per_minute, until_us;
};

static struct entry entries[ENTRIES]; /* of this process: it is single-threaded, and a fork starts with an empty one */

static struct entry *place(struct str hash);
static bool fits(struct str hash, const struct key_grant *g);
static size_t put(char *to, struct str s);

bool key_cache_find(struct str hash, struct mem *m, struct key_grant *out)
{
	struct entry *e = place(hash);

	if (e->until_us < clock_mono_us() || !secret_is(hash, (struct str){ e->hash, sizeof e->hash }))
		return false;
	*out = (struct key_grant){
		.principal = mem_copy(m, (struct str){ e->principal, sizeof e->principal }),
		.role = mem_copy(m, (struct str){ e->role, e->n_role }),
		.scopes = mem_copy(m, (struct str){ e->scopes, e->n_scopes }),
		.id = mem_copy(m, (struct str){ e->id, sizeof e->id }),
		.next = e->n_next ? mem_copy(m, (struct str){ e->next, e->n_next }) : STR_NONE,
		.type = e->type,
		.per_minute = e->per_minute,
	};
	return true;
}

void key_cache_keep(struct str hash, const struct key_grant *g)
{
	struct entry *e = place(hash);

	if (!fits(hash, g))
		return;
	put(e->hash, hash);
	put(e->principal, g->principal);
	put(e->id, g->id);
	e->n_role = put(e->role, g->role);
	e->n_scopes = put(e->scopes, g->scopes);
	e->n_next = put(e->next, g->next);
	e->type = g->type;
	e->per_minute = g->per_minute;
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

static bool fits(struct str hash, const struct key_grant *g)
{
	const struct entry *e = entries;

	return hash.n == sizeof e->hash && g->principal.n == sizeof e->principal && g->id.n == sizeof e->id && (!g->next.n || g->next.n == sizeof e->next) &&
	       g->role.n <= sizeof e->role && g->scopes.n <= sizeof e->scopes;
}

static size_t put(char *to, struct str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return s.n;
}

/* A direct-mapped table of actors. */
#include "lib/web/admitted.h"

enum { ENTRIES = 2048, KEEP_US = 250000, UUID_TEXT = 36, PROOF_MOST = 64, SCOPES_MOST = 128 };

struct entry {
	char proof[PROOF_MOST], principal[UUID_TEXT], namespace_id[UUID_TEXT], scopes[SCOPES_MOST];
	size_t n_proof, n_scopes;
	enum role role; /* ANYONE: empty */
	int64_t at_us, endings;
};

static struct entry entries[ENTRIES]; /* of this process: single-threaded, and empty after a fork */

static struct entry *place(const struct actor *a);
static struct str proof(const struct actor *a);

struct str admitted_find(const struct actor *a, int64_t endings, int64_t now_us)
{
	struct entry *e = place(a);
	bool same = e->role == a->role && e->endings == endings && now_us - e->at_us < KEEP_US && str_is(proof(a), (struct str){ e->proof, e->n_proof }) &&
	            str_is(a->principal, (struct str){ e->principal, UUID_TEXT }) && str_is(a->key_scopes, (struct str){ e->scopes, e->n_scopes });

	return same && e->role != ANYONE ? (struct str){ e->namespace_id, UUID_TEXT } : STR_NONE;
}

void admitted_keep(const struct actor *a, struct str namespace_id, int64_t endings, int64_t now_us)
{
	struct entry *e = place(a);
	struct str p = proof(a);

	if (p.n > PROOF_MOST || a->principal.n != UUID_TEXT || namespace_id.n != UUID_TEXT || a->key_scopes.n > SCOPES_MOST)
		return;
	memcpy(e->proof, p.p, p.n);
	memcpy(e->principal, a->principal.p, UUID_TEXT);
	memcpy(e->namespace_id, namespace_id.p, UUID_TEXT);
	if (a->key_scopes.n)
		memcpy(e->scopes, a->key_scopes.p, a->key_scopes.n);
	e->n_proof = p.n;
	e->n_scopes = a->key_scopes.n;
	e->role = a->role;
	e->at_us = now_us;
	e->endings = endings;
}

/* The session, or the hash of the key: both end in random digits. */
static struct entry *place(const struct actor *a)
{
	struct str p = proof(a);
	unsigned v = 0;

	for (size_t i = p.n < 6 ? 0 : p.n - 6; i < p.n; i++)
		v = v * 31 + (unsigned char)p.p[i];
	return &entries[v % ENTRIES];
}

static struct str proof(const struct actor *a)
{
	return a->session.p ? a->session : a->key_hash;
}

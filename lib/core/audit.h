#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/core/keyring.h"
#include "lib/ext/crypto.h"
#include "lib/ext/db.h"

/* The signed log: one line of JSON for each event of the trail, without spaces, the keys always in this order:
 *
 *   {"v":1,"seq":N,"id":..,"ts":..,"ns":..,"actor":..,"actor_type":..,"type":..,"entity":..,"payload":{..},"kid":..,"prev":..,"sig":..}
 *
 * `prev` is the SHA-256 of the line before, as hex; 64 zeros in the first. `sig` is the HMAC-SHA256, as Base64, of the line without it (`..,"prev":".."}`)
 * by the key `kid`. The payload's keys stand as jsonb keeps them: shorter ones first, then by bytes. A line is never stored: whoever needs
 * one makes it of the event and its seal, so that a change of either shows. */
struct audit_entry {
	int64_t seq;
	struct str id, ts, ns, actor, actor_type, type, entity, payload; /* absent: null */
};

struct audit_seal {
	unsigned char prev[SHA256_SIZE], hash[SHA256_SIZE], sig[SHA256_SIZE]; /* hash: of this line */
	struct str kid;
};

/* Columns 0 to 7 of a row: id, recorded_at, namespace_id, actor_id, actor_type, event_type, entity_id, payload; `seq` is the caller's. */
void audit_read_entry(const struct rows *r, size_t row, struct audit_entry *e);
/* And 8 to 12: seq, prev, hash, sig, kid. false: it is not sealed yet. */
bool audit_read_sealed(const struct rows *r, size_t row, struct audit_entry *e, struct audit_seal *s);
void audit_read_hash(const struct rows *r, size_t row, size_t col, unsigned char out[SHA256_SIZE]); /* zeros for anything that is none */

/* The line without its newline. */
void audit_put(struct buf *out, const struct audit_entry *e, const struct audit_seal *s, struct mem *m);
/* Fills in sig, hash and kid; prev is the caller's. `line` is then the line. */
void audit_sign(struct buf *line, const struct audit_entry *e, struct audit_seal *s, const struct keyring *k, struct mem *m);
/* Whether line, hash and signature belong together. */
bool audit_holds(const struct audit_entry *e, const struct audit_seal *s, const struct keyring *k, struct mem *m);

#endif

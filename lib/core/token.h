#ifndef CORE_TOKEN_H
#define CORE_TOKEN_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/core/actor.h"
#include "lib/core/keyring.h"

/* Access tokens: JWT, HS256, ten minutes. Refresh tokens: session, generation and a MAC over both, so that nothing that could be stolen is kept in
 * the database, and the successor of a token is always the same bytes. Keys come from files of mode 0400. */
enum { TOKEN_SECONDS = 600, TOKEN_LENGTH_MAX = 8192 };

struct token_keys {
	struct keyring ring;             /* of access tokens */
	struct str headers[KEYS_MOST];   /* as our own tokens of each key begin: what need not be parsed again; may be absent */
	unsigned char refresh[KEY_SIZE];
};

/* Lives as long as `m`. false: *why names the file and its fault. refresh_file NULL: this program issues no refresh tokens. */
bool token_keys_read(struct token_keys *k, const char *jwt_file, const char *refresh_file, struct mem *m, struct str *why);

/* Of its principal and role, and of its session or, without one, its key. */
struct str token_issue(struct mem *m, const struct token_keys *k, const struct actor *who, int64_t now_s);
/* Everything about a token but whether its session lives, which the database says in the same breath as it runs the statement. */
bool token_check(struct mem *m, const struct token_keys *k, struct str token, int64_t now_s, struct actor *out);

struct str refresh_issue(struct mem *m, const struct token_keys *k, struct str session, int64_t generation);
bool refresh_check(struct mem *m, const struct token_keys *k, struct str token, struct str *session, int64_t *generation);

#endif

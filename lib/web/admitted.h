#ifndef WEB_ADMITTED_H
#define WEB_ADMITTED_H
#include "lib/core/actor.h"
#include "lib/core/shared.h"

/* Whom the database has let in a moment ago, so that it need not look at session, key and principal again for each request of a burst. A worker
 * takes its own memory for it only for a quarter of a second, and only while no statement of this host may have ended a session, a key or a role
 * (shared->endings): what ends by a request ends for the next one, and what another host or an operator ends, a quarter of a second later. */

/* The actor's namespace, or absent when the database must be asked. */
struct str admitted_find(const struct actor *a, int64_t endings, int64_t now_us);
/* `endings` and `now_us` as they were before the database was asked. */
void admitted_keep(const struct actor *a, struct str namespace_id, int64_t endings, int64_t now_us);

#endif

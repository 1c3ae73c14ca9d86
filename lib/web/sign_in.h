#ifndef WEB_SIGN_IN_H
#define WEB_SIGN_IN_H
#include "lib/web/web.h"

/* Inside lib/web: from credentials to an actor, and how often he may ask. */
enum err sign_in(struct req *r);                                        /* no credential: E_OK and ANYONE */
enum err sign_in_holds(const struct db *db) MUST_CHECK;                 /* asks the database alone whether whoever it is entered as may enter */
void sign_in_remember(struct req *r);                                   /* at its end: an actor whom the database let in */
enum err rate_of(struct req *r, struct str who, int64_t per_second, int64_t burst);
enum err rate_of_address(struct req *r);                                /* IPv6 counts by /64 */

#endif

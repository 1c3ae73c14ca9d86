#ifndef WEB_SIGN_IN_H
#define WEB_SIGN_IN_H
#include "lib/web/web.h"

/* Inside lib/web: from credentials to an actor, and how often he may ask. */
enum err sign_in(struct req *r);                                        /* no credential: E_OK and ANYONE */
enum err sign_in_holds(const struct db *db) MUST_CHECK;                 /* asks the database alone whether whoever it is entered as may enter */
void sign_in_remember(struct req *r);                                   /* at its end: an actor whom the database let in */
bool sign_in_again(const struct db *db);                                /* its statements set the actor without looking him up */
enum err rate_of(struct req *r, struct str who, int64_t per_second, int64_t burst);
enum err rate_of_address(struct req *r);                                /* IPv6 counts by /64 */
enum err rate_of_key(struct req *r);                                    /* of a key with a limit of its own, on all hosts together */
bool from_this_host(struct req *r);                                     /* and not through another proxy */

#endif

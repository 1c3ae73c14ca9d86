#ifndef WEB_COOKIE_H
#define WEB_COOKIE_H
#include "lib/web/web.h"

/* Sessions of browsers: the two tokens in cookies that no script can read. A browser sends cookies along whoever's page makes it ask, so a request
 * that changes something by cookie, or wants to be signed in by cookie, must come from a page of our own. */
struct str cookie_access(const struct req *r);  /* absent when it is missing or there twice */
struct str cookie_refresh(const struct req *r);
enum err cookie_take(struct req *r) MUST_CHECK; /* the answer's tokens go into cookies; E_CROSS_ORIGIN when it is not our own page that asks */
void cookie_set(struct req *r, struct str access, struct str refresh);
void cookie_clear(struct req *r);

#endif

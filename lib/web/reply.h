#ifndef WEB_REPLY_H
#define WEB_REPLY_H
#include "lib/web/web.h"

/* Inside lib/web: the error envelope and the header lines of an answer. */
void reply_error(struct req *r, enum err e);            /* replaces whatever the body holds */
void reply_head(struct req *r, struct buf *out);        /* "Status: ..." to the empty line */
void reply_limit(struct req *r, int64_t limit, int64_t left, int64_t reset_s); /* RateLimit-* */
void reply_retry(struct req *r, int64_t seconds);       /* Retry-After, once */
void reply_cors(struct req *r);

#endif

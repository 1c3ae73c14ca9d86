#ifndef WEB_SERVE_H
#define WEB_SERVE_H
#include "lib/web/web.h"

/* Answers one request: leads it through its life (the array at the top of serve.c), always replies, always logs one line, always counts.
 * Before: the transport has filled mem, app, router, transport, link, in and an empty body. After: status, head and body are the answer; the
 * arena is still full, for the transport to send from and reset. */
void serve(struct req *r);
void serve_param(struct req *r, struct str name, struct str value); /* one FastCGI parameter; unknown ones are not kept */

#endif

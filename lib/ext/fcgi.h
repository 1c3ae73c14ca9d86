#ifndef EXT_FCGI_H
#define EXT_FCGI_H
#include <stdbool.h>

#include "lib/base/buf.h"

/* libfcgi, one request at a time: accept, read, write, finish. Connections are not kept: a blocking worker that waits on a kept
 * connection starves every other client. */
struct fcgi;

struct fcgi *fcgi_open(int listen_fd);
bool fcgi_accept(struct fcgi *f);       /* false: a signal came, or the socket is gone */
/* Walks the parameters: false after the last. Start with *walk = 0. */
bool fcgi_next_param(struct fcgi *f, size_t *walk, struct str *name, struct str *value);
bool fcgi_read(struct fcgi *f, char *out, size_t n); /* exactly n bytes of the body, or false */
void fcgi_write(struct fcgi *f, struct str bytes);
void fcgi_finish(struct fcgi *f);       /* ends the answer and the connection */

#endif

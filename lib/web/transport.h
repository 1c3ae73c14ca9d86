#ifndef WEB_TRANSPORT_H
#define WEB_TRANSPORT_H
#include "lib/web/match.h"

/* Three ways for a request to come in and its answer to go out; handlers cannot tell which. The first two serve until parent_stopping(). */

/* Event-driven: any number of kept connections, a fiber per request, all waiting in one loop. */
void via_loop(struct app *a, const struct router *routes, int listen_fd);

/* libfcgi, one request after the other, connections not kept: for work that is CPU by design. */
void via_fcgi(struct app *a, const struct router *routes, int listen_fd);

/* In memory, for tests. */
struct asked {
	const struct str (*params)[2]; /* name and value */
	size_t n;
	struct str body;
};
struct answer {
	int status;
	struct str head, body;
};
struct answer via_memory(struct app *a, const struct router *routes, struct mem *m, const struct asked *q);

#endif

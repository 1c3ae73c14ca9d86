#ifndef EXT_HTTP_H
#define EXT_HTTP_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"

/* One HTTP request to another host by libcurl, waited for. Nothing is kept from one call to the next: no connection, no name, no cookie. There are no
 * redirects, no proxy and no passwords from files, whatever the environment says. Where a request may go is not decided here: `gate` is asked about
 * every address just before it is connected to. Only lib/core/door_call.c calls this. */
struct sockaddr;

struct http_header {
	const char *name;
	struct str value;
};

struct http_call {
	const char *method;              /* NULL: GET */
	struct str url;
	const struct http_header *headers;
	size_t n_headers;
	struct str body;                 /* absent: none */
	int64_t connect_ms, total_ms;    /* until it is connected, until it is over */
	size_t most;                     /* bytes of an answer's body that are taken; one more is a fault */
	bool (*sink)(void *arg, struct str piece); /* takes pieces as they come instead; false: enough, and the call ends well */
	void *sink_arg;
};

struct http_gate {
	bool plain;                      /* http:// is fine too */
	const char *ca_file;             /* more authorities than the system's; NULL: none */
	const char *agent;               /* User-Agent */
	bool (*may_connect)(void *arg, const struct sockaddr *to);
	void *arg;
};

struct http_reply {
	int status;
	struct str head, body;           /* header lines; both in the arena */
	const char *fault;               /* a constant sentence about what went wrong; NULL when the answer came whole */
};

/* E_OK: an answer came, of whatever status. E_TARGET: the gate let it connect nowhere. E_TIMEOUT, E_UPSTREAM: out->fault says more. */
enum err http_send(struct mem *m, const struct http_call *c, const struct http_gate *g, struct http_reply *out) MUST_CHECK;
struct str http_header(const struct http_reply *reply, struct str name); /* the first of that name; absent when there is none */

#endif

/* The blocking transport: one request at a time over libfcgi. */
#include <fcntl.h>

#include "lib/base/check.h"
#include "lib/base/log.h"
#include "lib/core/parent.h"
#include "lib/ext/fcgi.h"
#include "lib/web/reply.h"
#include "lib/web/serve.h"
#include "lib/web/transport.h"

enum { REQUESTS_MOST = 10000 }; /* then the worker is replaced, whatever it may have leaked */

static void answer_one(struct app *a, const struct router *routes, struct fcgi *f, struct mem *m, struct buf *body);

static bool read_body(struct req *r, size_t n, struct str *out)
{
	char *p = mem_raw(r->mem, n + 1);

	*out = (struct str){ p, n };
	return fcgi_read(r->link, p, n);
}

static void on_client(void *came, unsigned events)
{
	(void)events;
	*(bool *)came = true;
}

/* Between requests the worker turns its loop, so that it shows signs of life and mends lost database links; libfcgi is asked only when a client is
 * there, on a socket that does not block, since another worker of the pool may be quicker. */
void via_fcgi(struct app *a, const struct router *routes, int listen_fd)
{
	struct fcgi *f = fcgi_open(listen_fd);
	struct mem *m = mem_new(ARENA_MOST);
	struct buf body = BUF(REPLY_MOST);
	bool came;
	struct watch client = { .fd = listen_fd, .ready = on_client, .arg = &came };

	CHECK(fcntl(listen_fd, F_SETFL, O_NONBLOCK) == 0);
	while (!app_settled(a) && !parent_stopping())
		loop_turn(a->loop, 50000);
	parent_ready();
	loop_watch(a->loop, &client, LOOP_READ);
	for (int i = 0; i < REQUESTS_MOST && !parent_stopping();) {
		log_flush();
		came = false;
		loop_turn(a->loop, 250000);
		app_tick(a);
		if (!came)
			continue;
		loop_unwatch(a->loop, &client); /* or waiting for the database would spin on the next client */
		parent_hold(true);
		if (fcgi_accept(f)) {
			answer_one(a, routes, f, m, &body);
			i++;
		}
		parent_hold(false);
		loop_watch(a->loop, &client, LOOP_READ);
	}
	mem_free(m);
	buf_release(&body);
}

static void answer_one(struct app *a, const struct router *routes, struct fcgi *f, struct mem *m, struct buf *body)
{
	static const struct transport blocking = { read_body };
	struct buf lines = BUF(16384), head = BUF(32768);
	struct req r = { .mem = m, .app = a, .router = routes, .transport = &blocking, .link = f, .head = &lines, .body = body };
	struct str name, value;
	size_t walk = 0;

	while (fcgi_next_param(f, &walk, &name, &value))
		serve_param(&r, name, value);
	serve(&r);
	reply_head(&r, &head);
	fcgi_write(f, buf_str(&head));
	fcgi_write(f, buf_str(body));
	fcgi_finish(f);
	buf_release(&lines);
	buf_release(&head);
	buf_clear(body);
	mem_reset(m);
}

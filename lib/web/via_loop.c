/* The event-driven transport: connections, their buffers, and a fiber for each request. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/fiber.h"
#include "lib/base/log.h"
#include "lib/core/parent.h"
#include "lib/web/reply.h"
#include "lib/web/serve.h"
#include "lib/web/transport.h"
#include "lib/web/wire.h"

enum { READ_SIZE = 32768, OUT_MOST = REPLY_MOST + (1 << 20), CONNECTIONS_MOST = 4096, ACCEPTS_A_TURN = 64, KEEP_BUFFER = 65536 };
enum { STUCK_US = 30000000, DRAIN_US = 30000000, LOG_EVERY_US = 20000 };

struct server {
	struct app *app;
	const struct router *routes;
	struct watch listen;
	struct conn *conns; /* all that are open or whose fiber still runs */
	int n, running; /* connections, and requests at work */
	struct timer sweep;
	char in[READ_SIZE];
};

/* A connection is held by its open descriptor, by the fiber that answers on it, and by take_bytes while it works; the last to let go frees it. */
struct conn {
	struct server *server;
	struct conn *next, *prev;
	struct watch watch;
	struct wire wire;
	struct mem *mem;
	struct buf upload, lines, head, body, out; /* request body; reply header lines, whole head, body; bytes to send */
	size_t sent;
	int64_t since_us;             /* last time something moved */
	struct fiber *waits;          /* parked in read_body */
	int holds;
	bool closed, running, upload_done, upload_failed;
};

static void on_listen(void *arg, unsigned events);
static void on_conn(void *arg, unsigned events);
static void sweep(void *arg);
static void turn(struct loop *l, int64_t most_us);
static struct conn *conn_new(struct server *s, int fd);
static void conn_close(struct conn *c);
static void conn_let_go(struct conn *c);
static void take_bytes(struct conn *c, struct str in);
static void start_request(struct conn *c);
static void run_request(void *arg);
static void finish_request(struct conn *c);
static void clear_large(struct buf *b);
static void answer_plainly(struct conn *c, enum err e);
static bool read_body(struct req *r, size_t n, struct str *out);
static void wake_reader(struct conn *c);
static void send_out(struct conn *c);

void via_loop(struct app *a, const struct router *routes, int listen_fd)
{
	struct server *s = calloc(1, sizeof *s);
	int64_t until;

	CHECK(s && fcntl(listen_fd, F_SETFL, O_NONBLOCK) == 0);
	s->app = a;
	s->routes = routes;
	s->listen = (struct watch){ .fd = listen_fd, .ready = on_listen, .arg = s };
	s->sweep = (struct timer){ .fire = sweep, .arg = s };
	loop_timer(a->loop, &s->sweep, 1000000, 1000000);
	while (!a->ticked_us && !parent_stopping())
		loop_turn(a->loop, 50000);
	loop_watch(a->loop, &s->listen, LOOP_READ);
	parent_ready();
	while (!parent_stopping())
		turn(a->loop, 250000);
	/* Retiring, it waits for the web server to close the kept connections, which alone can do it without cutting a request in two; told to stop, it
	 * only finishes what it is doing. */
	loop_unwatch(a->loop, &s->listen);
	until = clock_mono_us() + DRAIN_US;
	while ((parent_retiring() ? s->n > 0 : s->running > 0) && clock_mono_us() < until)
		turn(a->loop, 50000);
	for (struct conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		conn_close(c);
	}
}

/* Log lines of twenty milliseconds leave in one write: one for each turn would be a twentieth of a request's cost. */
static void turn(struct loop *l, int64_t most_us)
{
	loop_turn(l, log_waits() && most_us > LOG_EVERY_US ? LOG_EVERY_US : most_us);
	log_flush_older(LOG_EVERY_US);
}

static void on_listen(void *arg, unsigned events)
{
	struct server *s = arg;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN && s->n < CONNECTIONS_MOST; i++) {
		int fd = accept4(s->listen.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		loop_watch(s->app->loop, &conn_new(s, fd)->watch, LOOP_READ);
	}
}

static struct conn *conn_new(struct server *s, int fd)
{
	struct conn *c = calloc(1, sizeof *c);

	CHECK(c);
	c->server = s;
	c->holds = 1;
	c->watch = (struct watch){ .fd = fd, .ready = on_conn, .arg = c };
	c->mem = mem_new(ARENA_MOST);
	c->upload = BUF(BODY_MOST + 1);
	c->lines = BUF(16384);
	c->head = BUF(32768);
	c->body = BUF(REPLY_MOST);
	c->out = BUF(OUT_MOST);
	c->since_us = clock_mono_us();
	wire_init(&c->wire, PARAMS_MOST);
	c->next = s->conns;
	if (c->next)
		c->next->prev = c;
	s->conns = c;
	s->n++;
	return c;
}

static void conn_close(struct conn *c)
{
	if (c->closed)
		return;
	loop_unwatch(c->server->app->loop, &c->watch);
	close(c->watch.fd);
	c->closed = c->upload_failed = true;
	wake_reader(c);
	conn_let_go(c);
}

static void conn_let_go(struct conn *c)
{
	CHECK(c->holds > 0);
	if (--c->holds > 0)
		return;
	if (c->prev)
		c->prev->next = c->next;
	else
		c->server->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->server->n--;
	wire_release(&c->wire);
	buf_release(&c->upload);
	buf_release(&c->lines);
	buf_release(&c->head);
	buf_release(&c->body);
	buf_release(&c->out);
	mem_free(c->mem);
	free(c);
}

static void on_conn(void *arg, unsigned events)
{
	struct conn *c = arg;
	struct server *s = c->server;
	ssize_t n;

	if (events & LOOP_WRITE) {
		send_out(c);
		return;
	}
	n = recv(c->watch.fd, s->in, sizeof s->in, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(c);
		return;
	}
	c->since_us = clock_mono_us();
	take_bytes(c, (struct str){ s->in, (size_t)n });
}

/* Events of the record layer, one by one. */
static void take_bytes(struct conn *c, struct str in)
{
	c->holds++;
	while (!c->closed) {
		enum wire_event e = wire_next(&c->wire, &in, &c->out);

		if (e == WIRE_MORE)
			break;
		else if (e == WIRE_REQUEST)
			start_request(c);
		else if (e == WIRE_BODY)
			buf_add(&c->upload, c->wire.chunk);
		else if (e == WIRE_TOO_LARGE)
			answer_plainly(c, E_BIG_HEADERS);
		else if (e == WIRE_FAULT)
			conn_close(c);
		else {
			c->upload_done = c->upload_done || e == WIRE_BODY_END;
			c->upload_failed = c->upload_failed || e == WIRE_ABORT;
			wake_reader(c);
		}
	}
	if (!c->closed && c->out.n)
		send_out(c);
	conn_let_go(c);
}

static void start_request(struct conn *c)
{
	buf_clear(&c->upload);
	c->upload_done = c->upload_failed = false;
	c->running = true;
	c->server->running++;
	c->holds++;
	if (fiber_start(run_request, c))
		return;
	c->running = false;
	c->server->running--;
	c->holds--;
	answer_plainly(c, E_BUSY);
}

/* In its fiber. */
static void run_request(void *arg)
{
	static const struct transport event_driven = { read_body };
	struct conn *c = arg;
	struct req r = { .mem = c->mem, .app = c->server->app, .router = c->server->routes, .transport = &event_driven, .link = c, .head = &c->lines, .body = &c->body };
	struct str name, value;
	size_t walk = 0;

	while (wire_param(&c->wire, &walk, &name, &value))
		serve_param(&r, name, value);
	serve(&r);
	reply_head(&r, &c->head);
	c->server->running--;
	finish_request(c);
	conn_let_go(c);
}

static void finish_request(struct conn *c)
{
	if (!c->closed)
		wire_reply(&c->wire, &c->out, buf_str(&c->head), buf_str(&c->body));
	buf_clear(&c->lines);
	buf_clear(&c->head);
	clear_large(&c->body);
	clear_large(&c->upload);
	mem_reset(c->mem);
	c->running = false;
	if (!c->closed)
		send_out(c);
}

static void clear_large(struct buf *b)
{
	buf_clear(b);
	if (b->cap > KEEP_BUFFER)
		buf_release(b);
}

/* For requests that never get a fiber: no fiber left, or parameters too large to be read. */
static void answer_plainly(struct conn *c, enum err e)
{
	struct req r = { .mem = c->mem, .app = c->server->app, .router = c->server->routes, .head = &c->lines, .body = &c->body, .id = STR("-") };

	reply_error(&r, e);
	reply_head(&r, &c->head);
	metric_add(&c->server->app->metrics, METRIC_http_requests_total, metric_op_class(router_routes(r.router)->n, r.status), 1);
	finish_request(c);
}

static bool read_body(struct req *r, size_t n, struct str *out)
{
	struct conn *c = r->link;

	while (!c->upload_done && !c->upload_failed && !c->upload.full) {
		c->waits = fiber_self();
		fiber_park();
	}
	*out = buf_str(&c->upload);
	return c->upload_done && !c->upload_failed && !c->upload.full && c->upload.n == n;
}

static void wake_reader(struct conn *c)
{
	struct fiber *f = c->waits;

	c->waits = NULL;
	if (f)
		fiber_wake(f);
}

/* Sends what is there; while some is left, nothing more is read from this connection. */
static void send_out(struct conn *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->watch.fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_watch(c->server->app->loop, &c->watch, LOOP_WRITE);
			return;
		}
		if (n < 0) {
			conn_close(c);
			return;
		}
		c->sent += (size_t)n;
		c->since_us = clock_mono_us();
	}
	c->sent = 0;
	clear_large(&c->out);
	if (c->wire.keep || c->wire.active || c->wire.current == 0)
		loop_watch(c->server->app->loop, &c->watch, LOOP_READ);
	else
		conn_close(c);
}

/* Once a second: connections whose other side has stopped reading an answer, or stopped sending a request, are cut. */
static void sweep(void *arg)
{
	struct server *s = arg;
	int64_t now = clock_mono_us();

	for (struct conn *c = s->conns, *next; c; c = next) {
		bool waiting_for_us = c->running && !c->waits;

		next = c->next;
		if (now - c->since_us > STUCK_US && !waiting_for_us && (c->out.n || c->wire.active))
			conn_close(c);
	}
}

/* The transport of unit tests: a request out of an array, an answer into the arena. */
#include "lib/web/reply.h"
#include "lib/web/serve.h"
#include "lib/web/transport.h"

static bool read_body(struct req *r, size_t n, struct str *out)
{
	const struct str *body = r->link;

	*out = str_head(*body, n < body->n ? n : body->n);
	return n == body->n;
}

struct answer via_memory(struct app *a, const struct router *routes, struct mem *m, const struct asked *q)
{
	static const struct transport memory = { read_body };
	struct buf out = BUF(REPLY_MOST), lines = BUF(16384), head = BUF(32768);
	struct str body = q->body;
	struct req r = { .mem = m, .app = a, .router = routes, .transport = &memory, .link = &body, .head = &lines, .body = &out };
	struct answer answer;

	for (size_t i = 0; i < q->n; i++)
		serve_param(&r, q->params[i][0], q->params[i][1]);
	serve(&r);
	reply_head(&r, &head);
	answer = (struct answer){ r.status, mem_copy(m, buf_str(&head)), mem_copy(m, buf_str(&out)) };
	buf_release(&lines);
	buf_release(&head);
	buf_release(&out);
	return answer;
}

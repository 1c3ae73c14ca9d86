/* Sending what the door lets through. Apart from the rules, so that a program that only asks them maps no libcurl. */
#include "lib/core/app.h"

static bool may_connect(void *target, const struct sockaddr *to)
{
	return door_lets(target, to);
}

enum err door_call(const struct door *d, struct mem *m, const struct http_call *c, struct http_reply *out)
{
	struct door_target t;
	const char *fault = door_aim(d, c->url, &t);
	struct http_gate gate = { .plain = t.plain, .ca_file = d->ca_file, .agent = "life-agent/" APP_VERSION, .may_connect = may_connect, .arg = &t };

	*out = (struct http_reply){ .fault = fault };
	return fault ? E_TARGET : http_send(m, c, &gate, out);
}

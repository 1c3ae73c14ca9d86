/* The blocking FastCGI server side over libfcgi. */
#include "lib/ext/fcgi.h"

#include <fcgiapp.h>
#include <stdlib.h>

#include "lib/base/check.h"

struct fcgi {
	FCGX_Request request;
};

struct fcgi *fcgi_open(int listen_fd)
{
	struct fcgi *f = calloc(1, sizeof *f);

	CHECK(f && FCGX_Init() == 0);
	CHECK(FCGX_InitRequest(&f->request, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
	return f;
}

bool fcgi_accept(struct fcgi *f)
{
	f->request.keepConnection = 0;
	return FCGX_Accept_r(&f->request) == 0;
}

bool fcgi_next_param(struct fcgi *f, size_t *walk, struct str *name, struct str *value)
{
	const char *pair = f->request.envp[*walk];
	const char *equals = pair ? strchr(pair, '=') : NULL;

	if (!equals)
		return false;
	++*walk;
	*name = (struct str){ pair, (size_t)(equals - pair) };
	*value = str_from(equals + 1);
	return true;
}

bool fcgi_read(struct fcgi *f, char *out, size_t n)
{
	while (n) {
		int k = FCGX_GetStr(out, n > 65536 ? 65536 : (int)n, f->request.in);

		if (k <= 0)
			return false;
		out += k;
		n -= (size_t)k;
	}
	return true;
}

void fcgi_write(struct fcgi *f, struct str s)
{
	while (s.n) {
		int n = s.n > 65536 ? 65536 : (int)s.n;

		if (FCGX_PutStr(s.p, n, f->request.out) != n)
			return; /* the client is gone */
		s = str_skip(s, (size_t)n);
	}
}

void fcgi_finish(struct fcgi *f)
{
	f->request.keepConnection = 0;
	FCGX_Finish_r(&f->request);
}

/* The blocking FastCGI server side over libfcgi. */
#include "lib/ext/fcgi.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "lib/base/check.h"

enum { PATIENCE_S = 2, THEN_US = 500000 };

struct fcgi {
	FCGX_Request request;
};

static void on_impatience(int sig);
static void be_impatient(bool on);

struct fcgi *fcgi_open(int listen_fd)
{
	struct fcgi *f = calloc(1, sizeof *f);
	const struct sigaction interrupt = { .sa_handler = on_impatience }; /* without SA_RESTART */

	CHECK(f && FCGX_Init() == 0 && sigaction(SIGALRM, &interrupt, NULL) == 0);
	CHECK(FCGX_InitRequest(&f->request, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
	return f;
}

bool fcgi_accept(struct fcgi *f)
{
	bool came;

	f->request.keepConnection = 0;
	be_impatient(true);
	came = FCGX_Accept_r(&f->request) == 0;
	be_impatient(false);
	if (!came || FCGX_GetError(f->request.in) == 0)
		return came;
	/* Cut short: libfcgi takes the parameters so far for all of them. */
	FCGX_Detach(&f->request); /* or it would linger */
	FCGX_Free(&f->request, 1);
	return false;
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
	be_impatient(true);
	while (n) {
		int k = FCGX_GetStr(out, n > 65536 ? 65536 : (int)n, f->request.in);

		if (k <= 0)
			break;
		out += k;
		n -= (size_t)k;
	}
	be_impatient(false);
	return n == 0;
}

void fcgi_write(struct fcgi *f, struct str s)
{
	be_impatient(true);
	while (s.n) {
		int n = s.n > 65536 ? 65536 : (int)s.n;

		if (FCGX_PutStr(s.p, n, f->request.out) != n)
			break; /* the client is gone */
		s = str_skip(s, (size_t)n);
	}
	be_impatient(false);
}

void fcgi_finish(struct fcgi *f)
{
	f->request.keepConnection = 0;
	be_impatient(true);
	FCGX_Finish_r(&f->request);
	be_impatient(false);
}

static void on_impatience(int sig) { (void)sig; }

/* The web server sends a request whole and reads its answer at once. Whoever does not is given up: libfcgi blocks in read and write, the alarm
 * interrupts it, and an interrupted call ends the connection; again and again, since libfcgi lingers on it and takes the next one by itself. */
static void be_impatient(bool on)
{
	const struct itimerval timer = { .it_value.tv_sec = on ? PATIENCE_S : 0, .it_interval.tv_usec = on ? THEN_US : 0 };

	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

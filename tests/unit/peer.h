#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H
/* The other side of a database link, answering by a script. One process listens, one more serves each connection; all end with the test. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/peer_talk.h"

struct peer { pid_t pid; char folder[32]; };

static inline bool peer_read(int fd, void *to, size_t n)
{
	for (ssize_t k; n; n -= (size_t)k, to = (char *)to + k)
		if ((k = read(fd, to, n)) <= 0)
			return false;
	return true;
}

/* The next message; false when the client says goodbye or is gone. */
static inline bool peer_hear(int fd, char *type, char *in, size_t most)
{
	uint32_t n;

	return peer_read(fd, type, 1) && peer_read(fd, &n, 4) && be32toh(n) - 4 <= most && peer_read(fd, in, be32toh(n) - 4) && *type != 'X';
}

/* Serves one connection until it ends. */
static inline void peer_serve(int fd, const struct script *scripts)
{
	static char in[1 << 16];
	struct talk t = { .scripts = scripts, .out = BUF(1 << 20), .b = BUF(1 << 20) };
	uint32_t n;
	char type;

	if (!peer_read(fd, &n, 4) || !peer_read(fd, in, be32toh(n) - 4))
		return;
	peer_int(&t.b, 0);
	peer_message(&t.out, 'R', &t.b);
	peer_z(&t.b, "client_encoding"), peer_z(&t.b, "UTF8");
	peer_message(&t.out, 'S', &t.b);
	peer_ready(&t);
	do {
		if (t.out.n && write(fd, t.out.p, t.out.n) != (ssize_t)t.out.n)
			return;
		buf_clear(&t.out);
	} while (peer_hear(fd, &type, in, sizeof in) && peer_answer(&t, type, in));
}

static inline void peer_start(struct peer *p, const struct script *scripts)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

	snprintf(p->folder, sizeof p->folder, "/tmp/la-peer-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(at.sun_path, sizeof at.sun_path, "%s/.s.PGSQL.5432", p->folder);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 64), 0);
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGCHLD, SIG_IGN);
		while ((client = accept(fd, NULL, NULL)) >= 0) {
			if (fork() == 0) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				close(fd);
				peer_serve(client, scripts);
				_exit(0);
			}
			close(client);
		}
		_exit(0);
	}
	close(fd);
}

static inline void peer_stop(struct peer *p)
{
	char path[64];

	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	snprintf(path, sizeof path, "%s/.s.PGSQL.5432", p->folder);
	unlink(path);
	rmdir(p->folder);
}

#endif

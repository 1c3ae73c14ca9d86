/* Requests to another host: what is sent, what is taken, and every way it can go wrong, against a peer that answers by a script. */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/ext/http.h"

static struct mem *m;
static struct { char heard[8192]; size_t n; int clients; } *seen;
static pid_t peer;
static char url[64];
static bool open_gate;

static bool gate_says(void *arg, const struct sockaddr *to)
{
	(void)arg;
	assert_int_equal(to->sa_family, AF_INET);
	return open_gate;
}

/* Serves one client after the other: hears a whole request, answers with `script` and closes; without a script it keeps silent. */
static void serve_clients(int fd, const char *script, size_t n)
{
	for (;;) {
		int c = accept(fd, NULL, NULL);
		char *end;

		seen->clients++;
		seen->n = 0;
		memset(seen->heard, 0, sizeof seen->heard);
		for (ssize_t k = 1; k > 0 && !((end = strstr(seen->heard, "\r\n\r\n")) && (!strstr(seen->heard, "Content-Length") || strlen(end) > 4));) {
			k = read(c, seen->heard + seen->n, sizeof seen->heard - seen->n - 1);
			seen->n += k > 0 ? (size_t)k : 0;
		}
		while (!script)
			pause();
		for (size_t done = 0; done < n;) {
			ssize_t k = write(c, script + done, n - done);

			done += k > 0 ? (size_t)k : n;
		}
		close(c);
	}
}

static void begin_peer(const char *script, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/hook?a=b", ntohs(at.sin_port));
	seen->clients = 0;
	peer = fork();
	if (peer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		serve_clients(fd, script, n);
	}
	close(fd);
}

#define PEER(script) begin_peer(script, sizeof script - 1)

static int up(void **state)
{
	(void)state;
	m = mem_new(32 << 20);
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	open_gate = true;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int down(void **state)
{
	(void)state;
	if (peer) {
		kill(peer, SIGKILL);
		waitpid(peer, NULL, 0);
		peer = 0;
	}
	munmap(seen, sizeof *seen);
	mem_free(m);
	return 0;
}

static const struct http_gate gate = { .plain = true, .agent = "unit/1", .may_connect = gate_says };
static struct http_call plain_call(void) { return (struct http_call){ .connect_ms = 2000, .total_ms = 5000, .most = 1000 }; }

/* Of the peer, unless the call says otherwise. */
static enum err ask(struct http_call c, struct http_reply *r)
{
	if (!c.url.p)
		c.url = str_from(url);
	return http_send(m, &c, &gate, r);
}

static void an_answer_comes_whole(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nX-Two:\t two \r\nContent-Length: 5\r\n\r\nhello");
	assert_int_equal(ask(c, &r), E_OK);
	assert_int_equal(r.status, 201);
	assert_str(r.body, "hello");
	assert_null(r.fault);
	assert_str(http_header(&r, STR("content-type")), "text/plain");
	assert_str(http_header(&r, STR("x-two")), "two");
	assert_null(http_header(&r, STR("x-three")).p);
	assert_has(str_from(seen->heard), "GET /hook?a=b HTTP/1.1\r\n");
	assert_has(str_from(seen->heard), "User-Agent: unit/1\r\n");
	assert_lacks(str_from(seen->heard), "Accept-Encoding");
}

static void a_body_and_headers_are_sent_as_they_are(void **state)
{
	const struct http_header headers[] = { { "Content-Type", STR("application/json") }, { "X-Sig", STR("a=b; c") } };
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 204 No Content\r\n\r\n");
	c.method = "POST";
	c.body = STR("{\"a\":\"\0\"}");
	c.headers = headers;
	c.n_headers = 2;
	assert_int_equal(ask(c, &r), E_OK);
	assert_int_equal(r.status, 204);
	assert_str(r.body, "");
	assert_has(((struct str){ seen->heard, seen->n }), "\r\n\r\n{\"a\":\"\0\"}");
	assert_has(str_from(seen->heard), "POST /hook");
	assert_has(str_from(seen->heard), "Content-Type: application/json\r\n");
	assert_has(str_from(seen->heard), "X-Sig: a=b; c\r\n");
	assert_lacks(str_from(seen->heard), "Expect:");
}

static void other_methods_are_sent_by_their_names(void **state)
{
	static const char *const methods[] = { "HEAD", "PUT", "PATCH", "DELETE" };
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	for (size_t i = 0; i < COUNT(methods); i++) {
		struct http_call c = plain_call();

		c.method = methods[i];
		c.body = i == 1 || i == 2 ? STR("x") : STR_NONE;
		assert_int_equal(ask(c, &r), E_OK);
		assert_int_equal(strncmp(seen->heard, methods[i], strlen(methods[i])), 0);
	}
}

static void a_redirect_is_an_answer_and_not_followed(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(ask(c, &r), E_OK);
	assert_int_equal(r.status, 302);
	assert_int_equal(seen->clients, 1);
	assert_str(http_header(&r, STR("Location")), "/elsewhere");
}

static void the_gate_has_the_last_word(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	open_gate = false;
	assert_int_equal(ask(c, &r), E_TARGET);
	assert_non_null(r.fault);
	assert_int_equal(seen->clients, 0);
	open_gate = true;
	assert_int_equal(ask(c, &r), E_OK);
	assert_int_equal(seen->clients, 1);
}

static void the_environment_says_nothing(void **state)
{
	static const char *const names[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY" };
	struct http_call c = plain_call();
	struct http_reply r;
	char home[] = "/tmp/ext_http_XXXXXX", file[64];
	FILE *netrc;

	(void)state;
	PEER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n");
	assert_non_null(mkdtemp(home));
	snprintf(file, sizeof file, "%s/.netrc", home);
	netrc = fopen(file, "w");
	fputs("machine 127.0.0.1 login canary password canary\n", netrc);
	fclose(netrc);
	setenv("HOME", home, 1);
	for (size_t i = 0; i < COUNT(names); i++)
		setenv(names[i], "http://127.0.0.1:1", 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask(c, &r), E_OK);
		assert_lacks(str_from(seen->heard), "Authorization");
		assert_lacks(str_from(seen->heard), "Cookie");
	}
	assert_int_equal(seen->clients, 2);
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	unlink(file);
	rmdir(home);
}

static void only_its_protocols_are_spoken(void **state)
{
	const char *const urls[] = { url, "file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/x", "dict://127.0.0.1:1/x" };
	struct http_gate strict = gate;
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	strict.plain = false;
	for (size_t i = 0; i < COUNT(urls); i++) {
		c.url = str_from(urls[i]);
		assert_int_equal(http_send(m, &c, &strict, &r), E_UPSTREAM);
		assert_int_equal(r.body.n, 0);
	}
}

static void a_header_cannot_begin_another(void **state)
{
	static const char *const bad[] = { "a\r\nX-Evil: 1", "a\nb", "a\rb", "\x01", "\x7F" };
	struct http_reply r;

	(void)state;
	PEER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct http_header header = { "X-A", str_from(bad[i]) };
		struct http_call c = plain_call();

		c.headers = &header;
		c.n_headers = 1;
		assert_int_equal(ask(c, &r), E_INTERNAL);
	}
	assert_int_equal(seen->clients, 0);
}

static char *large(const char *head, size_t n)
{
	char *p = mem_raw(m, n + 1);

	memset(p, 'x', n);
	memcpy(p, head, strlen(head));
	p[n] = '\0';
	return p;
}

static void an_answer_has_a_ceiling(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	begin_peer(large("HTTP/1.1 200 OK\r\n\r\n", 19 + 1001), 19 + 1001);
	assert_int_equal(ask(c, &r), E_UPSTREAM);
	assert_string_equal(r.fault, "its answer is larger than is taken");
	c.most = 1001;
	assert_int_equal(ask(c, &r), E_OK);
	assert_int_equal(r.body.n, 1001);
}

static void so_have_its_headers(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;
	struct buf b = BUF(1 << 20);

	(void)state;
	buf_lit(&b, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b, "X-%d: %080d\r\n", i, i);
	buf_lit(&b, "\r\n");
	begin_peer(b.p, b.n);
	assert_int_equal(ask(c, &r), E_UPSTREAM);
	buf_release(&b);
}

static bool count_three(void *n, struct str piece)
{
	*(size_t *)n += piece.n;
	return *(size_t *)n < 3;
}

static void a_sink_takes_pieces_until_it_has_enough(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;
	size_t n = 0;

	(void)state;
	PEER("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcdef"); /* and then closes before its time */
	c.sink = count_three;
	c.sink_arg = &n;
	assert_int_equal(ask(c, &r), E_OK);
	assert_int_equal(r.status, 200);
	assert_true(n >= 3);
	assert_int_equal(r.body.n, 0);
}

static void what_goes_wrong_is_told_apart(void **state)
{
	static const struct { const char *script, *fault; } cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "its answer stopped midway" },
		{ "", "it closed without an answer" },
		{ "SSH-2.0-x\r\n", "its answer is no HTTP" },
		{ "<html>\r\n", "its answer is no HTTP" },
	};
	struct http_call c = plain_call();
	struct http_reply r;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin_peer(cases[i].script, strlen(cases[i].script));
		assert_int_equal(ask(c, &r), E_UPSTREAM);
		assert_string_equal(r.fault, cases[i].fault);
		kill(peer, SIGKILL);
		waitpid(peer, NULL, 0);
		peer = 0;
	}
	assert_int_equal(ask(c, &r), E_UPSTREAM);
	assert_string_equal(r.fault, "nobody answers there");
	c.url = STR("http://nowhere.invalid/");
	assert_int_equal(ask(c, &r), E_UPSTREAM);
	assert_string_equal(r.fault, "its name leads nowhere");
}

static void a_silent_peer_costs_no_more_than_the_time_given(void **state)
{
	struct http_call c = plain_call();
	struct http_reply r;
	int64_t began = clock_mono_us();

	(void)state;
	begin_peer(NULL, 0);
	c.total_ms = 200;
	assert_int_equal(ask(c, &r), E_TIMEOUT);
	assert_string_equal(r.fault, "it took too long");
	assert_true(clock_mono_us() - began >= 200000);
	assert_true(clock_mono_us() - began < 2000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_comes_whole, up, down),
		cmocka_unit_test_setup_teardown(a_body_and_headers_are_sent_as_they_are, up, down),
		cmocka_unit_test_setup_teardown(other_methods_are_sent_by_their_names, up, down),
		cmocka_unit_test_setup_teardown(a_redirect_is_an_answer_and_not_followed, up, down),
		cmocka_unit_test_setup_teardown(the_gate_has_the_last_word, up, down),
		cmocka_unit_test_setup_teardown(the_environment_says_nothing, up, down),
		cmocka_unit_test_setup_teardown(only_its_protocols_are_spoken, up, down),
		cmocka_unit_test_setup_teardown(a_header_cannot_begin_another, up, down),
		cmocka_unit_test_setup_teardown(an_answer_has_a_ceiling, up, down),
		cmocka_unit_test_setup_teardown(so_have_its_headers, up, down),
		cmocka_unit_test_setup_teardown(a_sink_takes_pieces_until_it_has_enough, up, down),
		cmocka_unit_test_setup_teardown(what_goes_wrong_is_told_apart, up, down),
		cmocka_unit_test_setup_teardown(a_silent_peer_costs_no_more_than_the_time_given, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

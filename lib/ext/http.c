/* HTTP to other hosts over libcurl. */
#include "lib/ext/http.h"

#include <curl/curl.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/check.h"

enum { HEAD_MOST = 64 << 10 };
#define AUTHORITIES "/etc/ssl/certs" /* Debian's, each by its hash */

/* One call under way. */
struct talk {
	const struct http_call *call;
	const struct http_gate *gate;
	struct buf head, body;
	struct curl_slist *lines;
	bool turned_away, enough;
};

static bool add_headers(struct mem *m, struct talk *t);
static bool set_up(CURL *curl, struct mem *m, struct talk *t);
static bool set_target(CURL *curl, struct mem *m, struct talk *t);
static bool set_body(CURL *curl, const struct http_call *c);
static bool set_ears(CURL *curl, struct talk *t);
static curl_socket_t open_socket(void *talk, curlsocktype purpose, struct curl_sockaddr *to);
static size_t take_head(char *p, size_t one, size_t n, void *talk);
static size_t take_body(char *p, size_t one, size_t n, void *talk);
static enum err judge(CURLcode code, const struct talk *t, struct http_reply *out);

static void release(void *talk)
{
	struct talk *t = talk;

	curl_slist_free_all(t->lines);
	buf_release(&t->head);
	buf_release(&t->body);
}

enum err http_send(struct mem *m, const struct http_call *c, const struct http_gate *g, struct http_reply *out)
{
	struct talk *t = mem_alloc(m, sizeof *t);
	CURL *curl;
	CURLcode code = CURLE_FAILED_INIT;
	long status = 0;

	CHECK(g->may_connect && c->total_ms > 0 && c->connect_ms > 0);
	*t = (struct talk){ .call = c, .gate = g, .head = BUF(HEAD_MOST), .body = BUF(c->most) };
	mem_defer(m, release, t);
	*out = (struct http_reply){ .fault = "a header holds a control character" };
	if (!add_headers(m, t))
		return E_INTERNAL;
	curl = curl_easy_init();
	CHECK(curl);
	if (set_up(curl, m, t))
		code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	out->status = (int)status;
	out->head = buf_str(&t->head);
	out->body = buf_str(&t->body);
	return judge(code, t, out);
}

struct str http_header(const struct http_reply *reply, struct str name)
{
	struct str rest = reply->head, line, field;

	while (rest.n && str_cut(&rest, '\n', &line)) {
		if (!str_cut(&line, ':', &field) || !line.p || !str_is_nocase(field, name))
			continue;
		return str_trim(line.n && line.p[line.n - 1] == '\r' ? str_head(line, line.n - 1) : line);
	}
	return STR_NONE;
}

/* Values may come from a database or a setting: none may end its line. */
static bool add_headers(struct mem *m, struct talk *t)
{
	t->lines = curl_slist_append(NULL, "Expect:");
	CHECK(t->lines);
	for (size_t i = 0; i < t->call->n_headers; i++) {
		struct str line = mem_strf(m, "%s: %.*s", t->call->headers[i].name, STR_FMT(t->call->headers[i].value));

		for (size_t k = 0; k < line.n; k++)
			if ((unsigned char)line.p[k] < 0x20 || line.p[k] == 0x7F)
				return false;
		CHECK(curl_slist_append(t->lines, line.p));
	}
	return true;
}

static bool set_up(CURL *curl, struct mem *m, struct talk *t)
{
	return set_target(curl, m, t) && set_body(curl, t->call) && set_ears(curl, t);
}

#define SET(option, value) (curl_easy_setopt(curl, (option), (value)) == CURLE_OK)

static bool set_target(CURL *curl, struct mem *m, struct talk *t)
{
	const struct { CURLoption option; long value; } numbers[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 }, { CURLOPT_NETRC, CURL_NETRC_IGNORED }, { CURLOPT_DNS_CACHE_TIMEOUT, 0 },
		{ CURLOPT_SSL_VERIFYPEER, 1 }, { CURLOPT_SSL_VERIFYHOST, 2 }, { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)t->call->connect_ms }, { CURLOPT_TIMEOUT_MS, (long)t->call->total_ms },
		{ CURLOPT_NOSIGNAL, 1 }, { CURLOPT_QUICK_EXIT, 1 }, /* or a name server that is silent would hold the call past its end */
	};
	const struct { CURLoption option; const char *value; } texts[] = {
		{ CURLOPT_URL, mem_strz(m, t->call->url) }, { CURLOPT_PROTOCOLS_STR, t->gate->plain ? "https,http" : "https" },
		{ CURLOPT_PROXY, "" }, { CURLOPT_NOPROXY, "*" }, { CURLOPT_USERAGENT, t->gate->agent }, { CURLOPT_CAPATH, AUTHORITIES },
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!SET(numbers[i].option, numbers[i].value))
			return false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!SET(texts[i].option, texts[i].value))
			return false;
	return !t->gate->ca_file || SET(CURLOPT_CAINFO, t->gate->ca_file);
}

static bool set_body(CURL *curl, const struct http_call *c)
{
	if (c->method && strcmp(c->method, "HEAD") == 0)
		return SET(CURLOPT_NOBODY, 1L);
	if (c->body.p && !(SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n) && SET(CURLOPT_POSTFIELDS, c->body.p)))
		return false;
	return !c->method || SET(CURLOPT_CUSTOMREQUEST, c->method);
}

static bool set_ears(CURL *curl, struct talk *t)
{
	return SET(CURLOPT_HTTPHEADER, t->lines) && SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, t) &&
	       SET(CURLOPT_HEADERFUNCTION, take_head) && SET(CURLOPT_HEADERDATA, t) && SET(CURLOPT_WRITEFUNCTION, take_body) && SET(CURLOPT_WRITEDATA, t);
}

/* The last word: this very address is what the kernel will be told to connect to. */
static curl_socket_t open_socket(void *talk, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct talk *t = talk;

	if (purpose == CURLSOCKTYPE_IPCXN && t->gate->may_connect(t->gate->arg, &to->addr))
		return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	t->turned_away = true;
	return CURL_SOCKET_BAD;
}

static size_t take_head(char *p, size_t one, size_t n, void *talk)
{
	struct talk *t = talk;

	buf_add(&t->head, (struct str){ p, one * n });
	return t->head.full ? 0 : one * n;
}

static size_t take_body(char *p, size_t one, size_t n, void *talk)
{
	struct talk *t = talk;
	struct str piece = { p, one * n };

	if (t->call->sink) {
		t->enough = !t->call->sink(t->call->sink_arg, piece);
		return t->enough ? 0 : piece.n;
	}
	buf_add(&t->body, piece);
	return t->body.full ? 0 : piece.n;
}

static enum err judge(CURLcode code, const struct talk *t, struct http_reply *out)
{
	static const struct { CURLcode code; const char *fault; } known[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "its name leads nowhere" }, { CURLE_COULDNT_CONNECT, "nobody answers there" },
		{ CURLE_PEER_FAILED_VERIFICATION, "its certificate does not hold" }, { CURLE_SSL_CONNECT_ERROR, "TLS could not be agreed on" },
		{ CURLE_GOT_NOTHING, "it closed without an answer" }, { CURLE_RECV_ERROR, "the connection broke" }, { CURLE_SEND_ERROR, "the connection broke" },
		{ CURLE_PARTIAL_FILE, "its answer stopped midway" }, { CURLE_WRITE_ERROR, "its answer is larger than is taken" },
	};

	out->fault = NULL;
	if (code == CURLE_OK || t->enough)
		return E_OK;
	out->fault = code == CURLE_OPERATION_TIMEDOUT ? "it took too long" : "its answer is no HTTP";
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].code == code)
			out->fault = known[i].fault;
	if (t->turned_away && code == CURLE_COULDNT_CONNECT) {
		out->fault = "its name leads to an address that is not public";
		return E_TARGET;
	}
	return code == CURLE_OPERATION_TIMEDOUT ? E_TIMEOUT : E_UPSTREAM;
}

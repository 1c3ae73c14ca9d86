/* Writing answers: rows by their schema, errors in their envelope, header lines. */
#include "lib/web/reply.h"

#include "lib/base/check.h"
#include "lib/base/code.h"

enum { COLUMNS_MOST = 32 };

static void put_columns(struct req *r, const struct schema *s, struct rows *rows, size_t row, const int *columns);
static void find_columns(const struct schema *s, struct rows *rows, int *columns);
static void put_cursor(struct req *r, struct str id);
static void put_envelope(struct req *r, enum err e);
static void put_problem(struct req *r, enum err e);
static void put_details(struct req *r);
static struct str message(struct req *r, enum err e);

enum err reply_row(struct req *r, struct rows *rows)
{
	enum err e = rows_err(rows);

	if (e != E_OK)
		return e;
	if (rows_count(rows) == 0)
		return E_NOT_FOUND;
	put_row(r, r->route->gives, rows, 0);
	return reply_done(r);
}

enum err reply_page(struct req *r, struct rows *rows, int64_t limit)
{
	int columns[COLUMNS_MOST];
	size_t n = rows_count(rows);
	enum err e = rows_err(rows);

	if (e != E_OK)
		return e;
	if (n)
		find_columns(r->route->gives, rows, columns);
	buf_lit(r->body, "{\"items\":[");
	for (size_t i = 0; i < n && (int64_t)i < limit; i++) {
		if (i)
			buf_char(r->body, ',');
		put_columns(r, r->route->gives, rows, i, columns);
	}
	buf_lit(r->body, "],\"next\":");
	if ((int64_t)n > limit)
		put_cursor(r, rows_text(rows, (size_t)limit - 1, 0));
	else
		buf_lit(r->body, "null");
	buf_char(r->body, '}');
	return reply_done(r);
}

enum err reply_list(struct req *r, struct rows *rows)
{
	int columns[COLUMNS_MOST];
	enum err e = rows_err(rows);

	if (e != E_OK)
		return e;
	if (rows_count(rows))
		find_columns(r->route->gives, rows, columns);
	buf_char(r->body, '[');
	for (size_t i = 0; i < rows_count(rows); i++) {
		if (i)
			buf_char(r->body, ',');
		put_columns(r, r->route->gives, rows, i, columns);
	}
	buf_char(r->body, ']');
	return reply_done(r);
}

enum err reply_shown(struct req *r, const char *name, struct str secret, const struct schema *of, struct rows *rows)
{
	enum err e = rows_err(rows);

	if (e != E_OK)
		return e;
	if (rows_count(rows) == 0)
		return E_NOT_FOUND;
	buf_fmt(r->body, "{\"%s\":", name);
	buf_json(r->body, secret);
	buf_lit(r->body, ",\"info\":");
	put_row(r, of, rows, 0);
	buf_char(r->body, '}');
	return reply_done(r);
}

enum err reply_none(struct req *r, struct rows *rows)
{
	enum err e = rows_err(rows);

	r->status = r->route->status;
	return e != E_OK ? e : rows_count(rows) ? E_OK : E_NOT_FOUND;
}

enum err reply_done(struct req *r)
{
	r->status = r->route->status;
	return r->body->full ? E_INTERNAL : E_OK;
}

void put_row(struct req *r, const struct schema *s, struct rows *rows, size_t row)
{
	int columns[COLUMNS_MOST];

	find_columns(s, rows, columns);
	put_columns(r, s, rows, row, columns);
}

void reply_header(struct req *r, const char *name, struct str value)
{
	CHECK(!memchr(value.p, '\r', value.n) && !memchr(value.p, '\n', value.n) && !memchr(value.p, 0, value.n));
	buf_add(r->head, str_from(name));
	buf_lit(r->head, ": ");
	buf_add(r->head, value);
	buf_lit(r->head, "\r\n");
}

void reply_limit(struct req *r, int64_t limit, int64_t left, int64_t reset_s)
{
	buf_lit(r->head, "RateLimit-Limit: ");
	buf_int(r->head, limit);
	buf_lit(r->head, "\r\nRateLimit-Remaining: ");
	buf_int(r->head, left);
	buf_lit(r->head, "\r\nRateLimit-Reset: ");
	buf_int(r->head, reset_s);
	buf_lit(r->head, "\r\n");
}

void reply_retry(struct req *r, int64_t seconds)
{
	if (r->retry_told)
		return;
	r->retry_told = true;
	buf_fmt(r->head, "Retry-After: %lld\r\n", (long long)seconds);
}

void reply_error(struct req *r, enum err e)
{
	r->status = err_http(e);
	buf_clear(r->body);
	if (r->status == 401)
		reply_header(r, "WWW-Authenticate", e == E_BAD_SIGNATURE ? STR("X-Cave-Webhook-Signature") : e == E_UNSIGNED ? STR("Bearer") : STR("Bearer error=\"invalid_token\""));
	if (e == E_FORBIDDEN)
		reply_header(r, "WWW-Authenticate", STR("Bearer error=\"insufficient_scope\""));
	if (r->status == 503 || r->status == 504 || r->status == 429)
		reply_retry(r, 1);
	if (r->in[P_ACCEPT].p && memmem(r->in[P_ACCEPT].p, r->in[P_ACCEPT].n, "application/problem+json", 24))
		put_problem(r, e);
	else
		put_envelope(r, e);
}

void reply_head(struct req *r, struct buf *out)
{
	buf_lit(out, "Status: ");
	buf_int(out, r->status);
	buf_char(out, ' ');
	buf_add(out, str_from(err_reason(r->status)));
	buf_lit(out, "\r\n");
	if (r->status != 204) {
		buf_lit(out, "Content-Type: ");
		buf_add(out, r->content_type ? str_from(r->content_type) : STR("application/json; charset=utf-8"));
		buf_lit(out, "\r\nContent-Length: ");
		buf_int(out, (int64_t)r->body->n);
		buf_lit(out, "\r\n");
	}
	buf_lit(out, "Cache-Control: no-store\r\nX-Request-Id: ");
	buf_add(out, r->id);
	buf_lit(out, "\r\n");
	buf_add(out, buf_str(r->head));
	buf_lit(out, "\r\n");
}

/* An origin of ALLOWED_ORIGINS may read the answer; others get no CORS header at all. Never with cookies. */
void reply_cors(struct req *r)
{
	struct str rest = r->app->settings.ALLOWED_ORIGINS, one;

	if (!rest.n)
		return;
	buf_lit(r->head, "Vary: Origin\r\n");
	if (!r->in[P_ORIGIN].p)
		return;
	while (str_cut(&rest, ',', &one)) {
		if (!str_is(str_trim(one), r->in[P_ORIGIN]))
			continue;
		reply_header(r, "Access-Control-Allow-Origin", str_trim(one));
		buf_lit(r->head, "Access-Control-Expose-Headers: X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Cave-Key-Rotated\r\n");
		return;
	}
}

static void find_columns(const struct schema *s, struct rows *rows, int *columns)
{
	size_t width = rows_width(rows), n = schema_count(s);

	CHECK(n <= COLUMNS_MOST);
	for (size_t i = 0; i < n; i++) {
		columns[i] = -1;
		if (i < width && strcmp(rows_name(rows, i), s->fields[i].name) == 0)
			columns[i] = (int)i;
		for (size_t c = 0; columns[i] < 0 && c < width; c++)
			if (strcmp(rows_name(rows, c), s->fields[i].name) == 0)
				columns[i] = (int)c;
		CHECK(columns[i] >= 0);
	}
}

static void put_columns(struct req *r, const struct schema *s, struct rows *rows, size_t row, const int *columns)
{
	buf_char(r->body, '{');
	for (int i = 0; s->fields[i].name; i++) {
		buf_add(r->body, i ? s->fields[i].lead : str_skip(s->fields[i].lead, 1));
		rows_json(rows, row, (size_t)columns[i], r->body);
	}
	buf_char(r->body, '}');
}

static void put_cursor(struct req *r, struct str id)
{
	unsigned char raw[16];
	size_t n = 0;

	for (size_t i = 0; i + 1 < id.n; i += 2) {
		if (id.p[i] == '-')
			i++;
		raw[n++] = (unsigned char)((id.p[i] <= '9' ? id.p[i] - '0' : id.p[i] - 'a' + 10) << 4 |
		                           (id.p[i + 1] <= '9' ? id.p[i + 1] - '0' : id.p[i + 1] - 'a' + 10));
	}
	CHECK(n == sizeof raw);
	buf_json(r->body, base64url_encode(r->mem, (struct str){ (const char *)raw, sizeof raw }));
}

static struct str message(struct req *r, enum err e)
{
	if (e == E_BAD_JSON && r->bad_json.p)
		return r->bad_json;
	if (e == E_KILLED && r->app->kill_reason[0])
		return mem_strf(r->mem, "%s (%s)", err_title(e), r->app->kill_reason);
	return str_from(err_title(e));
}

static void put_envelope(struct req *r, enum err e)
{
	buf_lit(r->body, "{\"error\":{\"code\":");
	buf_json(r->body, str_from(err_code(e)));
	buf_lit(r->body, ",\"message\":");
	buf_json(r->body, message(r, e));
	buf_lit(r->body, ",\"request_id\":");
	buf_json(r->body, r->id);
	put_details(r);
	buf_lit(r->body, "}}");
}

/* RFC 9457: the same facts under its names. */
static void put_problem(struct req *r, enum err e)
{
	r->content_type = "application/problem+json; charset=utf-8";
	buf_fmt(r->body, "{\"type\":\"urn:life-agent:error:%s\",\"title\":", err_code(e));
	buf_json(r->body, str_from(err_title(e)));
	buf_fmt(r->body, ",\"status\":%d,\"detail\":", r->status);
	buf_json(r->body, message(r, e));
	buf_lit(r->body, ",\"instance\":");
	buf_json(r->body, mem_strf(r->mem, "urn:life-agent:request:%.*s", STR_FMT(r->id)));
	put_details(r);
	buf_lit(r->body, "}");
}

static void put_details(struct req *r)
{
	if (!r->n_details)
		return;
	buf_lit(r->body, ",\"details\":[");
	for (int i = 0; i < r->n_details; i++) {
		buf_add(r->body, i ? STR(",{\"path\":") : STR("{\"path\":"));
		buf_json(r->body, r->details[i].path);
		buf_lit(r->body, ",\"message\":");
		buf_json(r->body, r->details[i].message);
		buf_char(r->body, '}');
	}
	buf_char(r->body, ']');
}

/* FastCGI records: FastCGI Specification 1.0, sections 3 to 5. */
#include "lib/web/wire.h"

#include "lib/base/check.h"

enum { BEGIN_REQUEST = 1, ABORT_REQUEST = 2, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, GET_VALUES = 9, GET_VALUES_RESULT = 10, UNKNOWN_TYPE = 11 };
enum { REQUEST_COMPLETE = 0, CANT_MPX_CONN = 1, UNKNOWN_ROLE = 3, RESPONDER = 1, KEEP_CONN = 1 };
enum { CONTENT_MOST = 65528 /* a multiple of eight: needs no padding */, SMALL_MOST = 1024 };

static enum wire_event take_header(struct wire *w, struct str *in, struct buf *out);
static enum wire_event take_content(struct wire *w, struct str *in, struct buf *out);
static enum wire_event take(struct wire *w, struct str part);
static enum wire_event take_params(struct wire *w, struct str part);
static enum wire_event end_of_record(struct wire *w, struct buf *out);
static bool is_stream(const struct wire *w);
static struct str cut(struct str *in, size_t most);
static enum wire_event begin(struct wire *w, struct buf *out);
static bool params_are_whole(const struct wire *w);
static void answer_management(struct wire *w, struct buf *out);
static void answer_values(struct wire *w, struct buf *out);
static void record(struct buf *out, unsigned type, unsigned id, struct str content);
static void end_request(struct buf *out, unsigned id, unsigned status);
static bool length(struct str s, size_t *at, size_t *n);
static bool pair(struct str s, size_t *at, struct str *name, struct str *value);

void wire_init(struct wire *w, size_t params_most)
{
	*w = (struct wire){ .params = BUF(params_most), .small = BUF(SMALL_MOST) };
}

void wire_release(struct wire *w)
{
	buf_release(&w->params);
	buf_release(&w->small);
}

enum wire_event wire_next(struct wire *w, struct str *in, struct buf *out)
{
	enum wire_event e = WIRE_MORE;

	while (in->n && e == WIRE_MORE) {
		if (w->have < 8)
			e = take_header(w, in, out);
		else if (w->content)
			e = take_content(w, in, out);
		else
			w->padding -= cut(in, w->padding).n;
		if (w->have == 8 && !w->content && !w->padding)
			w->have = 0;
	}
	return e;
}

bool wire_param(const struct wire *w, size_t *walk, struct str *name, struct str *value)
{
	return pair(buf_str(&w->params), walk, name, value);
}

void wire_reply(struct wire *w, struct buf *out, struct str head, struct str body)
{
	static const char zeros[8];
	size_t first = body.n < CONTENT_MOST - head.n ? body.n : CONTENT_MOST - head.n, n = head.n + first, pad = (8 - n % 8) % 8;
	const unsigned char h[8] = { 1, STDOUT, (unsigned char)(w->current >> 8), (unsigned char)w->current, (unsigned char)(n >> 8), (unsigned char)n, (unsigned char)pad, 0 };

	CHECK(w->active && head.n < CONTENT_MOST);
	buf_add(out, (struct str){ (const char *)h, sizeof h });
	buf_add(out, head);
	buf_add(out, str_head(body, first));
	buf_add(out, (struct str){ zeros, pad });
	for (body = str_skip(body, first); body.n; body = str_skip(body, n)) {
		n = body.n < CONTENT_MOST ? body.n : CONTENT_MOST;
		record(out, STDOUT, w->current, str_head(body, n));
	}
	record(out, STDOUT, w->current, STR(""));
	wire_abort(w, out);
}

void wire_abort(struct wire *w, struct buf *out)
{
	end_request(out, w->current, REQUEST_COMPLETE);
	w->active = false;
}

/* A byte of the header; the last one says what the record is, and a record without content ends with it. */
static enum wire_event take_header(struct wire *w, struct str *in, struct buf *out)
{
	w->header[w->have++] = (unsigned char)cut(in, 1).p[0];
	if (w->have < 8)
		return WIRE_MORE;
	w->type = w->header[1];
	w->id = (unsigned)w->header[2] << 8 | w->header[3];
	w->content = (size_t)w->header[4] << 8 | w->header[5];
	w->padding = w->header[6];
	if (w->header[0] != 1)
		return WIRE_FAULT;
	buf_clear(&w->small);
	return w->content ? WIRE_MORE : end_of_record(w, out);
}

static enum wire_event take_content(struct wire *w, struct str *in, struct buf *out)
{
	struct str part = cut(in, w->content);
	enum wire_event e = take(w, part);

	w->content -= part.n;
	return w->content == 0 && !is_stream(w) ? end_of_record(w, out) : e;
}

/* Content as it comes. Streams go on at once; the small fixed records are gathered first. */
static enum wire_event take(struct wire *w, struct str part)
{
	bool ours = w->active && w->id == w->current && !w->too_large;

	if (!is_stream(w))
		buf_add(&w->small, part);
	else if (ours && w->type == PARAMS && !w->params_done)
		return take_params(w, part);
	else if (ours && w->type == STDIN && w->params_done && !w->body_done) {
		w->chunk = part;
		return WIRE_BODY;
	}
	return WIRE_MORE;
}

static enum wire_event take_params(struct wire *w, struct str part)
{
	buf_add(&w->params, part);
	w->too_large = w->params.full;
	return w->too_large ? WIRE_TOO_LARGE : WIRE_MORE;
}

static enum wire_event end_of_record(struct wire *w, struct buf *out)
{
	bool ours = w->active && w->id == w->current;

	switch (w->type) {
	case BEGIN_REQUEST: return begin(w, out);
	case ABORT_REQUEST: return ours ? WIRE_ABORT : WIRE_MORE;
	case PARAMS:
		if (!ours || w->params_done || w->too_large)
			return WIRE_MORE;
		w->params_done = true;
		return params_are_whole(w) ? WIRE_REQUEST : WIRE_FAULT;
	case STDIN:
		if (!ours || !w->params_done || w->body_done)
			return WIRE_MORE;
		w->body_done = true;
		return WIRE_BODY_END;
	default:
		if (w->id == 0)
			answer_management(w, out);
		return WIRE_MORE;
	}
}

/* Records of PARAMS and STDIN are pieces; an empty one ends the stream. */
static bool is_stream(const struct wire *w)
{
	return w->type == PARAMS || w->type == STDIN;
}

static struct str cut(struct str *in, size_t most)
{
	struct str head = str_head(*in, in->n < most ? in->n : most);

	*in = str_skip(*in, head.n);
	return head;
}

static enum wire_event begin(struct wire *w, struct buf *out)
{
	const unsigned char *b = (const unsigned char *)w->small.p;

	if (w->small.full || w->small.n != 8 || w->id == 0)
		return WIRE_FAULT;
	if (w->active) {
		if (w->id != w->current)
			end_request(out, w->id, CANT_MPX_CONN);
		return w->id == w->current ? WIRE_FAULT : WIRE_MORE;
	}
	if ((b[0] << 8 | b[1]) != RESPONDER) {
		end_request(out, w->id, UNKNOWN_ROLE);
		return WIRE_MORE;
	}
	w->current = w->id;
	w->keep = b[2] & KEEP_CONN;
	w->active = true;
	w->params_done = w->body_done = w->too_large = false;
	buf_clear(&w->params);
	return WIRE_MORE;
}

static bool params_are_whole(const struct wire *w)
{
	struct str name, value;
	size_t at = 0;

	while (at < w->params.n)
		if (!pair(buf_str(&w->params), &at, &name, &value))
			return false;
	return true;
}

static void answer_management(struct wire *w, struct buf *out)
{
	const unsigned char unknown[8] = { (unsigned char)w->type };

	if (w->type == GET_VALUES)
		answer_values(w, out);
	else
		record(out, UNKNOWN_TYPE, 0, (struct str){ (const char *)unknown, sizeof unknown });
}

static void answer_values(struct wire *w, struct buf *out)
{
	static const struct { struct str name, value; } ours[] = {
		{ { "FCGI_MAX_CONNS", 14 }, { "1024", 4 } }, { { "FCGI_MAX_REQS", 13 }, { "1024", 4 } }, { { "FCGI_MPXS_CONNS", 15 }, { "0", 1 } },
	};
	struct buf answer = BUF(2 * SMALL_MOST); /* more than what fits into `small` can ask for */
	struct str name, value;
	size_t at = 0;

	while (!w->small.full && pair(buf_str(&w->small), &at, &name, &value)) /* a longer list is answered with nothing */
		for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
			if (str_is(name, ours[i].name)) {
				buf_char(&answer, (char)name.n);
				buf_char(&answer, (char)ours[i].value.n);
				buf_add(&answer, name);
				buf_add(&answer, ours[i].value);
			}
	record(out, GET_VALUES_RESULT, 0, buf_str(&answer));
	buf_release(&answer);
}

static void record(struct buf *out, unsigned type, unsigned id, struct str content)
{
	static const char zeros[8];
	size_t pad = (8 - content.n % 8) % 8;
	const unsigned char h[8] = { 1, (unsigned char)type, (unsigned char)(id >> 8), (unsigned char)id, (unsigned char)(content.n >> 8),
	                             (unsigned char)content.n, (unsigned char)pad, 0 };

	buf_add(out, (struct str){ (const char *)h, sizeof h });
	buf_add(out, content);
	buf_add(out, (struct str){ zeros, pad });
}

static void end_request(struct buf *out, unsigned id, unsigned status)
{
	const unsigned char body[8] = { 0, 0, 0, 0, (unsigned char)status };

	record(out, END_REQUEST, id, (struct str){ (const char *)body, sizeof body });
}

/* One byte, or four with the first one's top bit set. */
static bool length(struct str s, size_t *at, size_t *n)
{
	const unsigned char *p = (const unsigned char *)s.p + *at;
	size_t left = s.n - *at;

	if (left < 1 || ((p[0] & 0x80) && left < 4))
		return false;
	*n = p[0] & 0x80 ? (size_t)(p[0] & 0x7F) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3] : p[0];
	*at += p[0] & 0x80 ? 4 : 1;
	return true;
}

static bool pair(struct str s, size_t *at, struct str *name, struct str *value)
{
	size_t n, v;

	if (*at >= s.n || !length(s, at, &n) || !length(s, at, &v) || n > s.n - *at || v > s.n - *at - n)
		return false;
	*name = (struct str){ s.p + *at, n };
	*value = (struct str){ s.p + *at + n, v };
	*at += n + v;
	return true;
}

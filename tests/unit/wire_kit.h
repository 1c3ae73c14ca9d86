#ifndef TESTS_UNIT_WIRE_KIT_H
#define TESTS_UNIT_WIRE_KIT_H
/* FastCGI records as a web server writes them, and the answers read back. */
#include "tests/unit/test.h"

#include "lib/web/wire.h"

enum { R_BEGIN = 1, R_ABORT = 2, R_END = 3, R_PARAMS = 4, R_STDIN = 5, R_STDOUT = 6, R_GET_VALUES = 9, R_VALUES = 10, R_UNKNOWN = 11 };

static inline void put_record(struct buf *b, int type, int id, struct str content, int padding)
{
	const unsigned char h[8] = { 1, (unsigned char)type, (unsigned char)(id >> 8), (unsigned char)id, (unsigned char)(content.n >> 8),
	                             (unsigned char)content.n, (unsigned char)padding, 0 };

	assert_true(content.n <= 65535);
	buf_add(b, (struct str){ (const char *)h, 8 });
	buf_add(b, content);
	for (int i = 0; i < padding; i++)
		buf_char(b, 'P');
}

static inline void put_begin(struct buf *b, int id, int role, int flags, int padding)
{
	const char body[8] = { (char)(role >> 8), (char)role, (char)flags };

	put_record(b, R_BEGIN, id, (struct str){ body, 8 }, padding);
}

static inline void put_length(struct buf *b, size_t n, bool wide)
{
	if (wide) {
		buf_char(b, (char)(0x80 | n >> 24));
		buf_char(b, (char)(n >> 16));
		buf_char(b, (char)(n >> 8));
	}
	buf_char(b, (char)n);
}

/* `wide`: lengths of four bytes where one would do. */
static inline void put_pair(struct buf *b, struct str name, struct str value, bool wide)
{
	put_length(b, name.n, wide || name.n > 127);
	put_length(b, value.n, wide || value.n > 127);
	buf_add(b, name);
	buf_add(b, value);
}

/* A whole request with two parameters and a body. */
static inline void put_request(struct buf *b, int id, bool wide, int padding, struct str body)
{
	struct buf params = BUF(4096);

	put_pair(&params, STR("REQUEST_METHOD"), STR("POST"), wide);
	put_pair(&params, STR("EMPTY"), STR(""), wide);
	put_begin(b, id, 1, 1, padding);
	put_record(b, R_PARAMS, id, buf_str(&params), padding);
	put_record(b, R_PARAMS, id, STR(""), padding);
	if (body.n)
		put_record(b, R_STDIN, id, body, padding);
	put_record(b, R_STDIN, id, STR(""), padding);
	buf_release(&params);
}

/* What the record layer makes of bytes, written down: R(name=value,...) B(body) E(nd) A(bort) L(arge) F(ault). Chunks of a body run together. */
static inline void note_events(struct wire *w, struct str in, struct buf *notes, struct buf *out)
{
	struct str name, value;
	size_t walk;

	for (;;) {
		switch (wire_next(w, &in, out)) {
		case WIRE_MORE: assert_int_equal(in.n, 0); return;
		case WIRE_REQUEST:
			walk = 0;
			buf_lit(notes, "R(");
			while (wire_param(w, &walk, &name, &value))
				buf_fmt(notes, "%.*s=%.*s,", STR_FMT(name), STR_FMT(value));
			buf_lit(notes, ")");
			break;
		case WIRE_BODY: assert_true(w->chunk.n > 0); buf_add(notes, w->chunk); break;
		case WIRE_BODY_END: buf_lit(notes, "E"); break;
		case WIRE_ABORT: buf_lit(notes, "A"); break;
		case WIRE_TOO_LARGE: buf_lit(notes, "L"); break;
		case WIRE_FAULT: buf_lit(notes, "F"); return;
		}
	}
}

/* Reads one record of an answer; checks what every record must hold. */
static inline struct str read_record(struct str *out, int *type, int *id)
{
	const unsigned char *h = (const unsigned char *)out->p;
	struct str content;
	size_t n;

	assert_true(out->n >= 8);
	assert_int_equal(h[0], 1);
	*type = h[1];
	*id = h[2] << 8 | h[3];
	n = (size_t)h[4] << 8 | h[5];
	assert_true(out->n >= 8 + n + h[6]);
	assert_int_equal((n + h[6]) % 8, 0); /* as the specification recommends */
	content = str_head(str_skip(*out, 8), n);
	*out = str_skip(*out, 8 + n + h[6]);
	return content;
}

#endif

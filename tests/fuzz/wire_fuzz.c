/* FastCGI records, fed whole and cut anywhere: both ways must tell the same events and give the same answers. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "lib/web/wire.h"

enum { PARAMS_CEILING = 2000, TRACE_CEILING = 1 << 22 };

static void feed(struct str in, uint64_t cuts, struct buf *trace, struct buf *out);
static void note(struct wire *w, enum wire_event e, struct buf *trace, struct buf *out);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = BUF(TRACE_CEILING), cut = BUF(TRACE_CEILING), whole_out = BUF(TRACE_CEILING), cut_out = BUF(TRACE_CEILING);

	if (n < 1)
		return 0;
	feed(fuzz_str(data + 1, n - 1), 0, &whole, &whole_out);
	feed(fuzz_str(data + 1, n - 1), data[0] * 2654435761u + 1, &cut, &cut_out);
	HOLDS(str_is(buf_str(&whole), buf_str(&cut)));
	HOLDS(str_is(buf_str(&whole_out), buf_str(&cut_out)));
	buf_release(&whole), buf_release(&cut), buf_release(&whole_out), buf_release(&cut_out);
	return 0;
}

/* `cuts` 0: all at once; else it draws the sizes of the pieces. Each piece is a copy of its own size. */
static void feed(struct str in, uint64_t cuts, struct buf *trace, struct buf *out)
{
	enum wire_event e = WIRE_MORE;
	struct wire w;

	wire_init(&w, PARAMS_CEILING);
	while (in.n && e != WIRE_FAULT) {
		size_t k = in.n;
		char *piece;
		struct str rest;

		if (cuts) {
			cuts = cuts * 6364136223846793005u + 1442695040888963407u;
			k = (cuts >> 33) % 23 + 1;
			k = k < in.n ? k : in.n;
		}
		piece = malloc(k);
		CHECK(piece);
		memcpy(piece, in.p, k);
		rest = (struct str){ piece, k };
		do {
			e = wire_next(&w, &rest, out);
			note(&w, e, trace, out);
		} while (e != WIRE_MORE && e != WIRE_FAULT);
		free(piece);
		in = str_skip(in, k);
	}
	wire_release(&w);
}

/* Acts like a transport: answers when the body is there, or when there will be none. */
static void note(struct wire *w, enum wire_event e, struct buf *trace, struct buf *out)
{
	struct str name, value;
	size_t walk = 0;

	switch (e) {
	case WIRE_MORE: return;
	case WIRE_REQUEST:
		buf_char(trace, 'R');
		while (wire_param(w, &walk, &name, &value)) {
			buf_add(trace, name);
			buf_add(trace, value);
		}
		HOLDS(walk == w->params.n);
		return;
	case WIRE_BODY: buf_add(trace, w->chunk); return;
	case WIRE_BODY_END: buf_char(trace, 'E'); wire_reply(w, out, STR("head"), STR("body")); return;
	case WIRE_ABORT: buf_char(trace, 'A'); wire_abort(w, out); return;
	case WIRE_TOO_LARGE: buf_char(trace, 'L'); wire_reply(w, out, STR("large"), STR("")); return;
	case WIRE_FAULT: buf_char(trace, 'F'); return;
	}
}

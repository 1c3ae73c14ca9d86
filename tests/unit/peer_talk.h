#ifndef TESTS_UNIT_PEER_TALK_H
#define TESTS_UNIT_PEER_TALK_H
/* What the peer says: just enough of PostgreSQL's protocol 3 to answer prepared statements by a script. */
#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"

enum { PEER_COLUMNS = 12 };
enum { T_BOOL_OID = 16, T_INT8_OID = 20, T_INT4_OID = 23, T_TEXT_OID = 25, T_JSON_OID = 114, T_UUID_OID = 2950 };

/* What a statement gets back: an error, or rows of binary values (all rows alike). */
struct script {
	const char *name;           /* of the statement; NULL ends the script */
	const char *error;          /* SQLSTATE; "dies": the connection is cut instead of an answer */
	bool notifies;              /* a notification comes with the answer */
	int rows, columns;
	struct { const char *name; int oid; struct str value; } column[PEER_COLUMNS];
	const int *until;           /* answered only when a byte can be read from this descriptor */
};

static inline void peer_int(struct buf *b, int32_t v)
{
	uint32_t big = htobe32((uint32_t)v);

	buf_add(b, (struct str){ (const char *)&big, 4 });
}

static inline void peer_short(struct buf *b, int v)
{
	buf_char(b, (char)(v >> 8));
	buf_char(b, (char)v);
}

static inline void peer_z(struct buf *b, const char *z) { buf_add(b, (struct str){ z, strlen(z) + 1 }); }

/* Puts the message around what `body` holds, and empties it. */
static inline void peer_message(struct buf *out, char type, struct buf *body)
{
	buf_char(out, type);
	peer_int(out, (int32_t)body->n + 4);
	buf_add(out, buf_str(body));
	buf_clear(body);
}

static inline void peer_rows(const struct script *s, struct buf *out, struct buf *b, bool describe)
{
	if (describe) {
		peer_short(b, s->columns);
		for (int i = 0; i < s->columns; i++) {
			peer_z(b, s->column[i].name);
			peer_int(b, 0), peer_short(b, 0), peer_int(b, s->column[i].oid), peer_short(b, -1), peer_int(b, -1), peer_short(b, 1);
		}
		peer_message(out, 'T', b);
		return;
	}
	for (int r = 0; r < s->rows; r++) {
		peer_short(b, s->columns);
		for (int i = 0; i < s->columns; i++) {
			peer_int(b, s->column[i].value.p ? (int32_t)s->column[i].value.n : -1);
			buf_add(b, s->column[i].value);
		}
		peer_message(out, 'D', b);
	}
	peer_z(b, "SELECT");
	peer_message(out, 'C', b);
}

static inline void peer_fault(const char *state, struct buf *out, struct buf *b)
{
	buf_fmt(b, "SERROR%cC%s%cMsecret text of the database%c%c", 0, state, 0, 0, 0);
	peer_message(out, 'E', b);
}

/* One connection and what it is in the middle of. */
struct talk {
	const struct script *scripts, *at; /* at: of the statement bound last */
	struct buf out, b;
	bool failed;                       /* nothing is answered until the next sync */
};

static inline void peer_ready(struct talk *t)
{
	buf_char(&t->b, 'I');
	peer_message(&t->out, 'Z', &t->b);
}

/* false: this one is to end the connection. */
static inline bool peer_bind(struct talk *t, const char *name)
{
	static const struct script nothing = { .name = "?", .error = "26000" };

	for (t->at = t->scripts; t->at->name && strcmp(t->at->name, name) != 0; t->at++)
		;
	t->at = t->at->name ? t->at : &nothing;
	if (t->at->error && strcmp(t->at->error, "dies") == 0)
		return false;
	if (t->at->until && read(*t->at->until, &(char){ 0 }, 1) != 1)
		return false;
	t->failed = t->at->error != NULL;
	if (t->failed)
		peer_fault(t->at->error, &t->out, &t->b);
	if (t->at->notifies) {
		peer_int(&t->b, 1), peer_z(&t->b, "job"), peer_z(&t->b, "");
		peer_message(&t->out, 'A', &t->b);
	}
	if (!t->failed)
		peer_message(&t->out, '2', &t->b);
	return true;
}

static inline bool peer_answer(struct talk *t, char type, const char *in)
{
	if (type == 'S') {
		t->failed = false;
		peer_ready(t);
		return true;
	}
	if (t->failed)
		return true;
	if (type == 'P')
		peer_message(&t->out, '1', &t->b);
	if (type == 'B')
		return peer_bind(t, in + strlen(in) + 1);
	if ((type == 'D' || type == 'E') && t->at)
		peer_rows(t->at, &t->out, &t->b, type == 'D');
	return true;
}

#endif

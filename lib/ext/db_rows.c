/* Answers in PostgreSQL's binary format, read by their SQL type. */
#include <endian.h>
#include <libpq-fe.h>
#include <math.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/code.h"
#include "lib/ext/db_link.h"

/* pg_type.oid of the types that are not sent as their text. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_FLOAT8 = 701, OID_JSON = 114, OID_TEXT_ARRAY = 1009,
       OID_TIMESTAMPTZ = 1184, OID_UUID = 2950, OID_JSONB = 3802 };

#define EPOCH_2000_US 946684800000000

enum { WIDTH_MOST = 32 };

struct rows {
	struct mem *mem;
	PGresult *pg;
	enum err err;
	size_t n, width;
	unsigned types[WIDTH_MOST];
};

static struct str cell(const struct rows *r, size_t row, size_t col);
static unsigned type(const struct rows *r, size_t col) { return r->types[col]; }
static int64_t big_endian(struct str s);
static int64_t wall_us(struct str s);
static void json_texts(struct str s, struct buf *out);
static void json_time(struct str s, struct buf *out);
static void json_uuid(struct str s, struct buf *out);

static void clear(void *pg) { PQclear(pg); }

struct rows *rows_new(struct mem *m)
{
	struct rows *r = mem_alloc(m, sizeof *r);

	r->mem = m;
	return r;
}

/* The first fault is the one that counts. */
void rows_fail(struct rows *r, enum err e)
{
	if (r->err == E_OK)
		r->err = e;
}

void rows_take(struct rows *r, void *pg)
{
	CHECK(!r->pg && PQnfields(pg) <= WIDTH_MOST);
	r->pg = pg;
	r->n = (size_t)PQntuples(pg);
	r->width = (size_t)PQnfields(pg);
	for (size_t i = 0; i < r->width; i++)
		r->types[i] = PQftype(pg, (int)i);
	mem_defer(r->mem, clear, pg);
}

enum err rows_err(const struct rows *r) { return r->err; }
size_t rows_count(const struct rows *r) { return r->err == E_OK ? r->n : 0; }
size_t rows_width(const struct rows *r) { return r->width; }
const char *rows_name(const struct rows *r, size_t col) { return PQfname(r->pg, (int)col); }
bool rows_is_null(const struct rows *r, size_t row, size_t col) { return PQgetisnull(r->pg, (int)row, (int)col) == 1; }

struct str rows_text(const struct rows *r, size_t row, size_t col)
{
	struct str s = cell(r, row, col);
	char *o;

	if (!s.p)
		return STR_NONE;
	switch (type(r, col)) {
	case OID_UUID:
		CHECK(s.n == 16);
		return uuid_text(mem_raw(r->mem, 36), (const unsigned char *)s.p);
	case OID_TIMESTAMPTZ:
		o = mem_raw(r->mem, CLOCK_TEXT);
		clock_format(wall_us(s), o);
		return (struct str){ o, CLOCK_TEXT };
	case OID_JSONB:
		return str_skip(s, 1); /* a version byte leads */
	default:
		return s;
	}
}

int64_t rows_int(const struct rows *r, size_t row, size_t col)
{
	unsigned t = type(r, col);

	CHECK(t == OID_INT8 || t == OID_INT4 || t == OID_INT2);
	return big_endian(cell(r, row, col));
}

bool rows_bool(const struct rows *r, size_t row, size_t col)
{
	struct str s = cell(r, row, col);

	CHECK(type(r, col) == OID_BOOL);
	return s.p && s.p[0];
}

void rows_set_flag(struct rows *r, size_t row, size_t col, bool v)
{
	CHECK(row < r->n && type(r, col) == OID_BOOL);
	CHECK(PQsetvalue(r->pg, (int)row, (int)col, (char[]){ v, 0 }, 1) == 1);
}

void rows_json(const struct rows *r, size_t row, size_t col, struct buf *out)
{
	struct str s = cell(r, row, col);
	double d;
	int64_t bits;

	if (!s.p) {
		buf_lit(out, "null");
		return;
	}
	switch (type(r, col)) {
	case OID_BOOL: buf_add(out, s.p[0] ? STR("true") : STR("false")); return;
	case OID_INT2: case OID_INT4: case OID_INT8: buf_int(out, big_endian(s)); return;
	case OID_UUID: json_uuid(s, out); return;
	case OID_TIMESTAMPTZ: json_time(s, out); return;
	case OID_TEXT_ARRAY: json_texts(s, out); return;
	case OID_JSON: buf_add(out, s); return;
	case OID_JSONB: buf_add(out, str_skip(s, 1)); return;
	case OID_FLOAT8:
		bits = big_endian(s);
		memcpy(&d, &bits, sizeof d);
		if (isfinite(d))
			buf_fmt(out, "%.17g", d);
		else
			buf_lit(out, "null");
		return;
	default: buf_json(out, s);
	}
}

/* Absent for NULL, which has no length. */
static struct str cell(const struct rows *r, size_t row, size_t col)
{
	int n;

	CHECK(row < r->n && col < r->width);
	n = PQgetlength(r->pg, (int)row, (int)col);
	if (n == 0 && rows_is_null(r, row, col))
		return STR_NONE;
	return (struct str){ PQgetvalue(r->pg, (int)row, (int)col), (size_t)n };
}

static int64_t big_endian(struct str s)
{
	int64_t v = s.n && (s.p[0] & 0x80) ? -1 : 0;

	CHECK(s.n <= 8);
	for (size_t i = 0; i < s.n; i++)
		v = (int64_t)((uint64_t)v << 8 | (unsigned char)s.p[i]);
	return v;
}

/* Microseconds since 1970; infinity stays the last moment there is. */
static int64_t wall_us(struct str s)
{
	int64_t us;

	return __builtin_add_overflow(big_endian(s), EPOCH_2000_US, &us) ? INT64_MAX : us;
}

static void json_time(struct str s, struct buf *out)
{
	if (!buf_room(out, CLOCK_TEXT + 2))
		return;
	out->p[out->n] = out->p[out->n + CLOCK_TEXT + 1] = '"';
	clock_format(wall_us(s), out->p + out->n + 1);
	out->n += CLOCK_TEXT + 2;
}

static void json_uuid(struct str s, struct buf *out)
{
	enum { TEXT = 36 };

	CHECK(s.n == 16);
	if (!buf_room(out, TEXT + 2))
		return;
	out->p[out->n] = out->p[out->n + TEXT + 1] = '"';
	uuid_text(out->p + out->n + 1, (const unsigned char *)s.p);
	out->n += TEXT + 2;
}

/* array_send: dimensions, null flag, element type, then for each dimension size and lower bound, then length and bytes each. */
static void json_texts(struct str s, struct buf *out)
{
	int64_t dims = big_endian(str_head(s, 4)), n = 0;

	CHECK(dims == 0 || dims == 1);
	if (dims) {
		n = big_endian(str_head(str_skip(s, 12), 4));
		s = str_skip(s, 20);
	}
	buf_char(out, '[');
	for (int64_t i = 0; i < n; i++) {
		int64_t len = big_endian(str_head(s, 4));

		CHECK(len >= 0 && (size_t)len <= s.n - 4);
		if (i)
			buf_char(out, ',');
		buf_json(out, str_head(str_skip(s, 4), (size_t)len));
		s = str_skip(s, 4 + (size_t)len);
	}
	buf_char(out, ']');
}

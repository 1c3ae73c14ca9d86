#ifndef TESTS_UNIT_ROWS_KIT_H
#define TESTS_UNIT_ROWS_KIT_H
/* Answers of PostgreSQL made by hand, in its binary format. */
#include "tests/unit/test.h"

#include <libpq-fe.h>

#include "lib/ext/db_link.h"

struct column { const char *name; unsigned oid; };

/* Cells row by row; a cell without bytes (p NULL) is null. */
static inline struct rows *rows_made(struct mem *m, const struct column *columns, int width, const struct str *cells, int n)
{
	PGresult *pg = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc attributes[32] = { 0 };
	struct rows *r = rows_new(m);

	for (int i = 0; i < width; i++) {
		attributes[i].name = (char *)(uintptr_t)columns[i].name;
		attributes[i].format = 1;
		attributes[i].typid = columns[i].oid;
	}
	assert_true(PQsetResultAttrs(pg, width, attributes));
	for (int i = 0; i < n * width; i++)
		assert_true(PQsetvalue(pg, i / width, i % width, (char *)(uintptr_t)cells[i].p, cells[i].p ? (int)cells[i].n : -1));
	rows_take(r, pg);
	return r;
}

#endif

#ifndef EXT_DB_H
#define EXT_DB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/base/mem.h"

/* PostgreSQL by libpq. A `pool` is one worker's few connections ("links"), each carrying many statements at once (pipeline
 * mode); a `db` is one request's door: which pool, in whose name, in whose arena.
 *
 * db_run sends [enter as the actor] + [statement] + [sync] in one go: one network wait, one implicit transaction. The
 * actor's settings are local to that transaction, so no identity outlives it. In a fiber the wait parks the fiber; elsewhere it
 * turns the loop. A lost connection fails what was in flight with E_DB_AWAY and is opened again by itself. */

enum { DB_ARGS_MAX = 16 };

/* One statement, printed from sql/queries. */
struct stmt {
	const char *name, *text;
	int n_args;
	bool writes;       /* goes to a link for writers */
	bool ends;         /* sessions, keys or roles may end with it */
	unsigned programs; /* which programs prepare it: bits of enum program */
};

/* A nullable value of each kind that SQL knows here; text, uuid, json, enum and arrays travel as text. */
struct num { int64_t v; bool some; };
struct flag { bool v, some; };
#define NUM(n) ((struct num){ (n), true })
#define NUM_NONE ((struct num){ 0, false })
#define FLAG(b) ((struct flag){ (b), true })

struct arg {
	enum { ARG_TEXT, ARG_NUM, ARG_FLAG } kind;
	union { struct str text; struct num num; struct flag flag; } v;
};

static inline struct arg arg_text(struct str s) { return (struct arg){ ARG_TEXT, { .text = s } }; }
static inline struct arg arg_num(struct num n) { return (struct arg){ ARG_NUM, { .num = n } }; }
static inline struct arg arg_flag(struct flag f) { return (struct arg){ ARG_FLAG, { .flag = f } }; }

struct pool;
struct rows;

struct pool_options {
	const char *conninfo;
	const struct stmt *const *stmts; /* every one whose `programs` has the bit `program` is prepared when a link opens */
	size_t n_stmts;
	unsigned program;
	int readers, writers;            /* links; writers 0: writes share the readers */
	bool listens;                    /* some statement listens for notifications */
	_Atomic int64_t *endings;        /* counts the statements that `ends` marks, before their caller goes on; NULL: nobody listens */
};

struct pool_state {
	int links, ready;      /* opened at all, usable now */
	int64_t in_flight;     /* statements sent and not answered */
	int64_t syncs;         /* network waits so far */
	int64_t opened;        /* connections made so far */
};

struct pool *pool_open(struct loop *l, const struct pool_options *o);
void pool_close(struct pool *p); /* its loop is not turned any more */
struct pool_state pool_state(const struct pool *p);
bool pool_heard(struct pool *p); /* a notification came since this was asked last */
const char *pool_fault(const struct pool *p); /* why the last link went down, for the log; "" when none did */

struct db {
	struct pool *pool;
	struct mem *mem;
	struct str request;       /* id, for log lines */
	const struct stmt *enter; /* NULL: in nobody's name */
	struct arg as[5];
	struct str entered;       /* what the last entry answered: the actor's namespace, or absent */
	int runs;                 /* statements so far */
};

/* Called by the printed wrappers, and for the enter statement alone. Never NULL; the rows live in d->mem. */
struct rows *db_run(struct db *d, const struct stmt *s, const struct arg *args);

/* E_BAD_TOKEN: the actor is not (or no longer) who he says; the statement ran for nobody and saw nothing. */
enum err rows_err(const struct rows *r) MUST_CHECK;
size_t rows_count(const struct rows *r);
size_t rows_width(const struct rows *r);
const char *rows_name(const struct rows *r, size_t col);
bool rows_is_null(const struct rows *r, size_t row, size_t col);
struct str rows_text(const struct rows *r, size_t row, size_t col); /* text as it is; a uuid or time in its text form; absent for NULL */
int64_t rows_int(const struct rows *r, size_t row, size_t col);     /* 0 for NULL */
bool rows_bool(const struct rows *r, size_t row, size_t col);
void rows_set_flag(struct rows *r, size_t row, size_t col, bool v); /* for what the program knows better than the database */
void rows_json(const struct rows *r, size_t row, size_t col, struct buf *out); /* the value as JSON, by its SQL type */

#endif

#ifndef WEB_WEB_H
#define WEB_WEB_H
#include "lib/base/buf.h"
#include "lib/core/actor.h"
#include "lib/core/app.h"
#include "lib/web/schema.h"

/* What a handler sees. Transports fill a `struct req`, serve() leads it through its life, handlers read checked values, run one statement
 * and reply. Memory is the request's arena: nothing is freed. */
struct req;
typedef enum err handler(struct req *r);

enum method { GET, POST, PUT, PATCH, DELETE, METHOD__MAX };
enum who { WHO_ANYONE, WHO_READER /* anyone where PUBLIC_READ is on, else signed in */, WHO_BEGINNER, WHO_ADVANCED, WHO_PRO, WHO_ADMIN,
           WHO_FIRST /* an admin, or anyone on this host: the handler decides */ };
enum rate { RATE_FREE, RATE_NORMAL, RATE_SIGN_IN };
enum body { BODY_NONE, BODY_JSON, BODY_JSON_OR_FORM, BODY_SIGNED /* JSON that the handler reads, once its signature holds */ };
enum shape { SHAPE_ONE, SHAPE_PAGE, SHAPE_LIST /* a plain array */, SHAPE_EMPTY, SHAPE_TEXT, SHAPE_LINES /* of JSON */ };

/* One row of routes.def. */
struct route {
	enum method method;
	const char *path, *op;
	handler *run;
	enum program program;
	enum who who;
	enum scope scope;
	enum rate rate;
	const struct schema *takes; /* of the body; of the query where body is BODY_NONE */
	enum body body;
	const struct schema *gives;
	enum shape shape;
	int status;
	const char *summary;
};

bool route_steps_up(const struct route *r); /* who has a second factor must have shown it again lately */

struct routes {
	const struct route *list;
	size_t n;
};

enum { BODY_MOST = 1 << 20, PARAMS_MOST = 64 << 10, PATH_VALUES_MOST = 4, DETAILS_MOST = 20, REPLY_MOST = 8 << 20, ARENA_MOST = 16 << 20 };

/* The CGI parameters a worker listens to; everything else that a client sends is not even looked at. */
enum param {
#define PARAM(field, name) P_##field,
#include "lib/web/params.def"
#undef PARAM
	P__MAX
};

struct transport {
	/* The whole body of `n` bytes, in the arena or the transport's own buffer; may wait. false: it did not come whole. */
	bool (*read_body)(struct req *r, size_t n, struct str *out);
};

struct detail {
	struct str path, message;
};

struct req {
	/* from the transport */
	struct mem *mem;
	struct app *app;
	const struct router *router;
	const struct transport *transport;
	void *link;                  /* the transport's own */
	struct str in[P__MAX];       /* absent when not sent */
	uint32_t came;               /* a bit per parameter that stood there, empty or not */
	bool twice;                  /* one stood there again */
	struct buf *head, *body;     /* further header lines of the reply, each with CRLF, and its body; empty at the start */

	/* from the steps of its life */
	struct str id, path, query;
	const struct route *route;
	size_t op;                   /* index of route; n of routes: none */
	struct actor actor;
	int64_t endings;             /* shared->endings before the actor was asked for */
	struct db *db, own_db;
	bool preflight;              /* answered by find_route already */
	bool by_cookie;              /* signed in by cookie, or about to be: no token goes into the answer */
	struct str path_values[PATH_VALUES_MOST];
	struct value *values;        /* one per field of route->takes */
	struct detail details[DETAILS_MOST];
	int n_details;
	struct str raw;              /* the bytes of the body as they came */
	struct str bad_json;         /* what is wrong with the body's text */
	struct str within;           /* path of the object whose fields are being checked */

	/* the reply */
	int status;
	const char *content_type;
	bool retry_told;
	int64_t began_us;
};

/* Values of the request, checked already. Asking for a field that the row's `takes` does not declare ends the program. "scope/type" is the field `type` of
 * the object `scope`. */
bool req_has(struct req *r, const char *field);
struct str req_text(struct req *r, const char *field);   /* absent when not given */
struct num req_num(struct req *r, const char *field);
struct flag req_flag(struct req *r, const char *field);
int64_t req_int(struct req *r, const char *field, int64_t otherwise);
struct str req_id(struct req *r);                        /* the {id} of the path */
struct str req_after(struct req *r);                     /* of a page: the id that its rows come before, newest first; the largest when none is given */
enum err req_fault(struct req *r, const char *path, const char *message); /* adds a detail; E_INVALID */
int64_t req_now_s(void);

/* Replies. Columns go out by the row's `gives`; a column it does not name cannot. */
enum err reply_row(struct req *r, struct rows *rows) MUST_CHECK;                 /* no row: E_NOT_FOUND */
enum err reply_page(struct req *r, struct rows *rows, int64_t limit) MUST_CHECK; /* up to limit + 1 rows, the id first */
enum err reply_list(struct req *r, struct rows *rows) MUST_CHECK;                /* every row */
enum err reply_none(struct req *r, struct rows *rows) MUST_CHECK;                /* 204, or E_NOT_FOUND when nothing was touched */
enum err reply_done(struct req *r);                                              /* the handler wrote the body itself */
enum err reply_shown(struct req *r, const char *name, struct str secret, const struct schema *of, struct rows *rows) MUST_CHECK; /* a row, and this once its secret */
void put_row(struct req *r, const struct schema *s, struct rows *rows, size_t row); /* one JSON object */
void reply_header(struct req *r, const char *name, struct str value);            /* constants and checked values only */

#endif

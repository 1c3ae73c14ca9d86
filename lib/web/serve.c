/* The life of a request. */
#include "lib/web/serve.h"

#include <setjmp.h>

#include "build/gen/sql.h"
#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/rand.h"
#include "lib/core/rate.h"
#include "lib/web/key_cache.h"
#include "lib/web/match.h"
#include "lib/web/reply.h"
#include "lib/web/sign_in.h"
#include "lib/web/values.h"

typedef enum err step(struct req *r);
static step find_route, read_actor, within_rate, may_run, read_body, run_handler, confirm;

/* The order is the design: nothing below a line runs unless that line said E_OK. */
static step *const life[] = {
	find_route,  /* method + path -> row; 400, 404, 405, and preflights end here */
	read_actor,  /* bearer token, key or cookie -> who is asking; 401, and 403 for a cookie on another site's behalf */
	within_rate, /* one bucket per actor and class; 429 */
	may_run,     /* the row's role and scope; 401, 403, and 503 where changes are off */
	read_body,   /* bytes -> values checked against the row's schema; 400, 411, 413, 415, 422 */
	run_handler, /* the only line that differs between operations */
	confirm,     /* a handler that asked the database nothing still needs an actor who is alive; 401 */
};

static enum err live(struct req *r);
static void name_request(struct req *r);
static bool is_harmless(char c);
static enum err take_route(struct req *r, const struct match *match);
static enum err preflight(struct req *r, struct str method);
static bool is_open(struct req *r);
static enum err may_change(const struct req *r);
static enum err read_values(struct req *r, struct str text);
static enum err read_query(struct req *r);
static bool takes_type(const struct route *row, struct str type);
static bool type_is(struct str type, struct str want);
static void count(struct req *r, enum err e);
static void log_line(struct req *r, enum err e);

void serve(struct req *r)
{
	jmp_buf full;
	enum err e;

	r->began_us = clock_mono_us();
	r->op = router_routes(r->router)->n;
	r->own_db = (struct db){ .pool = r->app->pool, .mem = r->mem };
	r->db = &r->own_db;
	if (setjmp(full) == 0) {
		mem_on_full(r->mem, &full);
		e = live(r);
	} else {
		e = E_INTERNAL;
		log_say(LOG_ERROR, "a request outgrew its memory", LOG_STR("request_id", r->id));
	}
	if (e != E_OK)
		reply_error(r, e);
	count(r, e);
	log_line(r, e);
}

void serve_param(struct req *r, struct str name, struct str value)
{
	static const struct { const char *name; unsigned n; } known[P__MAX] = {
#define PARAM(field, name) [P_##field] = { name, sizeof name - 1 },
#include "lib/web/params.def"
#undef PARAM
	};

	for (int i = 0; i < P__MAX; i++)
		if (name.n == known[i].n && memcmp(name.p, known[i].name, name.n) == 0) {
			_Static_assert(P__MAX <= 32, "parameters are bits of one word");
			r->twice = r->twice || r->came >> i & 1;
			r->came |= 1u << i;
			if (value.n)
				r->in[i] = value;
			return;
		}
}

static enum err live(struct req *r)
{
	enum err e = E_OK;

	name_request(r);
	reply_cors(r);
	for (size_t i = 0; i < sizeof life / sizeof *life && e == E_OK && !r->preflight; i++)
		e = life[i](r);
	if (e == E_FORBIDDEN && confirm(r) == E_BAD_TOKEN) /* a dead credential is told so, also where a living one would not be enough */
		e = E_BAD_TOKEN;
	if (e == E_BAD_TOKEN && r->actor.key_hash.p)
		key_cache_forget(r->actor.key_hash);
	sign_in_remember(r);
	return e;
}

/* The client's request id when it is harmless, else one of our own. */
static void name_request(struct req *r)
{
	struct str id = r->in[P_REQUEST_ID];
	bool good = id.n >= 1 && id.n <= 64;

	for (size_t i = 0; good && i < id.n; i++)
		good = is_harmless(id.p[i]);
	r->id = good ? id : rand_token(r->mem, 12);
	r->db->request = r->id;
}

static bool is_harmless(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static enum err find_route(struct req *r)
{
	struct str rest = r->in[P_URI];
	struct match match;
	enum err e;

	if (r->twice || !rest.p || !r->in[P_METHOD].p)
		return E_BAD_REQUEST;
	str_cut(&rest, '?', &r->path);
	r->query = rest.p ? rest : STR("");
	if (str_is(r->in[P_METHOD], STR("OPTIONS")) && r->in[P_ORIGIN].p && r->in[P_ASKED_METHOD].p)
		return preflight(r, r->in[P_ASKED_METHOD]);
	e = router_find(r->router, r->mem, r->in[P_METHOD], r->path, &match);
	if (e == E_NO_METHOD)
		reply_header(r, "Allow", match.allow);
	return e == E_OK ? take_route(r, &match) : e;
}

static enum err take_route(struct req *r, const struct match *match)
{
	r->route = match->row;
	r->op = (size_t)(r->route - router_routes(r->router)->list);
	memcpy(r->path_values, match->values, sizeof match->values);
	for (int i = 0; i < PATH_VALUES_MOST && r->path_values[i].p; i++)
		if (!str_is_uuid(r->path_values[i]))
			return E_NOT_FOUND;
	return E_OK;
}

/* What a browser asks before it calls from another origin (Fetch standard); reply_cors has said whether the origin may. */
static enum err preflight(struct req *r, struct str method)
{
	struct match match;
	enum err e = router_find(r->router, r->mem, method, r->path, &match);

	if (e == E_NOT_FOUND)
		return e;
	reply_header(r, "Access-Control-Allow-Methods", e == E_OK ? method : match.allow);
	buf_lit(r->head, "Access-Control-Allow-Headers: Authorization, X-API-Key, Content-Type, X-Request-Id, X-Namespace\r\nAccess-Control-Max-Age: 600\r\n");
	r->status = 204;
	r->preflight = true;
	return E_OK;
}

static enum err read_actor(struct req *r)
{
	enum err e = r->route->who == WHO_ANYONE ? E_OK : sign_in(r);

	/* Guessing credentials is slowed down by address, since there is nobody else to count it for. */
	if (e == E_BAD_TOKEN && rate_of_address(r) != E_OK)
		return E_TOO_FAST;
	return e;
}

static enum err within_rate(struct req *r)
{
	if (r->route->rate == RATE_FREE)
		return E_OK;
	if (r->route->rate == RATE_SIGN_IN || r->actor.role == ANYONE)
		return rate_of_address(r);
	if (r->actor.key_per_minute)
		return rate_of_key(r);
	return rate_of(r, r->actor.principal, r->app->settings.RATE_LIMIT_RPS, 2 * r->app->settings.RATE_LIMIT_RPS);
}

static enum err may_run(struct req *r)
{
	static const enum role least[] = { [WHO_ANYONE] = ANYONE, [WHO_READER] = BEGINNER, [WHO_BEGINNER] = BEGINNER, [WHO_ADVANCED] = ADVANCED, [WHO_PRO] = PRO, [WHO_ADMIN] = ADMIN, [WHO_FIRST] = ADMIN };
	const struct route *row = r->route;
	bool open = r->actor.role == ANYONE && is_open(r);

	if (!open && r->actor.role < least[row->who])
		return r->actor.role == ANYONE ? E_UNSIGNED : E_FORBIDDEN;
	if (!open && row->who != WHO_ANYONE && !(r->actor.scopes >> row->scope & 1))
		return E_FORBIDDEN;
	return may_change(r);
}

/* Signing in and out has no scope, and goes on: whoever looks into what happened must get in. */
static enum err may_change(const struct req *r)
{
	if (r->app->killed && scope_writes(r->route->scope))
		return E_KILLED;
	return r->app->unaudited && r->route->method != GET && r->route->scope != SCOPE_none ? E_UNAUDITED : E_OK;
}

/* For who has not signed in. */
static bool is_open(struct req *r)
{
	enum who who = r->route->who;

	return (who == WHO_READER && r->app->settings.PUBLIC_READ) || (who == WHO_FIRST && from_this_host(r));
}

static enum err read_body(struct req *r)
{
	const struct route *row = r->route;
	struct str text;
	int64_t n = 0;

	r->values = mem_alloc(r->mem, (schema_count(row->takes) + 1) * sizeof *r->values);
	if (r->in[P_LENGTH].p && (!str_to_int(r->in[P_LENGTH], &n) || n < 0))
		return E_BAD_REQUEST;
	if (row->body == BODY_NONE)
		return n > 0 ? E_TOO_LARGE : read_query(r);
	if (!r->in[P_LENGTH].p)
		return E_NO_LENGTH;
	if (n > BODY_MOST)
		return E_TOO_LARGE;
	if (!takes_type(row, r->in[P_TYPE]))
		return E_BAD_TYPE;
	if (!r->transport->read_body(r, (size_t)n, &text))
		return E_BAD_REQUEST;
	return read_values(r, text);
}

static enum err read_values(struct req *r, struct str text)
{
	const struct route *row = r->route;
	struct pairs pairs;

	r->raw = text;
	if (row->body == BODY_SIGNED)
		return E_OK;
	if (type_is(r->in[P_TYPE], STR("application/json")))
		return values_from_json(r, row->takes, text);
	return url_parse(r->mem, text, &pairs) ? values_from_pairs(r, row->takes, &pairs) : E_BAD_REQUEST;
}

static enum err read_query(struct req *r)
{
	struct pairs pairs = { NULL, 0 };

	if (r->query.n && !url_parse(r->mem, r->query, &pairs))
		return E_BAD_REQUEST;
	return values_from_pairs(r, r->route->takes, &pairs);
}

static bool takes_type(const struct route *row, struct str type)
{
	return type_is(type, STR("application/json")) || (row->body == BODY_JSON_OR_FORM && type_is(type, STR("application/x-www-form-urlencoded")));
}

/* The media type without its parameters; a charset other than UTF-8 is not spoken here. */
static bool type_is(struct str type, struct str want)
{
	struct str rest = type, head, param;
	size_t at;

	if (!str_cut(&rest, ';', &head) || !str_is_nocase(str_trim(head), want))
		return false;
	while (str_cut(&rest, ';', &param)) {
		param = str_trim(param);
		if (str_find(param, '=', &at) && str_is_nocase(str_head(param, at), STR("charset")) &&
		    !str_is_nocase(str_skip(param, at + 1), STR("utf-8")) && !str_is_nocase(str_skip(param, at + 1), STR("\"utf-8\"")))
			return false;
	}
	return true;
}

static enum err run_handler(struct req *r)
{
	enum err e = r->route->run(r);

	CHECK(e != E_OK || r->status != 0);
	return e;
}

static enum err confirm(struct req *r)
{
	return !r->db->enter || sign_in_again(r->db) || r->db->runs > 0 ? E_OK : sign_in_holds(r->db);
}

static void count(struct req *r, enum err e)
{
	static const int refusals[E__MAX] = {
		[E_BAD_TOKEN] = REFUSED_CREDENTIAL + 1, [E_UNSIGNED] = REFUSED_CREDENTIAL + 1, [E_BAD_SIGNATURE] = REFUSED_CREDENTIAL + 1,
		[E_BAD_LOGIN] = REFUSED_LOGIN + 1, [E_BAD_CODE] = REFUSED_LOGIN + 1, [E_MANY_CODES] = REFUSED_LOGIN + 1, [E_TOO_FAST] = REFUSED_RATE + 1,
		[E_FORBIDDEN] = REFUSED_ROLE + 1, [E_CROSS_ORIGIN] = REFUSED_CREDENTIAL + 1, [E_STEP_UP] = REFUSED_CREDENTIAL + 1, [E_ENROL] = REFUSED_CREDENTIAL + 1,
		[E_KILLED] = REFUSED_KILL_SWITCH + 1, [E_UNAUDITED] = REFUSED_AUDIT + 1, [E_INVALID] = REFUSED_INPUT + 1, [E_BAD_JSON] = REFUSED_INPUT + 1,
		[E_BAD_REQUEST] = REFUSED_INPUT + 1,
	};

	metric_add(&r->app->metrics, METRIC_http_requests_total, metric_op_class(r->op, r->status), 1);
	metric_time(&r->app->metrics, METRIC_http_request_seconds, r->op, clock_mono_us() - r->began_us);
	if (refusals[e])
		metric_add(&r->app->metrics, METRIC_refusals_total, (size_t)refusals[e] - 1, 1);
}

static void log_line(struct req *r, enum err e)
{
	/* What monitors ask for every few seconds would bury the rest. */
	enum log_level level = r->route && r->route->rate == RATE_FREE && r->status < 500 ? LOG_DEBUG : LOG_INFO;

	log_say(level, "request", LOG_STR("request_id", r->id), LOG_Z("op", r->route ? r->route->op : "none"), LOG_STR("method", r->in[P_METHOD]),
	        LOG_STR("path", r->path), LOG_STR("actor", r->actor.principal), LOG_STR("address", r->in[P_ADDRESS]), LOG_INT("status", r->status),
	        LOG_Z("error", e == E_OK ? NULL : err_code(e)), LOG_INT("us", clock_mono_us() - r->began_us));
}

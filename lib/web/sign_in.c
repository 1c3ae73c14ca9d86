/* Who is asking: access tokens, in a header or a cookie, and API keys. The database has the last word, in the same round trip as the statement itself. */
#include "lib/web/sign_in.h"

#include <arpa/inet.h>

#include "build/gen/sql.h"
#include "lib/base/clock.h"
#include "lib/base/code.h"
#include "lib/core/key_type.h"
#include "lib/core/rate.h"
#include "lib/core/token_cache.h"
#include "lib/ext/crypto.h"
#include "lib/web/admitted.h"
#include "lib/web/cookie.h"
#include "lib/web/key_cache.h"
#include "lib/web/reply.h"

enum { ASK_AGAIN = 1, ASK_EVER = 2 }; /* of app.enter_session_proved and app.enter_key_proved */
enum { SIGN_IN_PER_SECOND = 5, SIGN_IN_BURST = 30, KEY_MOST = 512, NAMESPACE_MOST = 63 };

static enum err by_cookie(struct req *r);
static enum err by_token(struct req *r, struct str token);
static enum err by_key(struct req *r, struct str key);
static enum err by_grant(struct req *r);
static enum err ask_grant(struct req *r, struct str hash, struct key_grant *out);
static enum err enter(struct req *r);
static int proof_asked(const struct req *r);
static enum err namespace_asked(const struct req *r, struct str *name);
static struct str network(struct mem *m, struct str address);

enum err sign_in(struct req *r)
{
	struct str header = r->in[P_AUTHORIZATION], key = r->in[P_API_KEY], scheme;

	if (key.p)
		return header.p ? E_BAD_REQUEST : by_key(r, key);
	if (!header.p)
		return by_cookie(r);
	str_cut(&header, ' ', &scheme);
	if (!header.p || !str_is_nocase(scheme, STR("Bearer")))
		return E_BAD_TOKEN;
	header = str_trim(header);
	return memchr(header.p, '.', header.n) ? by_token(r, header) : by_key(r, header);
}

enum err sign_in_holds(const struct db *db)
{
	struct db alone = *db;
	struct rows *rows;
	enum err e;

	alone.enter = NULL;
	rows = db_run(&alone, db->enter, db->as);
	e = rows_err(rows);
	return e != E_OK ? e : rows_count(rows) == 1 && !rows_is_null(rows, 0, 0) ? E_OK : E_BAD_TOKEN;
}

void sign_in_remember(struct req *r)
{
	bool home = r->db->enter != &stmt_enter_session_in && r->db->enter != &stmt_enter_key_in;

	if (r->db->enter && !sign_in_again(r->db) && home && r->db->entered.p)
		admitted_keep(&r->actor, r->db->entered, r->endings, r->began_us);
}

bool sign_in_again(const struct db *db)
{
	return db->enter == &stmt_enter_again || db->enter == &stmt_enter_key_again;
}

/* Without a header that names somebody. Reading is safe: no other site can see the answer. */
static enum err by_cookie(struct req *r)
{
	struct str token = cookie_access(r);
	enum err e = E_OK;

	if (!token.p)
		return E_OK;
	r->by_cookie = true;
	if (r->route->method != GET)
		e = cookie_take(r);
	return e != E_OK ? e : by_token(r, token);
}

static enum err by_token(struct req *r, struct str token)
{
	struct actor *a = &r->actor;

	if (!token_check_again(r->mem, &r->app->keys, token, req_now_s(), a)) {
		*a = (struct actor){ 0 };
		return E_BAD_TOKEN;
	}
	return a->key_hash.p ? by_grant(r) : enter(r); /* traded for a key: as good as the key is now */
}

static enum err by_key(struct req *r, struct str key)
{
	if (!key.n || key.n > KEY_MOST)
		return E_BAD_TOKEN;
	r->actor.key_hash = sha256_hex(r->mem, key);
	return by_grant(r);
}

/* What a key grants is remembered for a moment by each worker; that it still grants it, the database checks every time. */
static enum err by_grant(struct req *r)
{
	struct actor *a = &r->actor;
	struct key_grant g;
	enum err e;

	if (!key_cache_find(a->key_hash, r->mem, &g) && (e = ask_grant(r, a->key_hash, &g)) != E_OK)
		return e;
	if (!role_find(g.role, &a->role))
		return E_BAD_TOKEN;
	a->principal = g.principal;
	a->key_scopes = g.scopes;
	a->key_id = g.id;
	a->key_type = g.type;
	a->key_per_minute = g.per_minute;
	a->key_next = g.next;
	if (g.next.p)
		reply_header(r, "X-Cave-Key-Rotated", g.next);
	a->scopes = scopes_parse(a->key_scopes, role_scopes(a->role));
	return enter(r);
}

/* Settles how each statement of the request becomes the actor's. Where a second factor counts, the database looks whether it was shown, every time; all
 * other routes enter without the question. */
static enum err enter(struct req *r)
{
	const struct actor *a = &r->actor;
	int asks = proof_asked(r);
	struct arg role = arg_text(str_from(role_name(a->role)));
	struct str namespace_id, name;
	enum err e = namespace_asked(r, &name);

	if (e != E_OK)
		return e;
	r->endings = atomic_load_explicit(&r->app->shared->endings, memory_order_acquire);
	namespace_id = asks || name.p ? STR_NONE : admitted_find(a, r->endings, r->began_us);
	r->db->as[3] = arg_num(NUM(asks));
	r->db->as[4] = arg_text(name);
	if (namespace_id.p) {
		r->db->enter = a->session.p ? &stmt_enter_again : &stmt_enter_key_again;
		r->db->as[0] = arg_text(a->principal);
		r->db->as[1] = arg_text(namespace_id);
		r->db->as[2] = role;
		r->db->as[3] = arg_text(a->key_id); /* of a key: these as well */
		r->db->as[4] = arg_text(a->key_scopes);
	} else if (a->session.p) {
		r->db->enter = name.p ? &stmt_enter_session_in : asks ? &stmt_enter_session_proved : &stmt_enter_session;
		r->db->as[0] = arg_text(a->session);
		r->db->as[1] = arg_text(a->principal);
		r->db->as[2] = role;
	} else {
		r->db->enter = name.p ? &stmt_enter_key_in : asks ? &stmt_enter_key_proved : &stmt_enter_key;
		r->db->as[0] = arg_text(a->key_hash);
		r->db->as[1] = role;
		r->db->as[2] = arg_text(a->key_scopes);
	}
	return E_OK;
}

static enum err ask_grant(struct req *r, struct str hash, struct key_grant *out)
{
	struct rows *rows = sql_key_find(r->db, .hash = hash);
	enum err e = rows_err(rows);

	r->db->runs = 0;
	if (e != E_OK)
		return e;
	if (rows_count(rows) != 1 || !key_type_find(rows_text(rows, 0, 4), &out->type))
		return E_BAD_TOKEN;
	out->principal = rows_text(rows, 0, 0);
	out->role = rows_text(rows, 0, 1);
	out->scopes = rows_text(rows, 0, 2);
	out->id = rows_text(rows, 0, 3);
	out->per_minute = rows_int(rows, 0, 5);
	out->next = rows_text(rows, 0, 6);
	key_cache_keep(hash, out);
	return E_OK;
}

static int proof_asked(const struct req *r)
{
	return (route_steps_up(r->route) ? ASK_AGAIN : 0) | ((r->route->who == WHO_ADMIN || r->route->who == WHO_FIRST) && r->app->settings.REQUIRE_SECOND_FACTOR ? ASK_EVER : 0);
}

/* Another namespace than his own, or absent: the database decides with each statement whether he belongs there. */
static enum err namespace_asked(const struct req *r, struct str *name)
{
	static const char code[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	*name = r->in[P_NAMESPACE].p ? r->in[P_NAMESPACE] : r->in[P_CAVE_NAMESPACE];
	if (!name->p)
		return E_OK;
	if (r->in[P_CAVE_NAMESPACE].p && !str_is(*name, r->in[P_CAVE_NAMESPACE]))
		return E_BAD_REQUEST;
	return name->n > NAMESPACE_MOST || strspn(mem_strz(r->mem, *name), code) != name->n ? E_NOT_FOUND : E_OK;
}

enum err rate_of(struct req *r, struct str who, int64_t per_second, int64_t burst)
{
	struct rate_answer a;

	if (r->app->settings.RATE_LIMIT_RPS == 0)
		return E_OK;
	a = rate_take(r->app->shared, who, (double)per_second, burst, clock_mono_us());
	reply_limit(r, a.limit, a.left, a.reset_s);
	if (!a.ok)
		reply_retry(r, a.retry_s);
	return a.ok ? E_OK : E_TOO_FAST;
}

enum err rate_of_address(struct req *r)
{
	struct str from = network(r->mem, r->in[P_ADDRESS].p ? r->in[P_ADDRESS] : STR("?"));
	bool slow = r->route && r->route->rate == RATE_SIGN_IN;

	return rate_of(r, mem_strf(r->mem, "%s %.*s", slow ? "sign-in" : "address", STR_FMT(from)), slow ? SIGN_IN_PER_SECOND : r->app->settings.RATE_LIMIT_RPS,
	               slow ? SIGN_IN_BURST : 2 * r->app->settings.RATE_LIMIT_RPS);
}

bool from_this_host(struct req *r)
{
	struct str address = r->in[P_ADDRESS];

	return !r->in[P_FORWARDED].p && (str_has_prefix(address, STR("127.")) || str_is(address, STR("::1")) || str_has_prefix(address, STR("::ffff:127.")));
}

/* The first 64 bits of an IPv6 address, however it is written; any other address as it is. */
static struct str network(struct mem *m, struct str address)
{
	unsigned char raw[16];
	struct str bytes = { (const char *)raw, sizeof raw };

	if (inet_pton(AF_INET6, mem_strz(m, address), raw) != 1 || str_has_prefix(bytes, STR("\0\0\0\0\0\0\0\0\0\0\xff\xff")))
		return address;
	return hex_encode(m, str_head(bytes, 8));
}

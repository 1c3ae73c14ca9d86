/* Cookies of a session (RFC 6265bis), and who may use them. */
#include "lib/web/cookie.h"

#include "lib/base/url.h"
#include "lib/core/token.h"

#define ACCESS "__Host-access"
#define REFRESH "__Host-refresh"

enum { IDLE_SECONDS = 14 * 86400 /* as app.session_refresh has it */ };

static struct str find(const struct req *r, struct str name);
static bool is_ours(const struct req *r);
static void put(struct req *r, const char *name, struct str value, int seconds);

struct str cookie_access(const struct req *r)
{
	return find(r, STR(ACCESS));
}

struct str cookie_refresh(const struct req *r)
{
	return find(r, STR(REFRESH));
}

enum err cookie_take(struct req *r)
{
	r->by_cookie = is_ours(r);
	return r->by_cookie ? E_OK : E_CROSS_ORIGIN;
}

void cookie_set(struct req *r, struct str access, struct str refresh)
{
	put(r, ACCESS, access, TOKEN_SECONDS);
	put(r, REFRESH, refresh, IDLE_SECONDS);
}

void cookie_clear(struct req *r)
{
	put(r, ACCESS, STR(""), 0);
	put(r, REFRESH, STR(""), 0);
}

static struct str find(const struct req *r, struct str name)
{
	return r->in[P_COOKIE].p ? cookie_find(r->in[P_COOKIE], name) : STR_NONE;
}

/* Browsers name the origin of whatever is not a plain GET; those that left it out still say whether it is the same. Behind another front our own
 * origin is the one of PUBLIC_URL. */
static bool is_ours(const struct req *r)
{
	struct str origin = r->in[P_ORIGIN];

	if (origin.p)
		return str_is(origin, r->in[P_SERVED_ORIGIN]) || str_is(origin, r->app->settings.PUBLIC_URL);
	return str_is(r->in[P_FETCH_SITE], STR("same-origin"));
}

/* The prefix __Host- makes browsers insist on Secure, on Path=/, and on no Domain: no other host, and no plain HTTP, can plant one. */
static void put(struct req *r, const char *name, struct str value, int seconds)
{
	reply_header(r, "Set-Cookie", mem_strf(r->mem, "%s=%.*s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict", name, STR_FMT(value), seconds));
}

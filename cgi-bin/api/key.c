/* Personal keys: for scripts and agents that act in a person's name, with all of his scopes or some. */
#include "cgi-bin/api/key.h"

#include "build/gen/sql.h"
#include "lib/base/rand.h"
#include "lib/ext/crypto.h"

enum { DAYS = 365, PREFIX = 11 /* "la_" and eight characters */ };

SCHEMA(api_key, "A key, without what is secret of it.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"name\":\"build server\",\"prefix\":\"la_Xq3fA9bK\",\"scopes\":[\"quest:read\"],"
	"\"created_at\":\"2026-11-24T16:30:00.123Z\",\"expires_at\":\"2027-11-24T16:30:00.123Z\",\"last_used_at\":null,\"rotated_from\":null}",
	F_UUID ("id",           REQUIRED, "For ending it."),
	F_LINE ("name",         REQUIRED, 1, 80, "What it is for."),
	F_LINE ("prefix",       REQUIRED, 0, 16, "How it begins."),
	F_LINES("scopes",       REQUIRED, 64, 64, "What it may do; empty: all that its owner may."),
	F_TIME ("created_at",   REQUIRED, "When it was made."),
	F_TIME ("expires_at",   NULLABLE, "When it ends by itself."),
	F_TIME ("last_used_at", NULLABLE, "To the minute."),
	F_UUID ("rotated_from", NULLABLE, "The key it was made in place of."));

SCHEMA(api_key_made, "A key, this once with its secret.", NULL,
	F_SECRET("key",  REQUIRED, 20, 80, "For X-API-Key or Authorization: Bearer. It cannot be read again."),
	F_OBJECT("info", REQUIRED, api_key, "The rest of it."));

SCHEMA(key_new, "A key to be made.", "{\"name\":\"build server\",\"scopes\":[\"quest:read\"],\"days\":90}",
	F_LINE ("name",   REQUIRED, 1, 80, "What it is for."),
	F_LINES("scopes", OPTIONAL, 64, 64, "Some of your own; all of them when left out."),
	F_INT  ("days",   OPTIONAL, 1, 3650, "365", "How long it works."));

enum err key_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_key_list(r->db, .before = req_after(r), .limit = NUM(limit)), limit);
}

enum err key_create(struct req *r)
{
	struct key_made k = key_draw(r->mem);
	struct str scopes;
	enum err e = key_scopes(r, r->actor.scopes, key_is_whole(r) ? 0 : r->actor.scopes, &scopes);

	if (e != E_OK)
		return e;
	return key_reply(r, k.key, sql_key_create(r->db, .name = req_text(r, "name"), .prefix = k.prefix, .hash = k.hash, .scopes = scopes,
	                                          .days = NUM(req_int(r, "days", DAYS))));
}

enum err key_rotate(struct req *r)
{
	struct key_made k = key_draw(r->mem);

	return key_reply(r, k.key, sql_key_rotate(r->db, .id = req_id(r), .prefix = k.prefix, .hash = k.hash, .days = NUM(DAYS), .whole = FLAG(key_is_whole(r)),
	                                          .within = key_scope_array(r->mem, r->actor.scopes)));
}

enum err key_revoke(struct req *r)
{
	return reply_none(r, sql_key_revoke(r->db, .id = req_id(r)));
}

struct key_made key_draw(struct mem *m)
{
	struct key_made k;

	k.key = mem_strf(m, "la_%.*s_%.*s", STR_FMT(str_head(rand_token(m, 6), 8)), STR_FMT(rand_token(m, 32)));
	k.prefix = str_head(k.key, PREFIX);
	k.hash = sha256_hex(m, k.key);
	return k;
}

/* A key never grants more than what asks for it: a narrowed one that names none passes on its own. */
enum err key_scopes(struct req *r, uint64_t within, uint64_t otherwise, struct str *array)
{
	struct str rest = req_text(r, "scopes"), one;
	uint64_t asked = 0;

	if (!rest.n || str_is(rest, STR("{}")))
		asked = otherwise;
	else
		for (rest = (struct str){ rest.p + 1, rest.n - 2 }; str_cut(&rest, ',', &one);) {
			uint64_t s = one.n < 3 ? 0 : scopes_parse((struct str){ one.p + 1, one.n - 2 }, within) & ~(uint64_t)1;

			if (!s)
				return req_fault(r, "/scopes", mem_strf(r->mem, "%.*s is no scope that you can give", STR_FMT(one)).p);
			asked |= s;
		}
	*array = key_scope_array(r->mem, asked);
	return E_OK;
}

struct str key_scope_array(struct mem *m, uint64_t scopes)
{
	struct str out = STR("{");

	for (int s = 1; s < SCOPE__MAX; s++)
		if (scopes >> s & 1)
			out = mem_strf(m, "%.*s%s%s", STR_FMT(out), out.n > 1 ? "," : "", scope_infos[s].text);
	return mem_strf(m, "%.*s}", STR_FMT(out));
}

bool key_is_whole(const struct req *r)
{
	return r->actor.scopes == role_scopes(r->actor.role);
}

enum err key_reply(struct req *r, struct str key, struct rows *rows)
{
	return reply_shown(r, "key", key, &api_key_schema, rows);
}

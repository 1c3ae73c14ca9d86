/* Keys of agents and services: like a person's own, but made by whoever answers for them. */
#include "cgi-bin/api/machine.h"

#include "build/gen/sql.h"
#include "cgi-bin/api/key.h"

enum { DAYS = 365 };

static enum err why_none(struct req *r, struct str kind);

enum err machine_key_list(struct req *r, struct str kind)
{
	int64_t limit = req_int(r, "limit", 20);
	struct rows *rows = sql_machine_key_list(r->db, .id = req_id(r), .kind = kind, .before = req_after(r), .limit = NUM(limit));
	enum err e = rows_err(rows) == E_OK && rows_count(rows) == 0 ? why_none(r, kind) : E_OK;

	return e == E_NOT_FOUND ? e : reply_page(r, rows, limit);
}

enum err machine_key_create(struct req *r, struct str kind)
{
	struct key_made k = key_draw(r->mem);
	struct str scopes;
	enum err e = key_scopes(r, r->actor.scopes, 0, &scopes);

	if (e != E_OK)
		return e;
	e = key_reply(r, k.key, sql_machine_key_create(r->db, .id = req_id(r), .kind = kind, .name = req_text(r, "name"), .prefix = k.prefix, .hash = k.hash,
	                                               .scopes = str_is(scopes, STR("{}")) ? STR_NONE : scopes, .days = NUM(req_int(r, "days", DAYS)),
	                                               .whole = FLAG(key_is_whole(r)), .within = key_scope_array(r->mem, r->actor.scopes)));
	return e == E_NOT_FOUND ? why_none(r, kind) : e;
}

enum err machine_key_revoke(struct req *r, struct str kind)
{
	return reply_none(r, sql_machine_key_revoke(r->db, .id = req_id(r), .kind = kind, .key = r->path_values[1]));
}

/* Absent or hidden, ended, somebody else's to make keys for, or the key would have been more than it may be. */
static enum err why_none(struct req *r, struct str kind)
{
	struct rows *rows = sql_machine_state(r->db, .id = req_id(r), .kind = kind);

	if (rows_err(rows) != E_OK || rows_count(rows) == 0)
		return rows_err(rows) != E_OK ? rows_err(rows) : E_NOT_FOUND;
	if (rows_bool(rows, 0, 0))
		return str_is(kind, STR("agent")) ? E_AGENT_KILLED : E_FORBIDDEN;
	if (!rows_bool(rows, 0, 1))
		return E_FORBIDDEN;
	return req_fault(r, "/scopes", "must be scopes that it has, and that you may give");
}

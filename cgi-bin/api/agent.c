/* Agents: act for a person with their own keys, never with more than he may, until a day that is set, and not a request longer than he wants. */
#include "build/gen/sql.h"
#include "cgi-bin/api/key.h"
#include "cgi-bin/api/machine.h"

enum { DAYS = 30 };

SET(agent_roles, "beginner", "advanced", "pro");

SCHEMA(agent, "Somebody's agent.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"owner_id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"name\":\"night shift\",\"role\":\"advanced\","
	"\"scopes\":[\"quest:read\",\"quest:write\"],\"created_at\":\"2026-11-24T16:30:00.123Z\",\"expires_at\":\"2026-12-24T16:30:00.123Z\",\"killed_at\":null,"
	"\"killed_by\":null,\"kill_reason\":\"\"}",
	F_UUID ("id",          REQUIRED, "Never reused; grows with time."),
	F_UUID ("owner_id",    REQUIRED, "Whose it is."),
	F_LINE ("name",        REQUIRED, 1, 80, "What it is for."),
	F_ENUM ("role",        REQUIRED, agent_roles, NULL, "What it may do at most; never above its owner's."),
	F_LINES("scopes",      REQUIRED, 64, 64, "What its keys may do at most."),
	F_TIME ("created_at",  REQUIRED, "When it was made."),
	F_TIME ("expires_at",  REQUIRED, "When it ends by itself."),
	F_TIME ("killed_at",   NULLABLE, "When it was ended for good."),
	F_UUID ("killed_by",   NULLABLE, "By whom."),
	F_LINE ("kill_reason", REQUIRED, 0, 200, "Why."));

SCHEMA(agent_filter, "Whose agents to list.", NULL,
	F_PAGE,
	F_UUID  ("owner", OPTIONAL, "Only his; your own when left out."),
	F_BOOL  ("all",   OPTIONAL, "false", "All that you may see: an admin everybody's."));

SCHEMA(agent_new, "An agent to be made.", "{\"name\":\"night shift\",\"scopes\":[\"quest:read\",\"quest:write\"],\"days\":30}",
	F_LINE ("name",   REQUIRED, 1, 80, "What it is for."),
	F_ENUM ("role",   OPTIONAL, agent_roles, NULL, "What it may do at most; your own when left out, pro for an admin."),
	F_LINES("scopes", OPTIONAL, 64, 64, "Some of your own that agents can have; all of them when left out."),
	F_INT  ("days",   OPTIONAL, 1, 365, "30", "How long it works."));

SCHEMA(agent_change, "What is to change; what is left out stays as it is.", "{\"scopes\":[\"quest:read\"],\"days\":7}",
	F_LINE ("name",   OPTIONAL, 1, 80, "What it is for."),
	F_ENUM ("role",   OPTIONAL, agent_roles, NULL, "What it may do at most."),
	F_LINES("scopes", OPTIONAL, 64, 64, "Replaces the list; its keys are narrowed with it, never widened."),
	F_INT  ("days",   OPTIONAL, 1, 365, NULL, "How long it works from now."));

SCHEMA(agent_end, "Why an agent is ended.", "{\"reason\":\"writes nonsense\"}",
	F_LINE ("reason", OPTIONAL, 0, 200, "For the owner and for the trail."));

static enum err role_asked(struct req *r, enum role *role);
static enum err why_not(struct req *r, enum err e);

enum err agent_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_agent_list(r->db, .all = FLAG(req_flag(r, "all").v), .owner = req_text(r, "owner"), .before = req_after(r), .limit = NUM(limit)), limit);
}

enum err agent_get(struct req *r)
{
	return reply_row(r, sql_agent_get(r->db, .id = req_id(r)));
}

enum err agent_create(struct req *r)
{
	struct str scopes;
	enum role role;
	uint64_t most;
	enum err e = role_asked(r, &role);

	if (e != E_OK)
		return e;
	most = agent_scopes(role) & r->actor.scopes;
	e = key_scopes(r, most, most, &scopes);
	if (e != E_OK)
		return e;
	if (str_is(scopes, STR("{}")))
		return E_FORBIDDEN; /* a narrowed key that has nothing to pass on */
	return reply_row(r, sql_agent_create(r->db, .name = req_text(r, "name"), .role = str_from(role_name(role)), .scopes = scopes, .days = NUM(req_int(r, "days", DAYS))));
}

enum err agent_update(struct req *r)
{
	uint64_t most = agent_scopes(r->actor.role) & r->actor.scopes;
	struct str scopes = STR_NONE;
	enum role role;
	enum err e = role_asked(r, &role);

	if (e == E_OK && req_has(r, "scopes"))
		e = key_scopes(r, most, most, &scopes);
	if (e != E_OK)
		return e;
	if (scopes.p && str_is(scopes, STR("{}")))
		return E_FORBIDDEN;
	return why_not(r, reply_row(r, sql_agent_update(r->db, .id = req_id(r), .name = req_text(r, "name"), .role = req_text(r, "role"), .scopes = scopes,
	                                                .days = req_num(r, "days"))));
}

enum err agent_kill(struct req *r)
{
	return why_not(r, reply_row(r, sql_agent_kill(r->db, .id = req_id(r), .reason = req_text(r, "reason"))));
}

enum err agent_delete(struct req *r)
{
	return reply_none(r, sql_agent_delete(r->db, .id = req_id(r)));
}

enum err agent_key_list(struct req *r)
{
	return machine_key_list(r, STR("agent"));
}

enum err agent_key_create(struct req *r)
{
	return machine_key_create(r, STR("agent"));
}

enum err agent_key_revoke(struct req *r)
{
	return machine_key_revoke(r, STR("agent"));
}

/* Not above the actor's own; an agent is never an admin. */
static enum err role_asked(struct req *r, enum role *role)
{
	*role = r->actor.role < PRO ? r->actor.role : PRO;
	if (req_has(r, "role"))
		role_find(req_text(r, "role"), role);
	return *role > r->actor.role ? req_fault(r, "/role", "is above your own") : E_OK;
}

/* A killed agent is still seen, and changed no more; and one that sees itself does not change itself. */
static enum err why_not(struct req *r, enum err e)
{
	struct rows *rows;

	if (e != E_NOT_FOUND)
		return e;
	rows = sql_machine_state(r->db, .id = req_id(r), .kind = STR("agent"));
	return rows_count(rows) == 0 ? E_NOT_FOUND : rows_bool(rows, 0, 0) ? E_AGENT_KILLED : E_FORBIDDEN;
}

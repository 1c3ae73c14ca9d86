/* Services: programs that act in their own name, kept by admins. */
#include "build/gen/sql.h"
#include "cgi-bin/api/key.h"
#include "cgi-bin/api/machine.h"

SCHEMA(service, "A program with a name of its own.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"name\":\"build server\",\"namespace\":\"default\",\"role\":\"pro\",\"scopes\":[],"
	"\"created_at\":\"2026-11-24T16:30:00.123Z\",\"expires_at\":null,\"disabled\":false}",
	F_UUID ("id",         REQUIRED, "Never reused; grows with time."),
	F_LINE ("name",       REQUIRED, 1, 80, "What it is."),
	F_LINE ("namespace",  REQUIRED, 1, 63, "Where it is at home."),
	F_ENUM ("role",       REQUIRED, ROLE_WORDS, NULL, "What it may do at most."),
	F_LINES("scopes",     REQUIRED, 64, 64, "What its keys may do at most; empty: all that its role may."),
	F_TIME ("created_at", REQUIRED, "When it was made."),
	F_TIME ("expires_at", NULLABLE, "When it ends by itself."),
	F_BOOL ("disabled",   REQUIRED, NULL, "Shut out."));

SCHEMA(service_new, "A service to be made.", "{\"name\":\"build server\",\"role\":\"advanced\",\"scopes\":[\"quest:read\"],\"days\":90}",
	F_LINE ("name",      REQUIRED, 1, 80, "What it is."),
	F_LINE ("namespace", OPTIONAL, 1, 63, "Where it is at home, by name; default when left out."),
	F_ENUM ("role",      OPTIONAL, ROLE_WORDS, "beginner", "What it may do at most."),
	F_LINES("scopes",    OPTIONAL, 64, 64, "Some of its role's; all of them when left out."),
	F_INT  ("days",      OPTIONAL, 0, 3650, "0", "How long it works; 0: until somebody ends it."));

SCHEMA(service_change, "What is to change; what is left out stays as it is.", "{\"disabled\":true}",
	F_LINE ("name",     OPTIONAL, 1, 80, "What it is."),
	F_ENUM ("role",     OPTIONAL, ROLE_WORDS, NULL, "What it may do at most."),
	F_LINES("scopes",   OPTIONAL, 64, 64, "Replaces the list; its keys are narrowed with it, never widened."),
	F_INT  ("days",     OPTIONAL, 0, 3650, NULL, "How long it works from now; 0: until somebody ends it."),
	F_BOOL ("disabled", OPTIONAL, NULL, "true shuts it out with its next request."));

static enum err scopes_within(struct req *r, enum role role, struct str *scopes);
static enum err why_not(struct req *r, enum err e);

enum err service_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_service_list(r->db, .before = req_after(r), .limit = NUM(limit)), limit);
}

enum err service_get(struct req *r)
{
	return reply_row(r, sql_service_get(r->db, .id = req_id(r)));
}

enum err service_create(struct req *r)
{
	struct str scopes;
	enum role role = BEGINNER;
	enum err e;

	if (req_has(r, "role"))
		role_find(req_text(r, "role"), &role);
	e = scopes_within(r, role, &scopes);
	if (e != E_OK)
		return e;
	e = reply_row(r, sql_service_create(r->db, .name = req_text(r, "name"), .role = str_from(role_name(role)), .scopes = scopes, .days = NUM(req_int(r, "days", 0)),
	                                    .namespace = req_text(r, "namespace")));
	return e == E_NOT_FOUND ? req_fault(r, "/namespace", "is not there") : e;
}

enum err service_update(struct req *r)
{
	struct str scopes = STR_NONE;
	enum err e = req_has(r, "scopes") ? scopes_within(r, ADMIN, &scopes) : E_OK;

	if (e != E_OK)
		return e;
	return why_not(r, reply_row(r, sql_service_update(r->db, .id = req_id(r), .name = req_text(r, "name"), .role = req_text(r, "role"), .scopes = scopes,
	                                                  .days = req_num(r, "days"), .disabled = req_flag(r, "disabled"))));
}

enum err service_delete(struct req *r)
{
	return why_not(r, reply_none(r, sql_service_delete(r->db, .id = req_id(r))));
}

enum err service_key_list(struct req *r)
{
	return machine_key_list(r, STR("service"));
}

enum err service_key_create(struct req *r)
{
	return machine_key_create(r, STR("service"));
}

enum err service_key_revoke(struct req *r)
{
	return machine_key_revoke(r, STR("service"));
}

/* A narrowed key makes no service that may more than itself. */
static enum err scopes_within(struct req *r, enum role role, struct str *scopes)
{
	uint64_t most = role_scopes(role) & r->actor.scopes;

	return key_scopes(r, most, key_is_whole(r) ? 0 : most, scopes);
}

/* A service neither changes nor deletes itself. */
static enum err why_not(struct req *r, enum err e)
{
	return e == E_NOT_FOUND && str_is(req_id(r), r->actor.principal) ? E_FORBIDDEN : e;
}

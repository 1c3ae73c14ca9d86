/* Who is asking. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SET(roles, "beginner", "advanced", "pro", "admin");
SET(kinds, "person", "agent", "service");

SCHEMA(principal, "A person, an agent or a service.", NULL,
	F_UUID ("id",           REQUIRED, "Never reused."),
	F_EMAIL("email",        NULLABLE, "Null for agents and services."),
	F_ENUM ("role",         REQUIRED, roles, NULL, "What he may do at most."),
	F_ENUM ("kind",         REQUIRED, kinds, NULL, "What he is."),
	F_UUID ("namespace_id", REQUIRED, "Where he belongs."));

SCHEMA(me, "The one who asks, and what this credential may do.",
	"{\"user\":{\"id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"email\":\"ada@example.org\",\"role\":\"beginner\",\"kind\":\"person\","
	"\"namespace_id\":\"019391a3-ffff-7d2b-9a55-0c6d2f1e8b11\"},\"permissions\":[\"quest:read\",\"quest:write\"]}",
	F_OBJECT("user",        REQUIRED, principal, "Who he is."),
	F_LINES ("permissions", REQUIRED, 64, 64, "Scopes: role and key together."));

enum err me_get(struct req *r)
{
	struct rows *rows = sql_me_get(r->db);
	struct str scopes = scopes_format(r->mem, r->actor.scopes), scope;
	bool first = true;

	if (rows_err(rows) != E_OK || rows_count(rows) != 1)
		return rows_err(rows) != E_OK ? rows_err(rows) : E_BAD_TOKEN;
	buf_lit(r->body, "{\"user\":");
	put_row(r, &principal_schema, rows, 0);
	buf_lit(r->body, ",\"permissions\":[");
	while (scopes.n && str_cut(&scopes, ' ', &scope)) {
		if (!first)
			buf_char(r->body, ',');
		buf_json(r->body, scope);
		first = false;
	}
	buf_lit(r->body, "]}");
	return reply_done(r);
}

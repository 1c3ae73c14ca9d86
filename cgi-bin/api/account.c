/* Who is asking. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SET(kinds, "person", "agent", "service");

SCHEMA(principal, "A person, an agent or a service.", NULL,
	F_UUID ("id",           REQUIRED, "Never reused."),
	F_EMAIL("email",        NULLABLE, "Null for agents and services."),
	F_LINE ("name",         NULLABLE, 1, 80, "Of an agent or a service."),
	F_ENUM ("role",         REQUIRED, ROLE_WORDS, NULL, "What he may do at most."),
	F_ENUM ("kind",         REQUIRED, kinds, NULL, "What he is."),
	F_UUID ("namespace_id", REQUIRED, "Where he is at home."),
	F_UUID ("owner_id",     NULLABLE, "Whose agent it is."),
	F_TIME ("expires_at",   NULLABLE, "When an agent or a service ends by itself."));

SCHEMA(me, "The one who asks, and what this credential may do.",
	"{\"user\":{\"id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"email\":\"ada@example.org\",\"name\":null,\"role\":\"beginner\",\"kind\":\"person\","
	"\"namespace_id\":\"019391a3-ffff-7d2b-9a55-0c6d2f1e8b11\",\"owner_id\":null,\"expires_at\":null},\"permissions\":[\"quest:read\",\"quest:write\"],"
	"\"namespace_id\":\"019391a3-ffff-7d2b-9a55-0c6d2f1e8b11\",\"namespaces\":[{\"id\":\"019391a3-ffff-7d2b-9a55-0c6d2f1e8b11\",\"name\":\"default\",\"display_name\":\"\","
	"\"role\":\"member\"}]}",
	F_OBJECT("user",        REQUIRED, principal, "Who he is."),
	F_LINES ("permissions", REQUIRED, 64, 64, "Scopes: role and key together."),
	F_UUID  ("namespace_id", REQUIRED, "The namespace of this request: home, or the one that X-Namespace names."),
	F_ANY   ("namespaces",  REQUIRED, "Every namespace he belongs to, with his part in it."));

SET(modes, "productive", "creative", "playful");
SET(themes, "light", "dark", "system");
SET(densities, "comfy", "compact");
SET(languages, "en", "de");

SCHEMA(profile, "How a person wants to see things.",
	"{\"mode\":\"productive\",\"theme\":\"system\",\"density\":\"comfy\",\"language\":\"en\",\"toggles\":{\"sound\":false},\"is_public\":false}",
	F_ENUM ("mode",      REQUIRED, modes, NULL, "How playful it may be."),
	F_ENUM ("theme",     REQUIRED, themes, NULL, "Light or dark."),
	F_ENUM ("density",   REQUIRED, densities, NULL, "How much fits on a page."),
	F_ENUM ("language",  REQUIRED, languages, NULL, "Of the pages."),
	F_FLAGS("toggles",   REQUIRED, 50, "Switches of the pages, by name."),
	F_BOOL ("is_public", REQUIRED, NULL, "Whether others in the namespace may see the profile."));

SCHEMA(profile_change, "What is to change; what is left out stays as it is.", "{\"theme\":\"dark\"}",
	F_ENUM ("mode",      OPTIONAL, modes, NULL, "How playful it may be."),
	F_ENUM ("theme",     OPTIONAL, themes, NULL, "Light or dark."),
	F_ENUM ("density",   OPTIONAL, densities, NULL, "How much fits on a page."),
	F_ENUM ("language",  OPTIONAL, languages, NULL, "Of the pages."),
	F_FLAGS("toggles",   OPTIONAL, 50, "Replaces all switches."),
	F_BOOL ("is_public", OPTIONAL, NULL, "Whether others in the namespace may see the profile."));

SCHEMA(session, "One sign-in.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"created_at\":\"2026-11-24T16:30:00.123Z\",\"refreshed_at\":\"2026-11-24T16:40:00.123Z\","
	"\"expires_at\":\"2026-12-08T16:40:00.123Z\",\"current\":true}",
	F_UUID("id",           REQUIRED, "For ending it."),
	F_TIME("created_at",   REQUIRED, "When it began."),
	F_TIME("refreshed_at", REQUIRED, "When its tokens were renewed last."),
	F_TIME("expires_at",   REQUIRED, "When it ends unless it is renewed."),
	F_BOOL("current",      REQUIRED, NULL, "Whether it is the one that asks."));

SCHEMA(export, "Everything that is kept about the one who asks.", NULL,
	F_ANY("account",  REQUIRED, "Who he is."),
	F_ANY("profile",  REQUIRED, "What he has set; null when nothing."),
	F_ANY("sessions", REQUIRED, "Where he has signed in."),
	F_ANY("memberships", REQUIRED, "The namespaces he belongs to or belonged to."),
	F_ANY("agents",   REQUIRED, "His agents."),
	F_ANY("quests",   REQUIRED, "His quests, in every namespace he belongs to."),
	F_ANY("trail",    REQUIRED, "What he has changed."));

enum err me_get(struct req *r)
{
	enum { ACTIVE = 8, NAMESPACES }; /* columns of me_get behind those of the principal */
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
	buf_lit(r->body, "],\"namespace_id\":");
	rows_json(rows, 0, ACTIVE, r->body);
	buf_lit(r->body, ",\"namespaces\":");
	rows_json(rows, 0, NAMESPACES, r->body);
	buf_char(r->body, '}');
	return reply_done(r);
}

enum err me_export(struct req *r)
{
	return reply_row(r, sql_me_export(r->db));
}

enum err profile_get(struct req *r)
{
	return reply_row(r, sql_profile_get(r->db));
}

enum err profile_update(struct req *r)
{
	return reply_row(r, sql_profile_update(r->db, .mode = req_text(r, "mode"), .theme = req_text(r, "theme"), .density = req_text(r, "density"),
	                                       .language = req_text(r, "language"), .toggles = req_text(r, "toggles"), .is_public = req_flag(r, "is_public")));
}

enum err session_list(struct req *r)
{
	return reply_page(r, sql_session_list(r->db, .current = r->actor.session), 100);
}

enum err session_revoke(struct req *r)
{
	return reply_none(r, sql_session_revoke(r->db, .id = req_id(r)));
}

/* Quests: the noun that every later noun copies. Who may do it is in routes.def, who sees what in sql/access/quest.sql. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SET(statuses, "open", "active", "done", "dropped");
SET(visibilities, "private", "public");
SET(difficulties, "easy", "normal", "hard");

SCHEMA(quest, "Something to be achieved.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"title\":\"Patch the gate\",\"body\":\"\",\"status\":\"open\",\"visibility\":\"private\","
	"\"difficulty\":\"normal\",\"tags\":[\"gate\"],\"version\":1,\"owner_id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\","
	"\"created_at\":\"2026-11-24T16:30:00.123Z\",\"updated_at\":\"2026-11-24T16:30:00.123Z\"}",
	F_UUID ("id",         REQUIRED, "Never reused; grows with time."),
	F_LINE ("title",      REQUIRED, 1, 120, "What is to be achieved."),
	F_TEXT ("body",       REQUIRED, 0, 10000, "The rest, in Markdown."),
	F_ENUM ("status",     REQUIRED, statuses, NULL, "How far it has come."),
	F_ENUM ("visibility", REQUIRED, visibilities, NULL, "Who may read it: the owner alone, or everybody in his namespace."),
	F_ENUM ("difficulty", REQUIRED, difficulties, NULL, "How hard it is."),
	F_LINES("tags",       REQUIRED, 10, 30, "Words to find it by."),
	F_INT  ("version",    REQUIRED, 1, INT32_MAX, NULL, "Grows with every change."),
	F_UUID ("owner_id",   REQUIRED, "Who made it."),
	F_TIME ("created_at", REQUIRED, "When it was made."),
	F_TIME ("updated_at", REQUIRED, "When it was changed last."));

SCHEMA(quest_filter, "Which quests to list.", NULL,
	F_PAGE,
	F_ENUM  ("status",     OPTIONAL, statuses, NULL, "Only these."),
	F_ENUM  ("visibility", OPTIONAL, visibilities, NULL, "Only these."),
	F_ENUM  ("difficulty", OPTIONAL, difficulties, NULL, "Only these."),
	F_LINE  ("tag",        OPTIONAL, 1, 30, "Only those with this tag."),
	F_BOOL  ("mine",       OPTIONAL, "false", "Only your own."));

SCHEMA(quest_new, "A quest to be created.", "{\"title\":\"Patch the gate\",\"difficulty\":\"hard\",\"tags\":[\"gate\"]}",
	F_LINE ("title",      REQUIRED, 1, 120, "What is to be achieved."),
	F_TEXT ("body",       OPTIONAL, 0, 10000, "The rest, in Markdown."),
	F_ENUM ("visibility", OPTIONAL, visibilities, "private", "Who may read it."),
	F_ENUM ("difficulty", OPTIONAL, difficulties, "normal", "How hard it is."),
	F_LINES("tags",       OPTIONAL, 10, 30, "Words to find it by."));

SCHEMA(quest_change, "What is to change; what is left out stays as it is.", "{\"status\":\"done\",\"version\":1}",
	F_LINE ("title",      OPTIONAL, 1, 120, "What is to be achieved."),
	F_TEXT ("body",       OPTIONAL, 0, 10000, "The rest, in Markdown."),
	F_ENUM ("status",     OPTIONAL, statuses, NULL, "How far it has come."),
	F_ENUM ("visibility", OPTIONAL, visibilities, NULL, "Who may read it."),
	F_ENUM ("difficulty", OPTIONAL, difficulties, NULL, "How hard it is."),
	F_LINES("tags",       OPTIONAL, 10, 30, "Words to find it by; replaces the list."),
	F_INT  ("version",    OPTIONAL, 1, INT32_MAX, NULL, "The version you read; refused with 409 when the quest has moved on since."));

static enum err foreign_or_absent(struct req *r);

enum err quest_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);
	bool plain = r->actor.role != ANYONE && !r->app->settings.PUBLIC_READ && !req_has(r, "status") && !req_has(r, "visibility") &&
	             !req_has(r, "difficulty") && !req_has(r, "tag") && !req_has(r, "mine");

	if (plain)
		return reply_page(r, sql_quest_list(r->db, .me = r->actor.principal, .before = req_after(r), .limit = NUM(limit)), limit);
	return reply_page(r, sql_quest_search(r->db, .me = r->actor.principal, .before = req_after(r), .limit = NUM(limit), .status = req_text(r, "status"),
	                                      .visibility = req_text(r, "visibility"), .difficulty = req_text(r, "difficulty"), .tag = req_text(r, "tag"),
	                                      .mine = FLAG(req_flag(r, "mine").v)), limit);
}

enum err quest_create(struct req *r)
{
	return reply_row(r, sql_quest_create(r->db, .title = req_text(r, "title"), .body = req_text(r, "body"), .visibility = req_text(r, "visibility"),
	                                     .difficulty = req_text(r, "difficulty"), .tags = req_text(r, "tags")));
}

enum err quest_get(struct req *r)
{
	return reply_row(r, sql_quest_get(r->db, .id = req_id(r)));
}

enum err quest_update(struct req *r)
{
	enum err e = reply_row(r, sql_quest_update(r->db, .id = req_id(r), .title = req_text(r, "title"), .body = req_text(r, "body"),
	                                           .status = req_text(r, "status"), .visibility = req_text(r, "visibility"), .difficulty = req_text(r, "difficulty"),
	                                           .tags = req_text(r, "tags"), .version = req_num(r, "version")));

	return e == E_NOT_FOUND ? foreign_or_absent(r) : e;
}

enum err quest_delete(struct req *r)
{
	enum err e = reply_none(r, sql_quest_delete(r->db, .id = req_id(r)));

	return e == E_NOT_FOUND ? foreign_or_absent(r) : e;
}

/* What may be read but is somebody else's is forbidden; what may not be read is not there. */
static enum err foreign_or_absent(struct req *r)
{
	struct rows *rows = sql_quest_get(r->db, .id = req_id(r));

	return rows_err(rows) != E_OK ? rows_err(rows) : rows_count(rows) ? E_FORBIDDEN : E_NOT_FOUND;
}

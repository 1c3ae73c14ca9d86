/* Namespaces and who belongs to them. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SET(parts, "member", "manager");

SCHEMA(namespace, "A world of its own, shared by its members.",
	"{\"id\":\"019391a3-ffff-7d2b-9a55-0c6d2f1e8b11\",\"name\":\"night-shift\",\"display_name\":\"Night shift\",\"role\":\"manager\","
	"\"created_at\":\"2026-11-24T16:30:00.123Z\"}",
	F_UUID("id",           REQUIRED, "Never reused; grows with time."),
	F_LINE("name",         REQUIRED, 1, 63, "What X-Namespace calls it; never changes."),
	F_LINE("display_name", REQUIRED, 0, 80, "What people call it."),
	F_ENUM("role",         NULLABLE, parts, NULL, "Your part in it; null for an admin who does not belong to it."),
	F_TIME("created_at",   REQUIRED, "When it was made."));

SCHEMA(namespace_new, "A namespace to be made.", "{\"name\":\"night-shift\",\"display_name\":\"Night shift\"}",
	F_LINE("name",         REQUIRED, 1, 63, "Small letters, digits and hyphens, none of them first."),
	F_LINE("display_name", OPTIONAL, 0, 80, "What people call it."));

SCHEMA(namespace_change, "What is to change.", "{\"display_name\":\"Night shift\"}",
	F_LINE("display_name", REQUIRED, 0, 80, "What people call it."));

SCHEMA(namespace_member, "Somebody who belongs to a namespace.",
	"{\"id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"email\":null,\"role\":\"member\",\"created_at\":\"2026-11-24T16:30:00.123Z\"}",
	F_UUID ("id",         REQUIRED, "The person, agent or service."),
	F_EMAIL("email",      NULLABLE, "For admins, and your own; null otherwise."),
	F_ENUM ("role",       REQUIRED, parts, NULL, "His part."),
	F_TIME ("created_at", REQUIRED, "When he came first."));

SCHEMA(namespace_member_new, "Whom to take in: by id, or by address if you are an admin.", "{\"principal_id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\"}",
	F_UUID ("principal_id", OPTIONAL, "His id, as his own GET /me says it."),
	F_EMAIL("email",        OPTIONAL, "His address; for admins alone, since others could find out by it who has an account."),
	F_ENUM ("role",         OPTIONAL, parts, "member", "His part."));

SCHEMA(namespace_member_change, "What is to change.", "{\"role\":\"manager\"}",
	F_ENUM("role", REQUIRED, parts, NULL, "His part."));

static bool is_name(struct str s);
static bool is_seen(struct req *r);

enum err namespace_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_namespace_list(r->db, .before = req_after(r), .limit = NUM(limit)), limit);
}

enum err namespace_get(struct req *r)
{
	return reply_row(r, sql_namespace_get(r->db, .id = req_id(r)));
}

enum err namespace_create(struct req *r)
{
	enum err e;

	if (!is_name(req_text(r, "name")))
		return req_fault(r, "/name", "must be small letters, digits and hyphens, and not begin with a hyphen");
	e = reply_row(r, sql_namespace_create(r->db, .name = req_text(r, "name"), .display_name = req_text(r, "display_name")));
	return e == E_CONFLICT ? E_NAME_TAKEN : e;
}

/* What may be read but is not the actor's to change is forbidden; what may not be read is not there. */
enum err namespace_update(struct req *r)
{
	enum err e = reply_row(r, sql_namespace_update(r->db, .id = req_id(r), .display_name = req_text(r, "display_name")));

	return e == E_NOT_FOUND && is_seen(r) ? E_FORBIDDEN : e;
}

enum err namespace_delete(struct req *r)
{
	enum err e = reply_none(r, sql_namespace_delete(r->db, .id = req_id(r)));

	return e == E_NOT_FOUND && is_seen(r) ? E_FORBIDDEN : e;
}

enum err namespace_member_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);
	struct rows *rows = sql_namespace_member_list(r->db, .namespace = req_id(r), .before = req_after(r), .limit = NUM(limit));

	return rows_err(rows) == E_OK && rows_count(rows) == 0 && !is_seen(r) ? E_NOT_FOUND : reply_page(r, rows, limit);
}

enum err namespace_member_add(struct req *r)
{
	struct rows *rows;
	enum err e;

	if (req_has(r, "principal_id") == req_has(r, "email"))
		return req_fault(r, "", "names one of principal_id and email");
	if (req_has(r, "email") && r->actor.role != ADMIN)
		return E_FORBIDDEN;
	rows = sql_namespace_member_add(r->db, .namespace = req_id(r), .principal = req_text(r, "principal_id"), .email = req_text(r, "email"), .role = req_text(r, "role"));
	if (rows_err(rows) == E_OK && rows_count(rows) == 0)
		return E_CONFLICT; /* he belongs to it already */
	e = reply_row(r, rows);
	return e == E_FORBIDDEN && !is_seen(r) ? E_NOT_FOUND : e;
}

enum err namespace_member_update(struct req *r)
{
	return reply_row(r, sql_namespace_member_update(r->db, .namespace = req_id(r), .principal = r->path_values[1], .role = req_text(r, "role")));
}

enum err namespace_member_end(struct req *r)
{
	return reply_none(r, sql_namespace_member_end(r->db, .namespace = req_id(r), .principal = r->path_values[1]));
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && (s.p[i] != '-' || i == 0))
			return false;
	return true;
}

static bool is_seen(struct req *r)
{
	return rows_count(sql_namespace_get(r->db, .id = req_id(r))) == 1;
}

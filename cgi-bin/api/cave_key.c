/* Keys that admins issue: one service each, with the scopes, limit and times of its type. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"
#include "lib/base/check.h"
#include "lib/base/code.h"
#include "lib/base/rand.h"
#include "lib/core/key_type.h"
#include "lib/ext/crypto.h"

enum { LIST_MOST = 1000, MINUTE_MOST = 100000, LIFE_MOST_S = 315360000 /* ten years */, GRACE_MOST_S = 86400 };

SCHEMA(key_scope, "What a key is for.", "{\"type\":\"namespace\",\"namespace\":\"demo\"}",
	F_ENUM("type",      REQUIRED, issued_key_types, NULL, "What it may do follows from this."),
	F_LINE("namespace", OPTIONAL, 1, 63, "Of every type but admin. One that is not there yet is made."),
	F_LINE("model_id",  OPTIONAL, 1, 200, "Of the type model_access."));

SCHEMA(cave_key, "A key, without what is secret of it.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"scope\":{\"type\":\"namespace\",\"namespace\":\"demo\"},\"rate_limit\":100,"
	"\"created_at\":\"2026-11-24T16:30:00.123Z\",\"last_used_at\":null,\"expires_at\":\"2026-12-24T16:30:00.123Z\",\"key_prefix\":\"bkg_n_Xq3fA9\","
	"\"rotated_from\":null,\"rotated_at\":null,\"revoked\":false}",
	F_UUID  ("id",           REQUIRED, "For rotating and ending it."),
	F_OBJECT("scope",        REQUIRED, key_scope, "What it is for."),
	F_INT   ("rate_limit",   REQUIRED, 1, MINUTE_MOST, NULL, "Requests a minute, on all hosts together."),
	F_TIME  ("created_at",   REQUIRED, "When it was made."),
	F_TIME  ("last_used_at", NULLABLE, "To the minute."),
	F_TIME  ("expires_at",   NULLABLE, "When it ends by itself."),
	F_LINE  ("key_prefix",   REQUIRED, 0, 16, "How it begins."),
	F_UUID  ("rotated_from", NULLABLE, "The key it was made in place of."),
	F_TIME  ("rotated_at",   NULLABLE, "When it took the place of another, or another took its place."),
	F_BOOL  ("revoked",      REQUIRED, NULL, "Whether somebody has ended it."));

SCHEMA(cave_key_made, "A key, this once with its token.", NULL,
	F_SECRET("token", REQUIRED, 20, 80, "For X-API-Key or Authorization: Bearer. It cannot be read again."),
	F_OBJECT("info",  REQUIRED, cave_key, "The rest of it."));

SCHEMA(cave_key_new, "A key to be issued.", "{\"scope\":{\"type\":\"namespace\",\"namespace\":\"demo\"},\"rate_limit\":100,\"ttl_seconds\":2592000}",
	F_OBJECT("scope",       REQUIRED, key_scope, "What it is for."),
	F_INT   ("rate_limit",  OPTIONAL, 1, MINUTE_MOST, NULL, "Requests a minute; by its type when left out."),
	F_INT   ("ttl_seconds", OPTIONAL, 1, LIFE_MOST_S, NULL, "How long it works; by its type when left out."));

SCHEMA(cave_key_filter, "Which part of the list.", NULL,
	F_INT ("limit",  OPTIONAL, 1, LIST_MOST, "1000", "At most that many."),
	F_UUID("before", OPTIONAL, "The last `id` of the part before."));

SCHEMA(cave_key_turn, "A key to be rotated.", "{\"key_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\"}",
	F_UUID("key_id",        REQUIRED, "Which one."),
	F_INT ("rate_limit",    OPTIONAL, 1, MINUTE_MOST, NULL, "Requests a minute; as before when left out."),
	F_INT ("ttl_seconds",   OPTIONAL, 1, LIFE_MOST_S, NULL, "How long the new one works; by its type when left out."),
	F_INT ("grace_seconds", OPTIONAL, 0, GRACE_MOST_S, "0", "How long the old one goes on working."));

SCHEMA(rotation_payload, "What is told of a rotation, in this order when it is signed.", NULL,
	F_LINE  ("event",           REQUIRED, 1, 40, "Always key.rotated."),
	F_UUID  ("key_id",          REQUIRED, "The new key."),
	F_UUID  ("previous_key_id", REQUIRED, "The one before."),
	F_TIME  ("rotated_at",      REQUIRED, "When."),
	F_OBJECT("scope",           REQUIRED, key_scope, "What both are for."),
	F_LINE  ("owner",           REQUIRED, 1, 63, "The namespace, or admin."),
	F_LINE  ("key_prefix",      REQUIRED, 1, 16, "How the new key begins."),
	F_UUID  ("new_rota_id",     REQUIRED, "The new key by its other name."));

SCHEMA(rotation_webhook, "The message to those who must know, signed.", NULL,
	F_UUID  ("event_id",  REQUIRED, "Of this message."),
	F_LINE  ("signature", REQUIRED, 1, 100, "HMAC-SHA256 over the payload's bytes, in Base64."),
	F_OBJECT("payload",   REQUIRED, rotation_payload, "What happened."));

SCHEMA(cave_key_rotation, "A rotated key, this once with its token.", NULL,
	F_SECRET("token",    REQUIRED, 20, 80, "The new key; it cannot be read again."),
	F_OBJECT("info",     REQUIRED, cave_key, "The rest of it."),
	F_OBJECT("previous", REQUIRED, cave_key, "The one before."),
	F_OBJECT("webhook",  REQUIRED, rotation_webhook, "What is told of it."));

/* A key to come, and what it starts with. */
struct draft {
	const struct key_type_info *type;
	struct str token, prefix, hash;
	struct num ttl, renew;
};

static enum err issue_first(struct req *r);
static enum err issue(struct req *r);
static struct draft draw(struct req *r, enum key_type t);
static enum err check_scope(struct req *r, enum key_type t);
static bool is_namespace(struct str name);
static struct str scope_array(struct mem *m, const char *words);
static enum err reply_made(struct req *r, const struct draft *d, struct rows *rows);
static enum err reply_rotation(struct req *r, const struct draft *d, struct str event, struct rows *rows, struct str payload);
static struct str signature_of(struct req *r, struct str payload);
static struct str payload_of(struct req *r, const struct draft *d, struct rows *keys, struct rows *what);

enum err cave_key_issue(struct req *r)
{
	return r->actor.role == ANYONE ? issue_first(r) : issue(r);
}

enum err cave_key_list(struct req *r)
{
	struct str before = req_has(r, "before") ? req_text(r, "before") : STR("ffffffff-ffff-ffff-ffff-ffffffffffff");

	return reply_list(r, sql_cave_key_list(r->db, .before = before, .limit = NUM(req_int(r, "limit", LIST_MOST))));
}

/* What can be refused is refused before anything is written. */
enum err cave_key_rotate(struct req *r)
{
	unsigned char raw[16];
	char text[36];
	struct str event;
	struct rows *what, *rows;
	enum key_type t;
	struct draft d;
	enum err e;

	if (!r->app->has_rotation_key)
		return E_NO_SECRET;
	what = sql_cave_key_type(r->db, .id = req_text(r, "key_id"));
	e = rows_err(what);
	if (e != E_OK)
		return e;
	if (rows_count(what) == 0 || !key_type_find(rows_text(what, 0, 0), &t))
		return E_NOT_FOUND;
	d = draw(r, t);
	if (req_has(r, "ttl_seconds"))
		d.ttl = req_num(r, "ttl_seconds");
	uuid7_fill(raw);
	event = uuid_text(text, raw);
	rows = sql_cave_key_rotate(r->db, .id = req_text(r, "key_id"), .grace = NUM(req_int(r, "grace_seconds", 0)), .event = event, .prefix = d.prefix,
	                           .hash = d.hash, .rate_limit = req_num(r, "rate_limit"), .ttl = d.ttl, .renew = d.renew);
	e = rows_err(rows);
	if (e != E_OK)
		return e;
	if (rows_count(rows) != 2)
		return E_NOT_FOUND;
	metric_add(&r->app->metrics, METRIC_bkg_key_rotations_total, 0, 1);
	return reply_rotation(r, &d, event, rows, payload_of(r, &d, rows, what));
}

enum err cave_key_claim(struct req *r)
{
	struct draft d;
	enum err e;

	if (!r->actor.key_next.p)
		return E_NOT_FOUND;
	d = draw(r, r->actor.key_type);
	e = reply_made(r, &d, sql_cave_key_claim(r->db, .prefix = d.prefix, .hash = d.hash, .ttl = d.ttl, .renew = d.renew));
	if (e == E_OK)
		metric_add(&r->app->metrics, METRIC_bkg_key_rotations_total, 0, 1);
	return e;
}

enum err cave_key_revoke(struct req *r)
{
	return reply_none(r, sql_cave_key_revoke(r->db, .id = req_id(r)));
}

enum err cave_key_delete(struct req *r)
{
	return cave_key_revoke(r);
}

/* An admin's whatever he asks for: with another key nobody could issue a second one. No row: there is one already, or an admin. */
static enum err issue_first(struct req *r)
{
	struct draft d = draw(r, KEY_admin);
	struct rows *rows = sql_cave_key_bootstrap(r->db, .role = str_from(role_name(d.type->role)), .scopes = scope_array(r->mem, d.type->scopes), .prefix = d.prefix,
	                                           .hash = d.hash, .rate_limit = NUM(req_int(r, "rate_limit", d.type->per_minute)),
	                                           .ttl = req_has(r, "ttl_seconds") ? req_num(r, "ttl_seconds") : d.ttl, .renew = d.renew);
	enum err e = reply_made(r, &d, rows);

	return e == E_NOT_FOUND ? E_UNSIGNED : e;
}

static enum err issue(struct req *r)
{
	enum key_type t = KEY__MAX;
	struct draft d;

	CHECK(key_type_find(req_text(r, "scope/type"), &t));
	if (check_scope(r, t) != E_OK)
		return E_INVALID;
	d = draw(r, t);
	return reply_made(r, &d, sql_cave_key_issue(r->db, .type = str_from(d.type->name), .namespace = t == KEY_admin ? STR("default") : req_text(r, "scope/namespace"),
	                                            .model = req_text(r, "scope/model_id"), .role = str_from(role_name(d.type->role)),
	                                            .scopes = scope_array(r->mem, d.type->scopes), .prefix = d.prefix, .hash = d.hash,
	                                            .rate_limit = NUM(req_int(r, "rate_limit", d.type->per_minute)),
	                                            .ttl = req_has(r, "ttl_seconds") ? req_num(r, "ttl_seconds") : d.ttl, .renew = d.renew));
}

static struct draft draw(struct req *r, enum key_type t)
{
	struct draft d = { .type = &key_type_infos[t], .token = key_token(r->mem, t) };

	d.prefix = str_head(d.token, KEY_PREFIX);
	d.hash = sha256_hex(r->mem, d.token);
	d.ttl = d.type->ttl_s ? NUM(d.type->ttl_s) : NUM_NONE;
	d.renew = d.type->renew_s ? NUM(d.type->renew_s) : NUM_NONE;
	return d;
}

/* An admin's key has no namespace, a model's alone has a model. */
static enum err check_scope(struct req *r, enum key_type t)
{
	struct str name = req_text(r, "scope/namespace"), model = req_text(r, "scope/model_id");
	enum err e = E_OK;

	if (!name.p != (t == KEY_admin))
		e = req_fault(r, "/scope/namespace", name.p ? "is not for this type" : "is missing");
	else if (name.p && !is_namespace(name))
		e = req_fault(r, "/scope/namespace", "must be small letters, digits and '-', and not begin with '-'");
	if (!model.p != (t != KEY_model_access))
		e = req_fault(r, "/scope/model_id", model.p ? "is not for this type" : "is missing");
	return e;
}

static bool is_namespace(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '-' && i > 0)))
			return false;
	return true;
}

static struct str scope_array(struct mem *m, const char *words)
{
	char *list = mem_strz(m, mem_strf(m, "{%s}", words));

	for (char *c = list; *c; c++)
		if (*c == ' ')
			*c = ',';
	return str_from(list);
}

static enum err reply_made(struct req *r, const struct draft *d, struct rows *rows)
{
	return reply_shown(r, "token", d->token, &cave_key_schema, rows);
}

static enum err reply_rotation(struct req *r, const struct draft *d, struct str event, struct rows *rows, struct str payload)
{
	buf_lit(r->body, "{\"token\":");
	buf_json(r->body, d->token);
	buf_lit(r->body, ",\"info\":");
	put_row(r, &cave_key_schema, rows, 0);
	buf_lit(r->body, ",\"previous\":");
	put_row(r, &cave_key_schema, rows, 1);
	buf_lit(r->body, ",\"webhook\":{\"event_id\":");
	buf_json(r->body, event);
	buf_lit(r->body, ",\"signature\":");
	buf_json(r->body, signature_of(r, payload));
	buf_lit(r->body, ",\"payload\":");
	buf_add(r->body, payload);
	buf_lit(r->body, "}}");
	return reply_done(r);
}

static struct str signature_of(struct req *r, struct str payload)
{
	unsigned char mac[SHA256_SIZE];

	hmac_sha256((struct str){ (const char *)r->app->rotation_key, sizeof r->app->rotation_key }, payload, mac);
	return base64_encode(r->mem, (struct str){ (const char *)mac, sizeof mac });
}

/* Compact, its fields in this order: the bytes that are signed. Columns: id and rotated_at of the new key and the old one's id; type, namespace and model. */
static struct str payload_of(struct req *r, const struct draft *d, struct rows *keys, struct rows *what)
{
	struct buf b = BUF(4096);
	struct str id = rows_text(keys, 0, 0), name = rows_text(what, 0, 1), model = rows_text(what, 0, 2), out;

	buf_fmt(&b, "{\"event\":\"key.rotated\",\"key_id\":\"%.*s\",\"previous_key_id\":\"%.*s\",\"rotated_at\":\"%.*s\",\"scope\":{\"type\":\"%s\"", STR_FMT(id),
	        STR_FMT(rows_text(keys, 1, 0)), STR_FMT(rows_text(keys, 0, 8)), d->type->name);
	if (name.p) {
		buf_lit(&b, ",\"namespace\":");
		buf_json(&b, name);
	}
	if (model.p) {
		buf_lit(&b, ",\"model_id\":");
		buf_json(&b, model);
	}
	buf_lit(&b, "},\"owner\":");
	buf_json(&b, name.p ? name : STR("admin"));
	buf_fmt(&b, ",\"key_prefix\":\"%.*s\",\"new_rota_id\":\"%.*s\"}", STR_FMT(d->prefix), STR_FMT(id));
	out = mem_copy(r->mem, buf_str(&b));
	buf_release(&b);
	return out;
}

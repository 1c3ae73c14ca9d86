/* Webhooks: whom this installation tells what happens, and what another one's webhook tells it. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"
#include "lib/base/code.h"
#include "lib/base/rand.h"
#include "lib/core/signature.h"
#include "lib/ext/crypto.h"
#include "lib/web/values.h"

/* Of a key, in bytes. */
enum { SECRET_LEAST = 16, SECRET_USUAL = 32, SECRET_MOST = 64, EVENTS_MOST = 50 };
SET(delivery_states, "pending", "delivered", "dead");
SET(rotation_events, "key.rotated");

SCHEMA(webhook, "A URL that is told of events.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"only_namespace_id\":null,\"created_by\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\","
	"\"url\":\"https://hooks.example.org/life-agent\",\"events\":[\"key.rotated\",\"key.revoked\"],\"active\":true,\"created_at\":\"2026-11-24T16:30:00.123Z\"}",
	F_UUID ("id",                REQUIRED, "For changing it."),
	F_UUID ("only_namespace_id", NULLABLE, "The only namespace it hears of; null: all."),
	F_UUID ("created_by",        REQUIRED, "Which admin made it. It is told what he may see, and ends with him."),
	F_LINE ("url",               REQUIRED, 1, DOOR_URL_MOST, "Where events are posted to."),
	F_LINES("events",            REQUIRED, EVENTS_MOST, 80, "What it hears of."),
	F_BOOL ("active",            REQUIRED, NULL, "Whether it is told anything."),
	F_TIME ("created_at",        REQUIRED, "When it was made."));

SCHEMA(webhook_made, "A webhook, this once with its secret.", NULL,
	F_UUID ("id",                REQUIRED, "For changing it."),
	F_UUID ("only_namespace_id", NULLABLE, "The only namespace it hears of; null: all."),
	F_UUID ("created_by",        REQUIRED, "Which admin made it. It is told what he may see, and ends with him."),
	F_LINE ("url",               REQUIRED, 1, DOOR_URL_MOST, "Where events are posted to."),
	F_LINES("events",            REQUIRED, EVENTS_MOST, 80, "What it hears of."),
	F_BOOL ("active",            REQUIRED, NULL, "Whether it is told anything."),
	F_TIME ("created_at",        REQUIRED, "When it was made."),
	F_SECRET("secret",           REQUIRED, 24, 88, "Base64 of the key that messages are signed with. It cannot be read again."));

SCHEMA(webhook_new, "A webhook to be made.", "{\"url\":\"https://hooks.example.org/life-agent\",\"events\":[\"key.rotated\",\"key.revoked\"]}",
	F_LINE  ("url",               REQUIRED, 1, DOOR_URL_MOST, "https, a public address, port 443 or 8443, no name or password in it."),
	F_LINES ("events",            REQUIRED, EVENTS_MOST, 80, "Types of events as the trail has them; those of webhooks themselves are not told."),
	F_UUID  ("only_namespace_id", OPTIONAL, "Hear of this namespace only."),
	F_SECRET("secret",            OPTIONAL, 24, 88, "Base64 of a key of 16 to 64 bytes; one is drawn when it is left out."),
	F_BOOL  ("active",            OPTIONAL, "true", "Whether it is told anything."));

SCHEMA(webhook_change, "What is to change; what is left out stays as it is.", "{\"active\":false}",
	F_LINE  ("url",    OPTIONAL, 1, DOOR_URL_MOST, "Where events are posted to."),
	F_LINES ("events", OPTIONAL, EVENTS_MOST, 80, "Replaces all of them."),
	F_BOOL  ("active", OPTIONAL, NULL, "false: what is still to be told is given up."));

SCHEMA(webhook_tested, "A test is on its way.", "{\"event_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12\"}",
	F_UUID("event_id", REQUIRED, "By which the deliveries have it."));

SCHEMA(delivery, "One event for one webhook.",
	"{\"event_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12\",\"event\":\"key.rotated\",\"state\":\"pending\",\"attempt\":2,\"status_code\":500,"
	"\"error\":\"it answered 500\",\"created_at\":\"2026-11-24T16:30:00.123Z\",\"delivered_at\":null,\"next_retry_at\":\"2026-11-24T16:30:36.456Z\"}",
	F_UUID("event_id",      REQUIRED, "The same in every attempt, in the header X-Cave-Webhook-Id."),
	F_LINE("event",         REQUIRED, 3, 80, "What happened."),
	F_ENUM("state",         REQUIRED, delivery_states, NULL, "Ten attempts in about ten hours, then it is dead."),
	F_INT ("attempt",       REQUIRED, 0, 10, NULL, "How many there were."),
	F_INT ("status_code",   NULLABLE, 100, 999, NULL, "What the last one was answered."),
	F_LINE("error",         NULLABLE, 0, 200, "What was wrong with it."),
	F_TIME("created_at",    REQUIRED, "When it happened."),
	F_TIME("delivered_at",  NULLABLE, "When it was taken."),
	F_TIME("next_retry_at", NULLABLE, "When it is tried next."));

SCHEMA(delivery_filter, "Which part of them.", NULL,
	F_PAGE,
	F_ENUM  ("state", OPTIONAL, delivery_states, NULL, "Only these."));

SCHEMA(rotation, "That a key was replaced, as webhooks tell it.",
	"{\"event\":\"key.rotated\",\"key_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12\",\"previous_key_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\","
	"\"rotated_at\":\"2026-11-24T16:30:00.123Z\",\"scope\":{\"type\":\"admin\"},\"owner\":\"admin\",\"key_prefix\":\"la_Xq3fA9bK\","
	"\"new_rota_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12\"}",
	F_ENUM("event",           REQUIRED, rotation_events, NULL, "Always this."),
	F_UUID("key_id",          REQUIRED, "The new key."),
	F_UUID("previous_key_id", OPTIONAL, "The key it was made in place of."),
	F_TIME("rotated_at",      REQUIRED, "When that was."),
	F_ANY ("scope",           OPTIONAL, "What it is for."),
	F_LINE("owner",           REQUIRED, 1, 200, "admin, or the namespace it is for."),
	F_LINE("key_prefix",      OPTIONAL, 0, 64, "How it begins."),
	F_UUID("new_rota_id",     OPTIONAL, "The new key, by its older name."));

static enum err check_url(struct req *r);
static enum err check_events(struct req *r);
static bool is_event(struct str s);
static enum err take_secret(struct req *r, struct str *key);

enum err webhook_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_webhook_list(r->db, .before = req_after(r), .limit = NUM(limit)), limit);
}

enum err webhook_get(struct req *r)
{
	return reply_row(r, sql_webhook_get(r->db, .id = req_id(r)));
}

enum err webhook_create(struct req *r)
{
	unsigned char raw[16], drawn[SECRET_USUAL];
	struct str id = uuid_text(mem_raw(r->mem, 36), (uuid7_fill(raw), raw)), key = { (const char *)drawn, sizeof drawn };
	struct rows *rows;
	enum err e;

	rand_fill(drawn, sizeof drawn);
	if (check_url(r) != E_OK || check_events(r) != E_OK || take_secret(r, &key) != E_OK)
		return E_INVALID;
	rows = sql_webhook_create(r->db, .id = id, .namespace = req_text(r, "only_namespace_id"), .url = req_text(r, "url"), .events = req_text(r, "events"),
	                          .secret = secret_seal(r->mem, r->app->webhook_key, id, key), .active = req_flag(r, "active"));
	e = rows_err(rows);
	if (e != E_OK)
		return e == E_NOT_FOUND ? req_fault(r, "/only_namespace_id", "is not a namespace") : e;
	put_row(r, &webhook_schema, rows, 0);
	r->body->n--; /* its brace: the secret belongs inside */
	buf_lit(r->body, ",\"secret\":");
	buf_json(r->body, base64_encode(r->mem, key));
	buf_char(r->body, '}');
	return reply_done(r);
}

enum err webhook_update(struct req *r)
{
	if (!req_has(r, "url") && !req_has(r, "events") && !req_has(r, "active"))
		return req_fault(r, "", "names nothing to change");
	if (check_url(r) != E_OK || check_events(r) != E_OK)
		return E_INVALID;
	return reply_row(r, sql_webhook_update(r->db, .id = req_id(r), .url = req_text(r, "url"), .events = req_text(r, "events"),
	                                       .active = req_flag(r, "active")));
}

enum err webhook_delete(struct req *r)
{
	return reply_none(r, sql_webhook_delete(r->db, .id = req_id(r)));
}

enum err webhook_test(struct req *r)
{
	return reply_row(r, sql_webhook_test(r->db, .id = req_id(r)));
}

enum err delivery_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);
	struct rows *rows = sql_delivery_list(r->db, .id = req_id(r), .before = req_after(r), .limit = NUM(limit), .state = req_text(r, "state"));

	if (rows_err(rows) == E_OK && !rows_count(rows) && !rows_count(sql_webhook_get(r->db, .id = req_id(r))))
		return E_NOT_FOUND;
	return reply_page(r, rows, limit);
}

enum err delivery_retry(struct req *r)
{
	struct str event = r->path_values[1];
	enum err e = reply_row(r, sql_delivery_retry(r->db, .id = req_id(r), .event = event));

	if (e != E_NOT_FOUND)
		return e;
	return rows_count(sql_delivery_get(r->db, .id = req_id(r), .event = event)) ? E_NOT_DEAD : E_NOT_FOUND;
}

/* Nothing of the body is read before its signature holds. */
enum err rotation_receive(struct req *r)
{
	const struct signature s = { r->in[P_HOOK_ID], r->in[P_HOOK_TIME], r->in[P_HOOK_SIGNED], r->in[P_HOOK_SIGNED_2] };
	const struct str key = { (const char *)r->app->rotation_key, sizeof r->app->rotation_key };
	struct rows *rows;
	enum err e;

	if (!r->app->has_rotation_key)
		return E_NOT_READY;
	if (!signature_holds(r->mem, key, &s, r->raw, req_now_s()))
		return E_BAD_SIGNATURE;
	e = values_from_json(r, r->route->takes, r->raw);
	if (e != E_OK)
		return e;
	rows = sql_rotation_receive(r->db, .id = signature_id(&s), .digest = sha256_hex(r->mem, r->raw), .rotated_at = req_text(r, "rotated_at"), .key = req_text(r, "key_id"),
	                            .previous = req_text(r, "previous_key_id"), .owner = req_text(r, "owner"), .prefix = req_text(r, "key_prefix"));
	e = reply_none(r, rows);
	return e == E_OK && !rows_bool(rows, 0, 0) ? E_BAD_SIGNATURE : e == E_CONFLICT ? E_REPLAYED : e;
}

static enum err check_url(struct req *r)
{
	const char *fault = req_has(r, "url") ? door_refuses(&r->app->door, req_text(r, "url")) : NULL;

	return fault ? req_fault(r, "/url", fault) : E_OK;
}

/* The list is a PostgreSQL array of quoted texts by now; no event has a quote or a comma in it. */
static enum err check_events(struct req *r)
{
	struct str rest = req_text(r, "events"), one;

	if (!req_has(r, "events"))
		return E_OK;
	if (rest.n <= 2)
		return req_fault(r, "/events", "must name one event at least");
	for (rest = (struct str){ rest.p + 1, rest.n - 2 }; str_cut(&rest, ',', &one);)
		if (one.n < 2 || one.p[0] != '"' || one.p[one.n - 1] != '"' || !is_event((struct str){ one.p + 1, one.n - 2 }))
			return req_fault(r, "/events", mem_strf(r->mem, "%.*s is not an event that webhooks are told of", STR_FMT(one)).p);
	return E_OK;
}

static bool is_event(struct str s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t at;

	if (!str_find(s, '.', &at) || at == 0 || at + 1 == s.n || str_has_prefix(s, STR("webhook.")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (i != at && !memchr(plain, s.p[i], sizeof plain - 1))
			return false;
	return true;
}

static enum err take_secret(struct req *r, struct str *key)
{
	if (!req_has(r, "secret"))
		return E_OK;
	if (!base64_decode(r->mem, req_text(r, "secret"), key) || key->n < SECRET_LEAST || key->n > SECRET_MOST)
		return req_fault(r, "/secret", "must be Base64 of 16 to 64 bytes");
	return E_OK;
}

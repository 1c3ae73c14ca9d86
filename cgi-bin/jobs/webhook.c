/* Telling webhooks what happened. */
#include "build/gen/sql.h"
#include "cgi-bin/jobs.h"
#include "lib/base/clock.h"
#include "lib/core/signature.h"
#include "lib/ext/crypto.h"
#include "lib/ext/json.h"

enum { CONNECT_MS = 5000, TOTAL_MS = 10000, CONFLICT = 409 };

/* What an attempt needs, and what became of it. */
struct attempt {
	struct str webhook, event, url, sealed, body;
	int64_t nth;
	bool ok;
	int status;          /* 0: none came */
	struct str fault;    /* absent when it is ok */
};

static bool read_payload(struct job *j, struct attempt *a);
static void post(struct job *j, struct attempt *a);
static bool no_more(void *arg, struct str piece) { (void)arg, (void)piece; return false; }
static enum err settle(struct job *j, const struct attempt *a);

/* The receiver tells a repetition by the event's id: a runner may die between sending and saying so. */
enum err webhook_send(struct job *j)
{
	struct attempt a = { 0 };
	struct rows *rows;

	if (!read_payload(j, &a))
		return E_INTERNAL;
	rows = sql_webhook_begin(&j->hold, .webhook = a.webhook, .event = a.event);
	if (rows_err(rows) != E_OK || rows_count(rows) == 0)
		return rows_err(rows); /* what was deleted, delivered or given up meanwhile is not sent */
	a.url = rows_text(rows, 0, 0);
	a.sealed = rows_text(rows, 0, 1);
	a.body = rows_text(rows, 0, 2);
	a.nth = rows_int(rows, 0, 3);
	post(j, &a);
	return settle(j, &a);
}

enum err webhook_sweep(struct job *j)
{
	struct rows *rows = sql_webhook_sweep(&j->last);

	if (rows_err(rows) == E_OK)
		metric_set(&j->app->metrics, METRIC_bkg_webhook_pending, 0, rows_int(rows, 0, 0));
	return rows_err(rows);
}

static bool read_payload(struct job *j, struct attempt *a)
{
	struct str why;
	const struct json *payload = json_parse(j->mem, j->payload, &why);
	bool there;

	a->webhook = json_text(json_field(payload, "webhook_id", &there));
	a->event = json_text(json_field(payload, "event_id", &there));
	return a->webhook.p && a->event.p;
}

static void post(struct job *j, struct attempt *a)
{
	struct signature s = { .id = a->event, .timestamp = mem_strf(j->mem, "%lld", (long long)(clock_wall_us() / 1000000)) };
	struct str key;
	struct http_reply reply;
	enum err e;

	if (!secret_open(j->mem, j->app->webhook_key, a->webhook, a->sealed, &key)) {
		a->fault = STR("its secret is sealed with another key; make the webhook anew");
		return;
	}
	signature_make(j->mem, key, &s, a->body);
	const struct http_header headers[] = {
		{ "Content-Type", STR("application/json") }, { "X-Cave-Webhook-Id", s.id }, { "X-Cave-Webhook-Timestamp", s.timestamp },
		{ "X-Cave-Webhook-Signature", s.body }, { "X-Cave-Webhook-Signature-V2", s.whole },
	};
	const struct http_call call = {
		.method = "POST", .url = a->url, .headers = headers, .n_headers = sizeof headers / sizeof *headers, .body = a->body,
		.connect_ms = CONNECT_MS, .total_ms = TOTAL_MS, .sink = no_more,
	};
	e = door_call(&j->app->door, j->mem, &call, &reply);
	a->status = reply.status;
	/* 409 is how a receiver says that it has this event already: an earlier attempt arrived and its answer did not. */
	a->ok = e == E_OK && ((reply.status >= 200 && reply.status < 300) || (reply.status == CONFLICT && a->nth > 1));
	if (!a->ok)
		a->fault = reply.fault ? mem_copy(j->mem, str_from(reply.fault)) : mem_strf(j->mem, "it answered %d", reply.status);
}

static enum err settle(struct job *j, const struct attempt *a)
{
	struct rows *rows = sql_webhook_end(&j->last, .webhook = a->webhook, .event = a->event, .ok = FLAG(a->ok),
	                                    .status = a->status ? NUM(a->status) : NUM_NONE, .error = a->fault);
	enum delivery result = a->ok ? DELIVERY_MADE : DELIVERY_FAILED;

	if (rows_err(rows) != E_OK)
		return rows_err(rows);
	if (str_is(rows_text(rows, 0, 0), STR("dead")))
		result = DELIVERY_DEAD;
	metric_add(&j->app->metrics, METRIC_bkg_webhook_deliveries_total, result, 1);
	return E_OK;
}

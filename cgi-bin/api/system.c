/* The installation itself: health, numbers, switches. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SCHEMA(health_check, "One thing that is needed.", NULL,
	F_BOOL("ok",   REQUIRED, NULL, "Whether it works."),
	F_LINE("note", REQUIRED, 0, 80, "What is so."));

SCHEMA(health_checks, "Everything that is needed.", NULL,
	F_OBJECT("database",   REQUIRED, health_check, "PostgreSQL answers."),
	F_OBJECT("migrations", REQUIRED, health_check, "The schema is the one this build was made for."),
	F_OBJECT("disk",       REQUIRED, health_check, "There is room under STATE_DIR."),
	F_OBJECT("clock",      REQUIRED, health_check, "This host and the database agree on the time."),
	F_OBJECT("pools",      REQUIRED, health_check, "Every program has a worker alive."),
	F_OBJECT("audit",      REQUIRED, health_check, "Events are sealed and written to the audit log."));

SET(health_words, "ok", "unavailable");

SCHEMA(health, "200 when all checks hold, else 503.",
	"{\"status\":\"ok\",\"version\":\"7.0.0\",\"checks\":{\"database\":{\"ok\":true,\"note\":\"6 of 6 connections ready\"},\"migrations\":{\"ok\":true,"
	"\"note\":\"at 1, this build wants 1\"},\"disk\":{\"ok\":true,\"note\":\"40960 MiB free, 256 wanted\"},\"clock\":{\"ok\":true,"
	"\"note\":\"0 ms apart from the database\"},\"pools\":{\"ok\":true,\"note\":\"2 api, 4 auth, 1 audit workers alive\"},"
	"\"audit\":{\"ok\":true,\"note\":\"every event is sealed\"}}}",
	F_ENUM  ("status",  REQUIRED, health_words, NULL, "All checks in one word."),
	F_LINE  ("version", REQUIRED, 1, 40, "Of this build."),
	F_OBJECT("checks",  REQUIRED, health_checks, "One by one."));

SCHEMA(kill_switch, "While it is on, every write route answers 503; reading and oversight go on.",
	"{\"on\":false,\"reason\":\"\",\"changed_at\":\"2026-11-24T16:30:00.123Z\"}",
	F_BOOL("on",         REQUIRED, NULL, "Whether write routes are off."),
	F_LINE("reason",     REQUIRED, 0, 200, "Told to everybody who is turned away."),
	F_TIME("changed_at", REQUIRED, "When it was turned last."));

SCHEMA(switch_new, "How the switch shall stand.", "{\"on\":true,\"reason\":\"Maintenance until noon\"}",
	F_BOOL("on",     REQUIRED, NULL, "true: write routes off within a second."),
	F_LINE("reason", OPTIONAL, 0, 200, "Told to everybody who is turned away."));

enum err health(struct req *r)
{
	bool reachable = pool_state(r->app->pool).ready > 0;

	buf_fmt(r->body, "{\"status\":\"%s\",\"version\":\"" APP_VERSION "\",\"checks\":{", r->app->healthy && reachable ? "ok" : "unavailable");
	for (int c = 0; c < CHECK__MAX; c++) {
		const struct app_check *k = &r->app->checks[c];
		bool lost = c == CHECK_database && !reachable;

		buf_fmt(r->body, "%s\"%s\":{\"ok\":%s,\"note\":", c ? "," : "", app_check_name((enum check)c), k->ok && !lost ? "true" : "false");
		buf_json(r->body, lost ? STR("not reachable") : str_from(k->note));
		buf_char(r->body, '}');
	}
	buf_lit(r->body, "}}");
	r->status = r->app->healthy && reachable ? 200 : 503;
	if (r->status == 503)
		reply_header(r, "Retry-After", STR("1"));
	return E_OK;
}

enum err metrics(struct req *r)
{
	int64_t gauges[METRIC__MAX][PROGRAM__MAX] = { 0 };

	app_gauges(r->app, gauges);
	metrics_print(&r->app->metrics, gauges, r->body);
	r->content_type = "text/plain; version=0.0.4; charset=utf-8";
	return reply_done(r);
}

enum err switch_get(struct req *r)
{
	return reply_row(r, sql_switch_get(r->db));
}

enum err switch_set(struct req *r)
{
	return reply_row(r, sql_switch_set(r->db, .on = req_flag(r, "on"), .reason = req_text(r, "reason")));
}

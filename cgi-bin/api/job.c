/* Background jobs as an admin sees them. */
#include "build/gen/sql.h"
#include "cgi-bin/routes.h"

SET(job_states, "queued", "running", "done", "dead");

SCHEMA(job, "Work that goes on without a request.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"kind\":\"session_expire\",\"state\":\"dead\",\"attempts\":5,\"max_attempts\":5,"
	"\"run_at\":\"2026-11-24T16:30:00.123Z\",\"lease_until\":null,\"worker\":\"host/4711\",\"last_error\":\"timeout\",\"namespace_id\":null,"
	"\"created_at\":\"2026-11-24T16:00:00.123Z\",\"finished_at\":\"2026-11-24T17:30:00.123Z\"}",
	F_UUID("id",           REQUIRED, "The same in every attempt."),
	F_LINE("kind",         REQUIRED, 1, 64, "What is done."),
	F_ENUM("state",        REQUIRED, job_states, NULL, "dead: no attempt is left, it waits for an admin."),
	F_INT ("attempts",     REQUIRED, 0, INT32_MAX, NULL, "Begun so far."),
	F_INT ("max_attempts", NULLABLE, 1, INT32_MAX, NULL, "As many it has; null before the first."),
	F_TIME("run_at",       REQUIRED, "Not before."),
	F_TIME("lease_until",  NULLABLE, "While it runs: when another runner may take it over."),
	F_LINE("worker",       NULLABLE, 1, 100, "Who had it last: host and process."),
	F_LINE("last_error",   NULLABLE, 1, 64, "The code of what went wrong last."),
	F_UUID("namespace_id", NULLABLE, "In whose namespace it was asked for; null: by the installation itself."),
	F_TIME("created_at",   REQUIRED, "When it was asked for."),
	F_TIME("finished_at",  NULLABLE, "When it was done, or dead."));

SCHEMA(job_filter, "Which jobs.", NULL,
	F_PAGE,
	F_ENUM  ("state", OPTIONAL, job_states, NULL, "Only these."),
	F_LINE  ("kind",  OPTIONAL, 1, 64, "Only these."));

enum err job_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 20);

	return reply_page(r, sql_job_list(r->db, .before = req_after(r), .limit = NUM(limit), .state = req_text(r, "state"), .kind = req_text(r, "kind")), limit);
}

/* Only a dead one: any other is on its way already, or done. */
enum err job_retry(struct req *r)
{
	enum err e = reply_row(r, sql_job_retry(r->db, .id = req_id(r)));

	if (e != E_NOT_FOUND)
		return e;
	return rows_count(sql_job_get(r->db, .id = req_id(r))) ? E_CONFLICT : E_NOT_FOUND;
}

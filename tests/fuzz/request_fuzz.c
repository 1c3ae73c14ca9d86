/* Whole requests, a parameter a line and then the body, to a worker whose database is away: always one well-formed answer. */
#include "tests/fuzz/fuzz.h"

#include "cgi-bin/routes.h"
#include "lib/base/fiber.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/core/shared.h"
#include "lib/web/transport.h"

struct job { struct str text; struct mem *mem; };

static struct app app;
static struct router *router;

static void set_up(void);
static void ask(void *arg);
static void look(struct mem *m, struct answer a);
static bool says_json(struct str line);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct job job = { fuzz_str(data, n), NULL };

	if (!app.shared)
		set_up();
	job.mem = mem_new(ARENA);
	HOLDS(fiber_start(ask, &job)); /* in a fiber nobody waits for a database that is away */
	HOLDS(fiber_count() == 0);
	mem_free(job.mem);
	return 0;
}

static void set_up(void)
{
	static const struct pool_options nowhere = { .conninfo = "host=/nonexistent", .readers = 1 };
	char layout[40];

	log_open("fuzz", LOG_ERROR + 1);
	app.mem = mem_new(1 << 20);
	app.settings.ALLOWED_ORIGINS = STR("https://a.example, https://b.example");
	app.settings.LISTEN = STR("0.0.0.0"); /* signing up would hash a password */
	app.settings.RATE_LIMIT_RPS = 1000000;
	app.keys.ring.n = 1;
	metrics_init(&app.metrics, PROGRAM_api, &all_labels, layout);
	app.loop = loop_new();
	app.pool = pool_open(app.loop, &nowhere);
	app.shared = app.metrics.shared = calloc(1, (sizeof(struct shared) + 63) & ~(size_t)63);
	CHECK(app.shared);
	router = router_new(app.mem, &all_routes, PROGRAM__MAX);
}

static void ask(void *arg)
{
	struct job *job = arg;
	struct str rest = job->text, line, params[40][2];
	size_t n = 0;

	while (n < 40 && (line = fuzz_line(&rest)).n) {
		params[n][1] = line;
		str_cut(&params[n][1], '=', &params[n][0]);
		if (!params[n][1].p)
			params[n][1] = STR("");
		n++;
	}
	look(job->mem, via_memory(&app, router, job->mem, &(struct asked){ (const struct str(*)[2])params, n, rest }));
}

static void look(struct mem *m, struct answer a)
{
	struct str rest = a.head, line;
	struct json_fault fault;
	bool id = false, json = false;

	HOLDS(a.status >= 200 && a.status <= 599);
	HOLDS(a.head.n >= 4 && memcmp(a.head.p + a.head.n - 4, "\r\n\r\n", 4) == 0);
	while (str_cut(&rest, '\n', &line) && line.n > 1) {
		HOLDS(line.p[line.n - 1] == '\r' && memchr(line.p, ':', line.n) && !memchr(line.p, 0, line.n) && !memchr(line.p, '\r', line.n - 1));
		id = id || str_has_prefix(line, STR("X-Request-Id: "));
		json = json || says_json(line);
	}
	HOLDS(rest.n == 0 && id);
	if (json)
		HOLDS(json_scan(m, a.body, &fault));
}

static bool says_json(struct str line)
{
	return str_has_prefix(line, STR("Content-Type: application/json")) || str_has_prefix(line, STR("Content-Type: application/problem+json"));
}

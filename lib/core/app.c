/* A worker's belongings, and its view of the installation's health. */
#include "lib/core/app.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "build/gen/sql.h"
#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/fiber.h"
#include "lib/base/log.h"

#define TICK_US 500000
#define SETTLE_TICK_US 10000
#define SETTLE_MOST_US 1000000
#define BEAT_FRESH_US 5000000
#define CLOCK_SKEW_MOST_US 2000000

static bool read_keys(struct app *a, struct str *why);
static bool read_single_keys(struct app *a, struct str *why);
static void tick_in_fiber(void *arg);
static void start_tick(void *arg);
static void ask(struct app *a);
static void judge_database(struct app *a, struct rows *rows);
static void judge_audit(struct app *a, int64_t waits_us, struct str fault);
static void judge_host(struct app *a);
static void judge_pools(struct app *a, const int64_t workers[PROGRAM__MAX]);
static void beat(struct app *a);
static void say(struct app *a, enum check c, bool ok, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

bool app_prepare(struct app *a, const struct app_plan *plan, struct str *why)
{
	char layout[40], path[PATH_MAX + 16], real[PATH_MAX];

	*a = (struct app){ .program = plan->program, .mem = mem_new(1 << 20) };
	if (!settings_read(&a->settings, a->mem, why))
		return false;
	if (!realpath(mem_strz(a->mem, a->settings.STATE_DIR), real)) {
		*why = mem_strf(a->mem, "STATE_DIR: %s", strerror(errno));
		return false;
	}
	a->settings.STATE_DIR = mem_copy(a->mem, str_from(real));
	if (!read_keys(a, why) || !read_single_keys(a, why) || !door_open(&a->door, a->mem, a->settings.OUTBOUND_ALLOW, a->settings.OUTBOUND_CA_FILE, why))
		return false;
	metrics_init(&a->metrics, plan->program, plan->labels, layout);
	snprintf(path, sizeof path, "%.*s/run/shared-%s", STR_FMT(a->settings.STATE_DIR), layout);
	a->shared = a->metrics.shared = shared_open(path, layout);
	if (!a->shared)
		*why = mem_strf(a->mem, "shared memory file %s: %s", path, strerror(errno));
	return a->shared != NULL;
}

/* Each program reads those that program.def says it has. */
static bool read_keys(struct app *a, struct str *why)
{
	const struct settings *s = &a->settings;
	enum program p = a->program;
	const char *refresh = program_has_key(p, "refresh") ? mem_strz(a->mem, s->REFRESH_KEY_FILE) : NULL;

	return (!program_has_key(p, "jwt") || token_keys_read(&a->keys, mem_strz(a->mem, s->JWT_KEY_FILE), refresh, a->mem, why)) &&
	       (!program_has_key(p, "audit") || keyring_read(&a->audit_keys, mem_strz(a->mem, s->AUDIT_KEY_FILE), a->mem, why)) &&
	       (!program_has_key(p, "checkpoint") || keyring_read(&a->checkpoint_keys, mem_strz(a->mem, s->CHECKPOINT_KEY_FILE), a->mem, why));
}

/* The last one is there where an operator gave it. */
static bool read_single_keys(struct app *a, struct str *why)
{
	const struct settings *s = &a->settings;
	const struct { bool wanted; struct str file; unsigned char *key; } keys[] = {
		{ program_has_key(a->program, "factor"), s->FACTOR_KEY_FILE, a->factor_key }, { program_has_key(a->program, "webhook"), s->WEBHOOK_KEY_FILE, a->webhook_key },
		{ s->ROTATION_KEY_FILE.n > 0, s->ROTATION_KEY_FILE, a->rotation_key },
	};

	a->has_rotation_key = s->ROTATION_KEY_FILE.n > 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].wanted && !key_read(keys[i].key, mem_strz(a->mem, keys[i].file), a->mem, why))
			return false;
	return true;
}

void app_open(struct app *a, const struct app_plan *plan, int worker)
{
	struct pool_options o = { .stmts = sql_stmts, .n_stmts = sql_n_stmts, .program = 1u << plan->program, .readers = plan->readers, .writers = plan->writers,
	                          .listens = plan->listens, .endings = &a->shared->endings };

	a->worker = worker;
	a->loop = loop_new();
	o.conninfo = mem_strf(a->mem, "%.*s application_name=%s%s", STR_FMT(a->settings.DB_CONNINFO), program_name(a->program),
	                      a->settings.PUBLIC_READ ? " options='-c app.public_read=1'" : "").p;
	a->pool = pool_open(a->loop, &o);
	for (int c = 0; c < CHECK__MAX; c++)
		say(a, (enum check)c, false, "not known yet");
	a->opened_us = clock_mono_us();
	a->timer = (struct timer){ .fire = start_tick, .arg = a };
	loop_timer(a->loop, &a->timer, 0, SETTLE_TICK_US);
}

void app_close(struct app *a)
{
	pool_close(a->pool);
	loop_free(a->loop);
}

bool app_settled(const struct app *a)
{
	struct pool_state s = pool_state(a->pool);

	return s.ready == s.links || clock_mono_us() - a->opened_us > SETTLE_MOST_US;
}

void app_tick(struct app *a)
{
	if (!a->ticking && clock_mono_us() - a->ticked_us >= TICK_US)
		ask(a);
}

const char *app_check_name(enum check c)
{
	static const char *const names[] = { "database", "migrations", "disk", "clock", "pools", "audit" };

	return names[c];
}

/* The timer of an event-driven worker; a blocking one, outside any fiber, asks between requests. */
static void start_tick(void *arg)
{
	struct app *a = arg;

	beat(a);
	if (!a->ticked_us && !app_settled(a))
		return;
	a->timer.every_us = TICK_US;
	if (a->program == PROGRAM_api && !a->ticking && !fiber_start(tick_in_fiber, a))
		log_say(LOG_WARN, "no fiber left for the health check");
}

static void tick_in_fiber(void *arg)
{
	ask(arg);
}

static void ask(struct app *a)
{
	struct mem *m = mem_new(1 << 20);
	struct db db = { .pool = a->pool, .mem = m, .request = STR("tick") };
	bool was = a->healthy;

	a->ticking = true;
	judge_database(a, sql_system_state(&db));
	judge_host(a);
	a->healthy = true;
	for (int c = 0; c < CHECK__MAX; c++)
		a->healthy = a->healthy && a->checks[c].ok;
	if (was != a->healthy)
		log_say(LOG_WARN, a->healthy ? "healthy" : "not healthy", LOG_Z("database", a->checks[CHECK_database].note),
		        LOG_Z("migrations", a->checks[CHECK_migrations].note), LOG_Z("disk", a->checks[CHECK_disk].note), LOG_Z("clock", a->checks[CHECK_clock].note),
		        LOG_Z("pools", a->checks[CHECK_pools].note), LOG_Z("audit", a->checks[CHECK_audit].note));
	a->ticked_us = clock_mono_us();
	a->ticking = false;
	mem_free(m);
}

/* Columns of system_state: now_us, migration, killed, reason, audit waits_us and fault. A switch that cannot be read stays as it was. */
static void judge_database(struct app *a, struct rows *rows)
{
	int64_t asked_us = clock_wall_us(), skew, migration;

	if (rows_err(rows) != E_OK || rows_count(rows) != 1) {
		say(a, CHECK_database, false, "not reachable");
		return;
	}
	say(a, CHECK_database, true, "%d of %d connections ready", pool_state(a->pool).ready, pool_state(a->pool).links);
	migration = rows_int(rows, 0, 1);
	say(a, CHECK_migrations, migration == SQL_MIGRATION, "at %lld, this build wants %d", (long long)migration, SQL_MIGRATION);
	skew = asked_us - rows_int(rows, 0, 0);
	say(a, CHECK_clock, llabs(skew) < CLOCK_SKEW_MOST_US, "%lld ms apart from the database", (long long)(skew / 1000));
	a->killed = a->settings.KILL_SWITCH || rows_bool(rows, 0, 2);
	snprintf(a->kill_reason, sizeof a->kill_reason, "%.*s", STR_FMT(rows_text(rows, 0, 3)));
	judge_audit(a, rows_int(rows, 0, 4), rows_text(rows, 0, 5));
}

static void judge_audit(struct app *a, int64_t waits_us, struct str fault)
{
	bool ok = !fault.p && waits_us < a->settings.AUDIT_WAIT_MOST * 1000000;

	if (fault.p)
		say(a, CHECK_audit, false, "%.*s", STR_FMT(fault));
	else
		say(a, CHECK_audit, ok, "%s", waits_us ? ok ? "an event waits for its seal" : "no event is being sealed" : "every event is sealed");
	a->audit_waits_us = waits_us;
	a->unaudited = a->settings.AUDIT_FAIL_CLOSED && !ok;
}

static void judge_host(struct app *a)
{
	int64_t gauges[METRIC__MAX][PROGRAM__MAX] = { 0 };
	int64_t free_mb;

	app_gauges(a, gauges);
	free_mb = gauges[METRIC_disk_free_bytes][0] >> 20;
	say(a, CHECK_disk, free_mb >= a->settings.MIN_FREE_MB, "%lld MiB free, %lld wanted", (long long)free_mb, (long long)a->settings.MIN_FREE_MB);
	judge_pools(a, gauges[METRIC_workers]);
}

/* Requests are answered without the programs that serve none. */
static void judge_pools(struct app *a, const int64_t workers[PROGRAM__MAX])
{
	char alive[sizeof a->checks->note] = "";
	size_t n = 0;
	bool ok = true;

	for (int p = 0; p < PROGRAM__MAX; p++) {
		if (n < sizeof alive)
			n += (size_t)snprintf(alive + n, sizeof alive - n, "%s%lld %s", p ? ", " : "", (long long)workers[p], program_name((enum program)p));
		ok = ok && (workers[p] || !program_serves((enum program)p));
	}
	say(a, CHECK_pools, ok, "%s workers alive", alive);
}

void app_gauges(const struct app *a, int64_t g[METRIC__MAX][PROGRAM__MAX])
{
	struct statvfs fs;
	char path[128];
	int64_t now = clock_mono_us();

	snprintf(path, sizeof path, "%.*s", STR_FMT(a->settings.STATE_DIR));
	g[METRIC_disk_free_bytes][0] = statvfs(path, &fs) == 0 ? (int64_t)fs.f_bavail * (int64_t)fs.f_frsize : 0;
	g[METRIC_kill_switch][0] = a->killed;
	g[METRIC_healthy][0] = a->healthy;
	g[METRIC_bkg_audit_wait_seconds][0] = a->audit_waits_us / 1000000;
	for (int p = 0; p < PROGRAM__MAX; p++)
		for (int i = 0; i < SHARED_SLOTS; i++) {
			const struct beat *b = &a->shared->beats[p][i];

			if (b->at_us == 0 || b->at_us > now || now - b->at_us > BEAT_FRESH_US) /* later than now: from before a reboot */
				continue;
			g[METRIC_workers][p]++;
			g[METRIC_database_links][p] += b->links;
			g[METRIC_database_links_ready][p] += b->links_ready;
			g[METRIC_database_in_flight][p] += b->in_flight;
		}
}

static void beat(struct app *a)
{
	struct beat *b = &a->shared->beats[a->program][a->worker % SHARED_SLOTS];
	struct pool_state s = pool_state(a->pool);

	b->at_us = clock_mono_us();
	b->links = s.links;
	b->links_ready = s.ready;
	b->in_flight = s.in_flight;
	metric_add(&a->metrics, METRIC_database_waits_total, (size_t)a->program, s.syncs - a->syncs_told);
	metric_add(&a->metrics, METRIC_log_lines_dropped_total, (size_t)a->program, log_dropped() - a->dropped_told);
	a->syncs_told = s.syncs;
	a->dropped_told = log_dropped();
}

static void say(struct app *a, enum check c, bool ok, const char *fmt, ...)
{
	va_list args;

	a->checks[c].ok = ok;
	va_start(args, fmt);
	vsnprintf(a->checks[c].note, sizeof a->checks[c].note, fmt, args);
	va_end(args);
}

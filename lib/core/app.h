#ifndef CORE_APP_H
#define CORE_APP_H
#include "lib/base/loop.h"
#include "lib/core/door.h"
#include "lib/core/metric.h"
#include "lib/core/settings.h"
#include "lib/core/token.h"
#include "lib/ext/db.h"

#define APP_VERSION "7.0.0"

/* What a worker holds for its whole life: settings, keys, database links, shared memory, and what it knows of the installation,
 * asked anew twice a second. */
enum check { CHECK_database, CHECK_migrations, CHECK_disk, CHECK_clock, CHECK_pools, CHECK_audit, CHECK__MAX };

struct app_check {
	bool ok;
	char note[80]; /* what is so, for a person; no secret, no library text */
};

struct app {
	struct settings settings;
	enum program program;
	int worker;
	struct mem *mem; /* lives as long as the worker */
	struct loop *loop;
	struct pool *pool;
	struct shared *shared;
	struct metrics metrics;
	struct token_keys keys;
	unsigned char factor_key[KEY_SIZE]; /* the secrets of second factors are sealed with it; auth alone has it */
	struct keyring audit_keys, checkpoint_keys;
	struct door door;
	unsigned char webhook_key[KEY_SIZE];  /* the secrets of webhooks are sealed with it */
	unsigned char rotation_key[KEY_SIZE]; /* other installations sign with it */
	bool has_rotation_key;
	struct timer timer;
	int64_t opened_us, ticked_us, syncs_told, dropped_told, audit_waits_us;
	bool ticking, killed, unaudited, healthy;
	char kill_reason[200];
	struct app_check checks[CHECK__MAX];
};

struct app_plan {
	enum program program;
	int readers, writers;     /* database links */
	bool listens;             /* on them, for notifications */
	const struct metric_labels *labels;
};

/* In the parent, before forking: settings, keys and shared memory. false: *why names what to mend. */
bool app_prepare(struct app *a, const struct app_plan *plan, struct str *why);
/* In a worker: loop and database links. */
void app_open(struct app *a, const struct app_plan *plan, int worker);
void app_close(struct app *a);
/* Its links are all up, or have had a second to come up: before that a worker takes no request, so that a new one refuses none. */
bool app_settled(const struct app *a);

/* Asks the database for what must be known, when half a second has gone by; in the event loop a timer does it. */
void app_tick(struct app *a);
void app_gauges(const struct app *a, int64_t gauges[METRIC__MAX][PROGRAM__MAX]);
const char *app_check_name(enum check c);

#endif

#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H
/* One worker in a throw-away state folder, and whole requests to it through the transport in memory. */
#include "tests/unit/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cgi-bin/routes.h"
#include "lib/base/log.h"
#include "lib/web/transport.h"

struct said { const char *name, *value; };

struct world {
	char folder[32];
	struct app app;
	struct router *router;
	struct mem *mem;
};

static inline void world_file(const struct world *w, const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", w->folder, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, 0400);
	setenv(name, path, 1);
}

/* The settings in `more` (ends with a NULL name) stand in the environment; database: a libpq conninfo. */
static inline void world_open(struct world *w, const char *database, const struct said *more)
{
	static const struct app_plan plan = { PROGRAM_api, .readers = 1, .writers = 1, .labels = &all_labels };
	struct str why = STR_NONE;
	char run[64];

	log_open("test", LOG_ERROR);
	for (size_t i = 0; i < n_setting_infos; i++)
		unsetenv(setting_infos[i].name);
	snprintf(w->folder, sizeof w->folder, "/tmp/la-world-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(run, sizeof run, "%s/run", w->folder);
	mkdir(run, 0700);
	setenv("STATE_DIR", w->folder, 1);
	setenv("DB_CONNINFO", database, 1);
	setenv("MIN_FREE_MB", "0", 1);
	world_file(w, "JWT_KEY_FILE", "k1:00112233445566778899aabbccddeeff0123456789abcdef0f1e2d3c4b5a6978\n");
	world_file(w, "AUDIT_KEY_FILE", "a1:30213243546576879809a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6\n");
	world_file(w, "WEBHOOK_KEY_FILE", "1b2c3d4e5f60718293a4b5c6d7e8f9010f1e2d3c4b5a69788796a5b4c3d2e1f0\n");
	world_file(w, "REFRESH_KEY_FILE", "8f0e7d6c5b4a39281706f5e4d3c2b1a09182736455647382910afbecd0e1f2a3\n");
	world_file(w, "FACTOR_KEY_FILE", "30b1c2d3e4f5061728394a5b6c7d8e9fa0918273645546372819f0e1d2c3b4a5\n");
	for (; more && more->name; more++)
		setenv(more->name, more->value, 1);
	if (!app_prepare(&w->app, &plan, &why))
		fail_msg("%.*s", STR_FMT(why));
	app_open(&w->app, &plan, 0);
	w->mem = mem_new(ARENA_MOST);
	w->router = router_new(w->app.mem, &all_routes, PROGRAM__MAX);
}

static inline int world_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void world_close(struct world *w)
{
	app_close(&w->app);
	shared_close(w->app.shared);
	mem_free(w->mem);
	mem_free(w->app.mem);
	nftw(w->folder, world_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The answer lives until the next request. */
static inline struct answer ask_with(struct world *w, const char *method, const char *uri, struct str body, const struct said *more)
{
	struct str params[32][2] = { { STR("REQUEST_METHOD"), str_from(method) }, { STR("REQUEST_URI"), str_from(uri) } };
	size_t n = 2;

	for (; more->name; more++, n++) {
		params[n][0] = str_from(more->name);
		params[n][1] = str_from(more->value);
	}
	mem_reset(w->mem);
	return via_memory(&w->app, w->router, w->mem, &(struct asked){ (const struct str(*)[2])params, n, body });
}

/* ask(&w, "GET", "/me", STR(""), { "HTTP_ACCEPT", "text/html" }) */
#define ask(w, method, uri, body, ...) ask_with((w), (method), (uri), (body), (const struct said[]){ __VA_ARGS__ __VA_OPT__(,) { NULL, NULL } })

/* A POST of JSON with its headers. */
static inline struct answer ask_json(struct world *w, const char *method, const char *uri, const char *text)
{
	char n[24];

	snprintf(n, sizeof n, "%zu", strlen(text));
	return ask(w, method, uri, str_from(text), { "CONTENT_TYPE", "application/json" }, { "CONTENT_LENGTH", n });
}

/* The value of a header line; absent when it is not there, and a failure when it stands there twice. */
static inline struct str header(struct answer a, const char *name)
{
	struct str rest = a.head, line, found = STR_NONE, key;

	while (rest.n && str_cut(&rest, '\n', &line)) {
		if (!line.n || line.p[line.n - 1] != '\r')
			fail_msg("a header line does not end in CRLF: %.*s", STR_FMT(line));
		line.n--;
		if (!str_cut(&line, ':', &key) || !str_is_nocase(key, str_from(name)))
			continue;
		if (found.p)
			fail_msg("header %s stands there twice", name);
		found = str_trim(line);
	}
	return found;
}

#endif

/* nginx locations, the TypeScript client, and the reference pages. */
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/print/print.h"
#include "lib/base/err.h"
#include "lib/core/key_type.h"

static void ts_name(const char *name);
static void ts_type(const struct schema *s, const char *otherwise);
static void ts_field(const struct field *f);
static bool share_location(const struct route *a, const struct route *b);
static size_t fixed_part(const char *path);
static const char *span(int64_t seconds);

/* Exact where the path is fixed; else the prefix up to the first parameter, or a regular expression where programs share the prefix. */
void print_locations(void)
{
	puts("# Printed from routes.def.");
	for (size_t i = 0; i < all_routes.n; i++) {
		const struct route *r = &all_routes.list[i];
		size_t fixed = fixed_part(r->path);
		bool seen = false, with_body = false, shared = false;

		for (size_t k = 0; k < all_routes.n; k++) {
			const struct route *o = &all_routes.list[k];

			if (!share_location(r, o))
				continue;
			seen = seen || k < i;
			with_body = with_body || o->body != BODY_NONE;
			shared = shared || o->program != r->program;
		}
		if (shared) {
			fprintf(stderr, "%s: paths under one prefix belong to different programs\n", r->path);
			exit(1);
		}
		if (!seen)
			printf("location %s%.*s { client_max_body_size %s; include %s.conf; }\n", r->path[fixed] ? "" : "= ", (int)fixed, r->path, with_body ? "1m" : "1k",
			       program_name(r->program));
	}
}

void print_nginx_errors(void)
{
	static const struct { int status; enum err err; } own[] = {
		{ 400, E_BAD_REQUEST }, { 404, E_NOT_FOUND }, { 405, E_NO_METHOD }, { 408, E_TIMEOUT }, { 412, E_BAD_REQUEST }, { 413, E_TOO_LARGE }, { 414, E_URI_TOO_LONG },
		{ 416, E_BAD_REQUEST }, { 429, E_TOO_FAST }, { 431, E_BIG_HEADERS }, { 500, E_INTERNAL }, { 501, E_BAD_REQUEST }, { 503, E_NOT_READY }, { 505, E_BAD_REQUEST },
	};

	puts("# Printed from errors.def: what nginx says on its own, in the one envelope.");
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		int s = own[i].status;
		const char *code = err_code(own[i].err), *title = err_title(own[i].err);

		printf("location @e%d { types { } default_type application/json; return %d '{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"request_id\":\"$rid\"}}'; }\n", s, s, code, title);
		printf("location @e%dp { types { } default_type application/problem+json; return %d '{\"type\":\"urn:life-agent:error:%s\",\"title\":\"%s\",\"status\":%d,"
		       "\"detail\":\"%s\",\"instance\":\"urn:life-agent:request:$rid\"}'; }\n", s, s, code, title, s, title);
	}
}

void print_client(void)
{
	static const char *const shapes[] = { "one", "page", "list", "empty", "text", "text" };

	puts("// Printed from routes.def by cgi-bin/print. `make docs` prints it anew.\n");
	puts("export interface Page<T> {\n\titems: T[];\n\tnext: string | null;\n}\n");
	for (const struct schema *const *s = all_schemas(); *s; s++) {
		printf("/** %s */\nexport interface ", (*s)->meaning);
		ts_name((*s)->name);
		puts(" {");
		for (const struct field *f = (*s)->fields; f->name; f++)
			ts_field(f);
		puts("}\n");
	}
	puts("/** What each operation takes (body or query) and gives. */\nexport interface Operations {");
	for (size_t i = 0; i < all_routes.n; i++) {
		const struct route *r = &all_routes.list[i];

		printf("\t%s: { takes: ", r->op);
		ts_type(r->takes, "undefined");
		printf("; gives: %s", r->shape == SHAPE_PAGE ? "Page<" : "");
		ts_type(r->gives, r->shape == SHAPE_EMPTY ? "undefined" : "string");
		printf("%s };\n", r->shape == SHAPE_PAGE ? ">" : r->shape == SHAPE_LIST ? "[]" : "");
	}
	puts("}\n\nexport type Operation = keyof Operations;\n");
	puts("/** How each operation travels: method, path, where its values go, shape of the answer, scope it needs. */\nexport const operations = {");
	for (size_t i = 0; i < all_routes.n; i++) {
		const struct route *r = &all_routes.list[i];

		printf("\t%s: { method: \"%s\", path: \"%s\", values: \"%s\", shape: \"%s\", scope: \"%s\" },\n", r->op, method_word(r->method, true), r->path,
		       r->body == BODY_NONE ? "query" : "body", shapes[r->shape], scope_infos[r->scope].text);
	}
	puts("} as const satisfies Record<Operation, { method: string; path: string; values: string; shape: string; scope: string }>;");
}

static void ts_name(const char *name)
{
	bool up = true;

	for (; *name; name++) {
		if (*name == '_')
			up = true;
		else
			putchar(up ? *name - (*name >= 'a' && *name <= 'z' ? 32 : 0) : *name), up = false;
	}
}

static void ts_type(const struct schema *s, const char *otherwise)
{
	if (s->fields)
		ts_name(s->name);
	else
		printf("%s", otherwise);
}

static void ts_field(const struct field *f)
{
	static const char *const types[T_ANY + 1] = {
		[T_INT] = "number", [T_BOOL] = "boolean", [T_LINES] = "string[]", [T_FLAGS] = "Record<string, boolean>", [T_ANY] = "unknown",
	};

	printf("\t/** %s */\n\t%s%s: ", f->meaning, f->name, f->need == OPTIONAL ? "?" : "");
	if (f->type == T_OBJECT)
		ts_name(f->of->name);
	else if (f->values)
		for (const char *const *v = f->values; *v; v++)
			printf("%s\"%s\"", v == f->values ? "" : " | ", *v);
	else
		printf("%s", types[f->type] ? types[f->type] : "string");
	printf("%s;\n", f->need == NULLABLE ? " | null" : "");
}

void print_routes(void)
{
	puts("# Routes\n\nPrinted from `cgi-bin/routes.def`. The machine-readable form is `/openapi.json`; to try them, open `/docs/`.\n");
	puts("| method | path | operation | program | needs | scope | summary |\n| --- | --- | --- | --- | --- | --- | --- |");
	for (size_t i = 0; i < all_routes.n; i++) {
		const struct route *r = &all_routes.list[i];

		printf("| %s | `%s` | `%s` | %s | %s | %s | %s |\n", method_word(r->method, true), r->path, r->op, program_name(r->program), role_needed(r),
		       scope_infos[r->scope].text, r->summary);
	}
}

void print_errors(void)
{
	puts("# Errors\n\nPrinted from `lib/base/errors.def`. The envelope is `{\"error\":{\"code\",\"message\",\"request_id\",\"details\"?}}`; with `Accept: application/problem+json` "
	     "the same facts come under the names of RFC 9457. Match on the code: it never changes.\n");
	puts("| status | code | message |\n| --- | --- | --- |");
	for (int i = 1; i < E__MAX; i++)
		printf("| %d | `%s` | %s |\n", err_http((enum err)i), err_code((enum err)i), err_title((enum err)i));
}

void print_settings(void)
{
	puts("# Settings\n\nPrinted from `lib/core/settings.def`. Every one comes from the environment of `make run`, or from `.env`.\n");
	puts("| name | kind | default | from | to | meaning |\n| --- | --- | --- | --- | --- | --- |");
	for (size_t i = 0; i < n_setting_infos; i++) {
		const struct setting_info *s = &setting_infos[i];

		printf("| `%s` | %s | `%s` | %lld | %lld | %s |\n", s->name, s->kind, *s->fallback ? s->fallback : " ", (long long)s->least, (long long)s->most, s->meaning);
	}
}

void print_metrics(void)
{
	puts("# Metrics\n\nPrinted from `lib/core/metrics.def`. `GET /metrics` gives them in Prometheus' text format; counters are summed over all workers of the host.\n");
	puts("| name | type | labels | meaning |\n| --- | --- | --- | --- |");
	for (int i = 0; i < METRIC__MAX; i++)
		printf("| `%s` | %s | %s | %s |\n", metric_infos[i].name, metric_infos[i].type, metric_infos[i].labels, metric_infos[i].help);
}

void print_scopes(void)
{
	puts("# Scopes\n\nPrinted from `lib/core/scopes.def`. A role has every scope at or below it; an API key may be narrowed to some of them.\n");
	puts("| scope | least role | for agents | second factor | meaning |\n| --- | --- | --- | --- | --- |");
	for (int i = 1; i < SCOPE__MAX; i++)
		printf("| `%s` | %s | %s | %s | %s |\n", scope_infos[i].text, role_name(scope_infos[i].least), agent_scopes(ADMIN) >> i & 1 ? "yes" : "",
		       scope_infos[i].proof == STEP_UP ? "again for changes" : "", scope_infos[i].meaning);
}

void print_keys(void)
{
	puts("# Key types\n\nPrinted from `lib/core/key_types.def`. A key keeps what it was issued with; a limit and a life of its own can be asked for. Scopes that are not among "
	     "[those there are](scopes.md) grant nothing yet.\n");
	puts("| type | token | role | requests a minute | ends after | renewed after | scopes | for |\n| --- | --- | --- | --- | --- | --- | --- | --- |");
	for (int t = 0; t < KEY__MAX; t++) {
		const struct key_type_info *i = &key_type_infos[t];

		if (i->letter)
			printf("| `%s` | `bkg_%c_…` | %s | %lld | %s | %s | %s | %s |\n", i->name, i->letter, role_name(i->role), (long long)i->per_minute, span(i->ttl_s), span(i->renew_s),
			       *i->scopes ? i->scopes : "all of the role", i->meaning);
	}
}

/* Days or hours; good until the next but one. */
static const char *span(int64_t seconds)
{
	static char text[2][24];
	static int at;

	at = !at;
	if (!seconds)
		return "never";
	snprintf(text[at], sizeof text[at], seconds % 86400 ? "%lld h" : "%lld days", (long long)(seconds % 86400 ? seconds / 3600 : seconds / 86400));
	return text[at];
}

void print_jobs(void)
{
	static const struct { const char *kind; int attempts, lease, every; const char *summary; } rows[] = {
#define JOB(kind, attempts, lease, every, summary) { #kind, attempts, lease, every, summary },
#include "cgi-bin/jobs.def"
#undef JOB
	};

	puts("# Background jobs\n\nPrinted from `cgi-bin/jobs.def`. Every 0: only when it is asked for.\n");
	puts("| kind | attempts | lease, s | every, s | what it does |\n| --- | --- | --- | --- | --- |");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		printf("| `%s` | %d | %d | %d | %s |\n", rows[i].kind, rows[i].attempts, rows[i].lease, rows[i].every, rows[i].summary);
}

static bool share_location(const struct route *a, const struct route *b)
{
	size_t n = fixed_part(a->path);

	if (!a->path[n] || !b->path[fixed_part(b->path)])
		return strcmp(a->path, b->path) == 0;
	return fixed_part(b->path) == n && strncmp(a->path, b->path, n) == 0;
}

static size_t fixed_part(const char *path)
{
	return strcspn(path, "{");
}

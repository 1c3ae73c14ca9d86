/* One tree, two notations. */
#include <string.h>

#include "cgi-bin/print/print.h"
#include "lib/base/check.h"

static void lead(struct emit *e, const char *key);
static void gap(const struct emit *e);
static void plain_key(const char *key);
static void quoted(const char *s);
static void open_node(struct emit *e, const char *key, bool is_list);

void emit_object(struct emit *e, const char *key)
{
	open_node(e, key, false);
}

void emit_list(struct emit *e, const char *key)
{
	open_node(e, key, true);
}

void emit_end(struct emit *e)
{
	bool empty = e->first[e->depth], list = e->is_list[e->depth];

	e->depth--;
	if (e->yaml) {
		if (empty)
			printf(" %s", list ? "[]" : "{}");
	} else if (empty) {
		printf(list ? "[]" : "{}");
	} else {
		printf("\n%*s%c", e->depth * 2, "", list ? ']' : '}');
	}
	if (e->depth == 0)
		putchar('\n');
}

void emit_text(struct emit *e, const char *key, const char *value)
{
	lead(e, key);
	gap(e);
	quoted(value);
}

void emit_int(struct emit *e, const char *key, int64_t value)
{
	lead(e, key);
	gap(e);
	printf("%lld", (long long)value);
}

void emit_bool(struct emit *e, const char *key, bool value)
{
	lead(e, key);
	gap(e);
	printf(value ? "true" : "false");
}

void emit_raw(struct emit *e, const char *key, const char *json)
{
	lead(e, key);
	gap(e);
	printf("%s", json);
}

static void open_node(struct emit *e, const char *key, bool is_list)
{
	if (e->depth > 0)
		lead(e, key);
	CHECK(e->depth + 1 < (int)(sizeof e->first));
	e->depth++;
	e->first[e->depth] = true;
	e->is_list[e->depth] = is_list;
}

/* Everything that stands before a value: the opening bracket of its parent when it is the first, separator, indentation, key. */
static void lead(struct emit *e, const char *key)
{
	bool first = e->first[e->depth], list = e->is_list[e->depth];

	e->first[e->depth] = false;
	if (e->yaml) {
		if (e->depth > 1 || !first)
			putchar('\n');
		printf("%*s", (e->depth - 1) * 2, "");
		if (list)
			printf("-");
		else
			plain_key(key);
		return;
	}
	if (first)
		putchar(list ? '[' : '{');
	printf("%s\n%*s", first ? "" : ",", e->depth * 2, "");
	if (key) {
		quoted(key);
		printf(": ");
	}
}

/* YAML wants a space before a value on the same line. */
static void gap(const struct emit *e)
{
	if (e->yaml)
		putchar(' ');
}

static void plain_key(const char *key)
{
	if (key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0' && strcmp(key, "on") != 0)
		printf("%s:", key);
	else {
		quoted(key);
		putchar(':');
	}
}

static void quoted(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

const char *method_word(enum method m, bool upper)
{
	static const char *const words[METHOD__MAX][2] = { { "get", "GET" }, { "post", "POST" }, { "put", "PUT" }, { "patch", "PATCH" }, { "delete", "DELETE" } };

	return words[m][upper];
}

const char *role_needed(const struct route *r)
{
	static const char *const words[] = { "anyone", "beginner, or anyone where PUBLIC_READ is on", "beginner", "advanced", "pro", "admin", "admin, or anybody on this host while no key exists" };

	return words[r->who];
}

static void add_schema(const struct schema *s, const struct schema **list, size_t *n)
{
	if (!s->fields)
		return;
	for (size_t i = 0; i < *n; i++)
		if (list[i] == s)
			return;
	CHECK(*n + 1 < 256);
	list[(*n)++] = s;
	for (const struct field *f = s->fields; f->name; f++)
		if (f->of)
			add_schema(f->of, list, n);
}

const struct schema *const *all_schemas(void)
{
	static const struct schema *list[256];
	size_t n = 0;

	for (size_t i = 0; i < all_routes.n; i++) {
		add_schema(all_routes.list[i].takes, list, &n);
		add_schema(all_routes.list[i].gives, list, &n);
	}
	list[n] = NULL;
	return list;
}

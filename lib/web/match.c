/* The path tree. */
#include "lib/web/match.h"

#include "lib/base/check.h"
#include "lib/base/url.h"

struct node {
	struct str segment;         /* absent: stands for any one segment */
	struct node *child, *next;
	const struct route *rows[METHOD__MAX];
};

struct router {
	struct node root;
	const struct routes *routes;
};

static const char *const method_names[METHOD__MAX] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

static struct node *grow(struct mem *m, struct node *at, struct str segment);
static const struct node *step(const struct node *at, struct str segment, bool *is_value);
static const struct route *row_for(const struct node *n, struct str method);
static struct str allowed(struct mem *m, const struct node *n);

struct router *router_new(struct mem *m, const struct routes *routes, enum program program)
{
	struct router *t = mem_alloc(m, sizeof *t);

	t->routes = routes;
	for (size_t i = 0; i < routes->n; i++) {
		const struct route *row = &routes->list[i];
		struct str rest = str_from(row->path + 1), segment;
		struct node *at = &t->root;

		CHECK(row->path[0] == '/');
		if (program != PROGRAM__MAX && row->program != program)
			continue;
		while (str_cut(&rest, '/', &segment))
			at = grow(m, at, segment.n && segment.p[0] == '{' ? STR_NONE : segment);
		CHECK(!at->rows[row->method]);
		at->rows[row->method] = row;
	}
	return t;
}

const struct routes *router_routes(const struct router *t)
{
	return t->routes;
}

enum err router_find(const struct router *t, struct mem *m, struct str method, struct str path, struct match *out)
{
	const struct node *at = &t->root;
	struct str rest, segment;
	int n = 0;

	*out = (struct match){ 0 };
	if (!path.n || path.p[0] != '/')
		return E_NOT_FOUND;
	rest = str_skip(path, 1);
	while (str_cut(&rest, '/', &segment)) {
		bool is_value = false;

		at = step(at, segment, &is_value);
		if (!at)
			return E_NOT_FOUND;
		if (is_value && (n == PATH_VALUES_MOST || !url_decode(m, segment, false, &out->values[n++])))
			return E_NOT_FOUND;
	}
	out->row = row_for(at, method);
	if (out->row)
		return E_OK;
	out->allow = allowed(m, at);
	return out->allow.n ? E_NO_METHOD : E_NOT_FOUND;
}

static struct node *grow(struct mem *m, struct node *at, struct str segment)
{
	struct node *n;

	for (n = at->child; n; n = n->next)
		if (!n->segment.p == !segment.p && str_is(n->segment, segment))
			return n;
	n = mem_alloc(m, sizeof *n);
	n->segment = segment;
	if (segment.p || !at->child) { /* the one that takes any stands last */
		n->next = at->child;
		at->child = n;
		return n;
	}
	for (at = at->child; at->next;)
		at = at->next;
	return at->next = n;
}

static const struct node *step(const struct node *at, struct str segment, bool *is_value)
{
	for (const struct node *n = at->child; n; n = n->next)
		if (!n->segment.p ? segment.n > 0 : str_is(n->segment, segment)) {
			*is_value = !n->segment.p;
			return n;
		}
	return NULL;
}

static const struct route *row_for(const struct node *n, struct str method)
{
	if (str_is(method, STR("HEAD")))
		method = STR("GET");
	for (int i = 0; i < METHOD__MAX; i++)
		if (n->rows[i] && str_is(method, str_from(method_names[i])))
			return n->rows[i];
	return NULL;
}

static struct str allowed(struct mem *m, const struct node *n)
{
	struct str out = STR("");

	for (int i = 0; i < METHOD__MAX; i++)
		if (n->rows[i])
			out = mem_strf(m, "%.*s%s%s", STR_FMT(out), out.n ? ", " : "", i == GET ? "GET, HEAD" : method_names[i]);
	return out;
}

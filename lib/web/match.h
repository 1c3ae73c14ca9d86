#ifndef WEB_MATCH_H
#define WEB_MATCH_H
#include "lib/web/web.h"

/* Finds a row by path and method: a tree of path segments, built once. */
struct router;

struct router *router_new(struct mem *m, const struct routes *routes, enum program program); /* the rows of one program; PROGRAM__MAX: all */
const struct routes *router_routes(const struct router *t);

struct match {
	const struct route *row;
	struct str values[PATH_VALUES_MOST]; /* of {…} segments, decoded; the rest absent */
	struct str allow;                    /* the methods that the path takes, where the one asked for is not among them */
};

/* E_NOT_FOUND: no such path. E_NO_METHOD: the path is there. */
enum err router_find(const struct router *t, struct mem *m, struct str method, struct str path, struct match *out);

#endif

#ifndef WEB_MATCH_H
#define WEB_MATCH_H
#include "lib/web/web.h"

/* Finds a row by path and method: a tree of path segments, built once. */
struct router;

struct router *router_new(struct mem *m, const struct routes *routes, enum program program); /* the rows of one program; PROGRAM__MAX: all */
const struct routes *router_routes(const struct router *t);

/* E_NOT_FOUND: no such path. E_NO_METHOD: the path is there; *allow lists what it takes. Values of {…} segments are put, decoded, into `values`. */
enum err router_find(const struct router *t, struct mem *m, struct str method, struct str path, const struct route **out,
                     struct str values[PATH_VALUES_MOST], struct str *allow);

#endif

#ifndef CGI_BIN_ROUTES_H
#define CGI_BIN_ROUTES_H
#include "cgi-bin/labels.h"
#include "lib/web/web.h"

/* Prototypes of every handler and schema that routes.def names: a handler without a row has none, a row without a handler does not link. */
#define ROUTE(method, path, op, program, who, scope, rate, takes, body, gives, shape, status, summary) \
	handler op; \
	extern const struct schema takes##_schema, gives##_schema;
#include "cgi-bin/routes.def"
#undef ROUTE

extern const struct routes all_routes;
bool route_is_alias(const struct route *row); /* of aliases.def */

#endif

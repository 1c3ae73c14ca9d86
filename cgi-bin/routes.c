/* The route table as the programs see it. */
#include "cgi-bin/routes.h"

static const struct route rows[] = {
#define ROUTE(method, path, op, program, who, scope, rate, takes, body, gives, shape, status, summary) \
	{ method, path, #op, op, PROGRAM_##program, WHO_##who, SCOPE_##scope, RATE_##rate, &takes##_schema, BODY_##body, &gives##_schema, SHAPE_##shape, status, summary },
#include "cgi-bin/routes.def"
#undef ROUTE
};

const struct routes all_routes = { rows, sizeof rows / sizeof *rows };

const struct schema nothing_schema = { "nothing", "", NULL, NULL };

/* The route table as the programs see it. */
#include "cgi-bin/routes.h"

static const struct route rows[] = {
#define ROUTE(method, path, op, program, who, scope, rate, takes, body, gives, shape, status, summary) \
	{ method, path, #op, op, PROGRAM_##program, WHO_##who, SCOPE_##scope, RATE_##rate, &takes##_schema, BODY_##body, &gives##_schema, SHAPE_##shape, status, summary },
#include "cgi-bin/routes.def"
#undef ROUTE
};

const struct routes all_routes = { rows, sizeof rows / sizeof *rows };

#define ALIAS(op, of) enum err op(struct req *r) { return of(r); }
#include "cgi-bin/aliases.def"
#undef ALIAS

bool route_is_alias(const struct route *row)
{
	static handler *const all[] = {
#define ALIAS(op, of) op,
#include "cgi-bin/aliases.def"
#undef ALIAS
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (row->run == all[i])
			return true;
	return false;
}

const struct schema nothing_schema = { "nothing", "", NULL, NULL };

SCHEMA(page_filter, "Which page.", NULL, F_PAGE);

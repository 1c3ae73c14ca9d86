/* The event-driven program: every route that is "check, one SQL statement, answer". */
#include "cgi-bin/routes.h"
#include "lib/core/parent.h"
#include "lib/web/transport.h"

static const struct app_plan app = { PROGRAM_api, .readers = 2, .writers = 4, .labels = &all_labels };

static void work(struct app *a, int listen_fd)
{
	via_loop(a, router_new(a->mem, &all_routes, PROGRAM_api), listen_fd);
}

static int64_t workers(const struct settings *s)
{
	return s->API_WORKERS;
}

int main(int argc, char **argv)
{
	return parent_main(argc, argv, &(struct parent_plan){ &app, workers, .workers_per_core = 1, .backlog = 4096, .work = work });
}

/* The blocking program for work that is CPU by design: password hashing and what belongs to it. A full backlog turns clients away. */
#include <malloc.h>
#include <sys/resource.h>

#include "cgi-bin/routes.h"
#include "lib/core/hash_slots.h"
#include "lib/core/parent.h"
#include "lib/web/transport.h"

static const struct app_plan app = { PROGRAM_auth, .readers = 1, .writers = 0, .labels = &all_labels };

static void work(struct app *a, int listen_fd)
{
	/* A hash's 19 MiB go back to the kernel when it is done: glibc would otherwise learn to keep them. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	/* Hashing takes what time the other programs leave, and all of it when they want none. */
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 5);
	hash_slots_open("hash_slots");
	via_fcgi(a, router_new(a->mem, &all_routes, PROGRAM_auth), listen_fd);
}

static int64_t workers(const struct settings *s)
{
	return s->AUTH_WORKERS;
}

int main(int argc, char **argv)
{
	return parent_main(argc, argv, &(struct parent_plan){ &app, workers, .workers_per_core = 2, .backlog = 64, .work = work });
}

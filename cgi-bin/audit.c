/* The sealer of the trail: a worker of its own that answers no requests. */
#include "cgi-bin/audit/sealer.h"
#include "cgi-bin/labels.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/core/parent.h"

static const struct app_plan app = { PROGRAM_audit, .readers = 1, .writers = 0, .labels = &all_labels };

static void work(struct app *a, int listen_fd)
{
	struct sealer s = { .app = a, .mem = mem_new(32 << 20), .text = BUF(16 << 20), .dir = -1 };

	(void)listen_fd;
	parent_ready();
	while (!parent_stopping()) {
		int64_t until = sealer_round(&s), now = clock_mono_us();

		for (until += now; now < until && !parent_stopping(); now = clock_mono_us())
			loop_turn(a->loop, until - now);
		log_flush();
	}
	sealer_close(&s);
	mem_free(s.mem);
}

static int64_t workers(const struct settings *s)
{
	(void)s;
	return 1;
}

int main(int argc, char **argv)
{
	return parent_main(argc, argv, &(struct parent_plan){ &app, workers, .workers_per_core = 1, .work = work });
}

#ifndef CORE_PARENT_H
#define CORE_PARENT_H
#include "lib/core/app.h"

/* The parent of one program's workers: binds the socket once (when the program serves requests), forks the workers, starts a new one for each that dies
 * (with back-off), and
 *   SIGTERM  lets every worker finish what it is at, then ends;
 *   SIGHUP   runs the program file anew with the socket kept: new workers up first, then the old ones finish.
 * A worker's `work` ends when parent_stopping() turns true; when it is retiring, a new generation has taken over already and it may take its time. */
struct parent_plan {
	const struct app_plan *app;
	int64_t (*workers)(const struct settings *s); /* how many; 0: `workers_per_core` for each core */
	int workers_per_core;
	int backlog;
	void (*work)(struct app *a, int listen_fd); /* -1 in a program that serves no requests */
};

int parent_main(int argc, char **argv, const struct parent_plan *plan);
bool parent_stopping(void);
bool parent_retiring(void);
void parent_hold(bool on); /* stop signals wait: they would break off what blocks in a library */
void parent_ready(void); /* a worker says that it is at work */

#endif

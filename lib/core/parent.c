/* Forking, watching and replacing workers. */
#include "lib/core/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cage.h"
#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { WORKERS_MOST = 64, PAUSE_LEAST_MS = 100, PAUSE_MOST_MS = 5000, LIVED_WELL_US = 5000000, NUDGE_MS = 250 };

struct worker {
	pid_t pid; /* 0: none; due at `due_us` */
	int64_t since_us, due_us;
	int pause_ms;
};

static struct {
	const struct parent_plan *plan;
	char **argv;
	struct app app;
	int listen_fd, ready_pipe[2], n, ready;
	struct worker workers[WORKERS_MOST];
	pid_t old[WORKERS_MOST]; /* of the generation before, until they are gone */
	int n_old;
	bool told; /* the supervisor knows that we are up */
} parent;

static volatile sig_atomic_t stopping, retiring;

static void on_stop(int sig);
static bool bind_socket(void);
static bool adopt(void);
static void fork_due(void);
static void be_worker(int index);
static void watch(void);
static void hear_ready(void);
static void reap(void);
static void stop_all(void);
static void reload(char **argv);
static void end_old(void);
static int64_t next_due_ms(void);

int parent_main(int argc, char **argv, const struct parent_plan *plan)
{
	struct str why;
	bool only_check = argc > 1 && strcmp(argv[1], "--check") == 0;

	log_open(program_name(plan->app->program), LOG_INFO);
	parent.plan = plan;
	parent.argv = argv;
	if (!app_prepare(&parent.app, plan->app, &why)) {
		log_say(LOG_ERROR, "cannot start", LOG_STR("why", why));
		return 2;
	}
	if (only_check)
		return 0;
	parent.n = (int)plan->workers(&parent.app.settings);
	if (parent.n == 0)
		parent.n = (int)sysconf(_SC_NPROCESSORS_ONLN) * plan->workers_per_core;
	if (parent.n > SHARED_SLOTS)
		parent.n = SHARED_SLOTS;
	if (!adopt() && !bind_socket())
		return 2;
	CHECK(pipe2(parent.ready_pipe, O_CLOEXEC | O_NONBLOCK) == 0);
	watch();
	return 0;
}

bool parent_stopping(void)
{
	return stopping;
}

void parent_ready(void)
{
	ssize_t one = write(parent.ready_pipe[1], "", 1);

	(void)one; /* a parent that is gone is noticed otherwise */
}

bool parent_retiring(void)
{
	return retiring;
}

void parent_hold(bool on)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGUSR1);
	CHECK(sigprocmask(on ? SIG_BLOCK : SIG_UNBLOCK, &stops, NULL) == 0);
}

static void on_stop(int sig)
{
	retiring = sig == SIGUSR1;
	stopping = 1;
}

/* None for a program that serves no requests. */
static bool bind_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *name = program_name(parent.app.program);
	int n = snprintf(at.sun_path, sizeof at.sun_path, "%.*s/run/%s.sock", STR_FMT(parent.app.settings.STATE_DIR), name);

	parent.listen_fd = -1;
	if (!program_serves(parent.app.program))
		return true;
	parent.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (n >= (int)sizeof at.sun_path) {
		log_say(LOG_ERROR, "cannot start", LOG_Z("why", "STATE_DIR is too long for a unix socket (107 bytes)"));
		return false;
	}
	unlink(at.sun_path);
	umask(0117);
	if (parent.listen_fd < 0 || bind(parent.listen_fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(parent.listen_fd, parent.plan->backlog) != 0) {
		log_say(LOG_ERROR, "cannot start", LOG_Z("socket", at.sun_path), LOG_Z("why", strerror(errno)));
		return false;
	}
	umask(0077);
	return true;
}

/* After a reload the socket and the old workers are still there, named in the environment. */
static bool adopt(void)
{
	const char *fd = getenv("LA_LISTEN_FD"), *old = getenv("LA_OLD_WORKERS");
	struct str rest = str_from(old), word;
	int64_t v;

	if (!fd || !str_to_int(str_from(fd), &v))
		return false;
	parent.listen_fd = (int)v;
	fcntl(parent.listen_fd, F_SETFD, FD_CLOEXEC); /* of -1 it is nothing */
	while (str_cut(&rest, ' ', &word))
		if (parent.n_old < WORKERS_MOST && str_to_int(word, &v))
			parent.old[parent.n_old++] = (pid_t)v;
	unsetenv("LA_LISTEN_FD");
	unsetenv("LA_OLD_WORKERS");
	return true;
}

static void watch(void)
{
	sigset_t all;
	struct timespec wait;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	while (!stopping) {
		int64_t ms;
		int sig;

		fork_due();
		ms = next_due_ms();
		wait = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
		sig = sigtimedwait(&all, NULL, &wait);
		reap();
		hear_ready();
		if (sig == SIGTERM || sig == SIGINT)
			stopping = 1;
		else if (sig == SIGHUP)
			reload(parent.argv);
		log_flush();
	}
	stop_all();
	log_flush();
}

static void fork_due(void)
{
	int64_t now = clock_mono_us();

	for (int i = 0; i < parent.n; i++) {
		struct worker *w = &parent.workers[i];

		if (w->pid || w->due_us > now)
			continue;
		log_flush();
		w->pid = fork();
		if (w->pid == 0)
			be_worker(i);
		if (w->pid < 0) {
			w->pid = 0;
			w->due_us = now + PAUSE_MOST_MS * 1000;
			continue;
		}
		w->since_us = now;
		metric_add(&parent.app.metrics, METRIC_worker_starts_total, (size_t)parent.app.program, 1);
	}
}

static void be_worker(int index)
{
	struct sigaction stop = { .sa_handler = on_stop };
	sigset_t none;
	char home[128];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGUSR1, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(parent.ready_pipe[0]);
	snprintf(home, sizeof home, "%.*s/run", STR_FMT(parent.app.settings.STATE_DIR));
	cage_enter(home);
	app_open(&parent.app, parent.plan->app, index);
	parent.plan->work(&parent.app, parent.listen_fd);
	app_close(&parent.app);
	log_flush();
	_exit(0);
}

static void reap(void)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		int64_t now = clock_mono_us();

		for (int i = 0; i < parent.n_old; i++)
			if (parent.old[i] == pid)
				parent.old[i] = parent.old[--parent.n_old];
		for (int i = 0; i < parent.n; i++) {
			struct worker *w = &parent.workers[i];

			if (w->pid != pid)
				continue;
			w->pid = 0;
			if (now - w->since_us > LIVED_WELL_US)
				w->pause_ms = 0;
			w->due_us = now + w->pause_ms * 1000;
			w->pause_ms = w->pause_ms == 0 ? PAUSE_LEAST_MS : w->pause_ms * 2 < PAUSE_MOST_MS ? w->pause_ms * 2 : PAUSE_MOST_MS;
			if (!stopping)
				log_say(LOG_WARN, "worker died", LOG_INT("pid", pid), LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
				        LOG_INT("exit", WIFEXITED(status) ? WEXITSTATUS(status) : -1));
		}
	}
}

/* Each worker writes a byte when it is at work; when all have, the supervisor hears of it and the old generation may go. */
static void hear_ready(void)
{
	char bytes[WORKERS_MOST];
	ssize_t n = read(parent.ready_pipe[0], bytes, sizeof bytes);
	int64_t fd = parent.app.settings.READY_FD;

	if (n > 0)
		parent.ready += (int)n;
	if (parent.ready < parent.n)
		return;
	if (!parent.told && fd >= 0 && write((int)fd, "\n", 1) == 1)
		close((int)fd);
	parent.told = true;
	end_old();
}

static void end_old(void)
{
	for (int i = 0; i < parent.n_old; i++)
		kill(parent.old[i], stopping ? SIGTERM : SIGUSR1);
}

static int64_t next_due_ms(void)
{
	int64_t now = clock_mono_us(), ms = parent.ready < parent.n || parent.n_old ? 50 : 1000;

	for (int i = 0; i < parent.n; i++)
		if (!parent.workers[i].pid && (parent.workers[i].due_us - now) / 1000 + 1 < ms)
			ms = parent.workers[i].due_us > now ? (parent.workers[i].due_us - now) / 1000 + 1 : 0;
	return ms;
}

/* A worker may have been just ahead of its blocking accept when the signal came: it is told again until it has gone. */
static void stop_all(void)
{
	const struct timespec nudge = { 0, NUDGE_MS * 1000000 };
	sigset_t child;
	bool left;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	do {
		left = false;
		for (int i = 0; i < parent.n; i++)
			if (parent.workers[i].pid) {
				kill(parent.workers[i].pid, SIGTERM);
				left = true;
			}
		end_old();
		if (left || parent.n_old)
			sigtimedwait(&child, NULL, &nudge);
		reap();
	} while (left || parent.n_old);
}

/* The new image is asked first whether it can start at all: a bad setting leaves the running generation as it is. */
static void reload(char **argv)
{
	char fd[16], old[WORKERS_MOST * 12] = "";
	char *check[] = { argv[0], (char[]){ "--check" }, NULL };
	size_t n = 0;
	int status;
	pid_t pid = fork();
	sigset_t none;

	sigemptyset(&none);
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		alarm(10); /* asking must not take for ever */
		execv(argv[0], check);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		log_say(LOG_ERROR, "reload refused: the new settings or program do not start; see the line above");
		return;
	}
	for (int i = 0; i < parent.n; i++)
		if (parent.workers[i].pid)
			n += (size_t)snprintf(old + n, sizeof old - n, "%s%d", n ? " " : "", parent.workers[i].pid);
	for (int i = 0; i < parent.n_old; i++)
		n += (size_t)snprintf(old + n, sizeof old - n, "%s%d", n ? " " : "", parent.old[i]);
	snprintf(fd, sizeof fd, "%d", parent.listen_fd);
	setenv("LA_LISTEN_FD", fd, 1);
	setenv("LA_OLD_WORKERS", old, 1);
	fcntl(parent.listen_fd, F_SETFD, 0);
	log_say(LOG_INFO, "reloading");
	log_flush();
	execv(argv[0], argv);
	log_say(LOG_ERROR, "reload failed", LOG_Z("why", strerror(errno)));
	fcntl(parent.listen_fd, F_SETFD, FD_CLOEXEC);
}

/* The cage: what a worker that took over a parser bug still cannot do. */
#include "tests/unit/test.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "lib/base/cage.h"

/* Runs try in a caged child: what it returns. */
static int caged(int (*try)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		cage_enter("/");
		_exit(try());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int try_exec(void)
{
	char *none[] = { NULL };

	execve("/bin/true", none, none);
	return errno;
}

static int try_ptrace(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno; }
static int try_unshare(void) { return unshare(CLONE_NEWUSER) == 0 ? 0 : errno; }
static int try_mount(void) { return mount("none", "/mnt", "tmpfs", 0, NULL) == 0 ? 0 : errno; }
static int try_raw(void) { return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : errno; }
static int try_setuid(void) { return setresuid(65534, 65534, 65534) == 0 ? 0 : errno; }

static int look_at_flags(void)
{
	struct rlimit core;

	getrlimit(RLIMIT_CORE, &core);
	return (core.rlim_max != 0) | (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) << 1 | (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) << 2;
}

static int serve_on(void)
{
	int fd[2];
	char c;

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0 && write(fd[0], "x", 1) == 1 && read(fd[1], &c, 1) == 1 && getpid() > 0 ? 0 : 1;
}

static void what_serving_never_needs_is_refused(void **state)
{
	(void)state;
	assert_int_equal(caged(try_exec), EPERM);
	assert_int_equal(caged(try_ptrace), EPERM);
	assert_int_equal(caged(try_unshare), EPERM);
	assert_int_equal(caged(try_mount), EPERM);
	assert_int_equal(caged(try_raw), EPERM);
	assert_int_equal(caged(try_setuid), EPERM);
}

static void no_core_no_new_rights_not_dumpable(void **state)
{
	(void)state;
	assert_int_equal(caged(look_at_flags), 0);
}

static void what_serving_needs_still_works(void **state)
{
	(void)state;
	assert_int_equal(caged(serve_on), 0);
}

static void nowhere(void) { cage_enter("/nonexistent"); }

static void a_missing_home_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(nowhere));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_serving_never_needs_is_refused),
		cmocka_unit_test(no_core_no_new_rights_not_dumpable),
		cmocka_unit_test(what_serving_needs_still_works),
		cmocka_unit_test(a_missing_home_ends_the_process),
	};

	return cmocka_run_group_tests_name("base/cage", tests, NULL, NULL);
}

#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H
/* What every unit test includes: cmocka, in the order it asks for, and a few words of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define assert_str(s, lit) do { struct str s_ = (s); assert_int_equal(s_.n, sizeof(lit) - 1); assert_memory_equal(s_.p, lit, s_.n); } while (0)
#define assert_has(s, lit) do { struct str s_ = (s); if (!s_.p || !memmem(s_.p, s_.n, lit, sizeof(lit) - 1)) fail_msg("no \"%s\" in: %.*s", lit, STR_FMT(s_)); } while (0)
#define assert_lacks(s, lit) do { struct str s_ = (s); if (s_.p && memmem(s_.p, s_.n, lit, sizeof(lit) - 1)) fail_msg("\"%s\" in: %.*s", lit, STR_FMT(s_)); } while (0)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether fn ends its process by CHECK or abort; what it says is swallowed. */
static inline int dies(void (*fn)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* A small generator with a fixed seed: the same run every time. */
static inline uint64_t xorshift(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

#endif

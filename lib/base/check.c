/* Ends the process at a broken invariant. */
#include "lib/base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "{\"level\":\"fatal\",\"message\":\"check failed\",\"check\":\"%s:%d\"}\n", file, line);
	(void)cond; /* in the core of a debugger; on the log line it would need escapes */
	abort();
}

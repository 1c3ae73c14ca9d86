/* Ends the process at a broken invariant. */
#include "lib/base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "{\"level\":\"fatal\",\"message\":\"check failed\",\"check\":\"%s:%d\"}\n", file, line);
	fprintf(stderr, "check failed: %s\n", cond);
	abort();
}

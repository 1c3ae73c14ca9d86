#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
/* What every target shares. libFuzzer calls LLVMFuzzerTestOneInput; tests/fuzz/replay.c calls it with each file of the corpus. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/check.h"
#include "lib/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What must hold whatever comes in. */
#define HOLDS(cond) CHECK(cond)

/* An arena of the size that a request has; when the input outgrows it, the target gives up as `serve` would. */
#define ARENA (16 << 20)

static inline struct str fuzz_str(const uint8_t *data, size_t n) { return (struct str){ (const char *)data, n }; }

/* Cuts the input at the first newline. */
static inline struct str fuzz_line(struct str *rest)
{
	struct str line = STR("");

	str_cut(rest, '\n', &line);
	if (!rest->p)
		*rest = STR("");
	return line;
}

#endif

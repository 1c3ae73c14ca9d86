/* The programs by name. */
#include "lib/base/program.h"

#include "lib/base/check.h"

const char *program_name(enum program p)
{
	static const char *const names[] = {
#define PROGRAM(name, why) #name,
#include "lib/base/program.def"
#undef PROGRAM
	};

	CHECK(p < PROGRAM__MAX);
	return names[p];
}

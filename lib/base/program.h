#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H
#include <stdbool.h>

enum program {
#define PROGRAM(name, serves, role, keys, why) PROGRAM_##name,
#include "lib/base/program.def"
#undef PROGRAM
	PROGRAM__MAX
};

const char *program_name(enum program p);
bool program_serves(enum program p);                    /* requests, by a socket */
bool program_has_key(enum program p, const char *name); /* of its own copy */

#endif

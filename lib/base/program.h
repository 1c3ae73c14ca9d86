#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

enum program {
#define PROGRAM(name, why) PROGRAM_##name,
#include "lib/base/program.def"
#undef PROGRAM
	PROGRAM__MAX
};

const char *program_name(enum program p);

#endif

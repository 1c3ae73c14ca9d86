/* The programs by name, and what each is given. */
#include "lib/base/program.h"

#include "lib/base/check.h"
#include "lib/base/str.h"

enum { NOTHING, REQUESTS };

static const struct {
	const char *name, *keys;
	bool serves;
} rows[] = {
#define PROGRAM(name, serves, role, keys, why) { #name, keys, serves == REQUESTS },
#include "lib/base/program.def"
#undef PROGRAM
};

const char *program_name(enum program p)
{
	CHECK(p < PROGRAM__MAX);
	return rows[p].name;
}

bool program_serves(enum program p)
{
	CHECK(p < PROGRAM__MAX);
	return rows[p].serves;
}

bool program_has_key(enum program p, const char *name)
{
	struct str rest, word;

	CHECK(p < PROGRAM__MAX);
	rest = str_from(rows[p].keys);
	while (str_cut(&rest, ' ', &word))
		if (str_is(word, str_from(name)))
			return true;
	return false;
}

/* Method and path against the real route table: a row, or an honest no. */
#include "tests/fuzz/fuzz.h"

#include "cgi-bin/routes.h"
#include "lib/web/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct router *all, *api;
	static struct mem *for_ever;
	struct mem *m = mem_new(ARENA);
	struct str path = fuzz_str(data, n), method = fuzz_line(&path);
	struct match hit = { 0 }, same = { 0 };
	enum err e;

	if (!all) {
		for_ever = mem_new(ARENA);
		all = router_new(for_ever, &all_routes, PROGRAM__MAX);
		api = router_new(for_ever, &all_routes, PROGRAM_api);
	}
	e = router_find(all, m, method, path, &hit);
	HOLDS(e == E_OK || e == E_NO_METHOD || e == E_NOT_FOUND);
	HOLDS((e == E_OK) == (hit.row != NULL) && (e == E_NO_METHOD) == (hit.allow.n > 0));
	for (int i = 0; i < PATH_VALUES_MOST && hit.row; i++)
		HOLDS(!hit.values[i].p || (str_is_utf8(hit.values[i]) && !memchr(hit.values[i].p, 0, hit.values[i].n)));
	if (hit.row && hit.row->program == PROGRAM_api)
		HOLDS(router_find(api, m, method, path, &same) == E_OK && same.row == hit.row);
	mem_free(m);
	return 0;
}

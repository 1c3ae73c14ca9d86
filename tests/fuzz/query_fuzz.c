/* Query strings, form bodies and cookies: what is taken is clean text under names that stand once. */
#include "tests/fuzz/fuzz.h"

#include "lib/base/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mem *m = mem_new(ARENA);
	struct str text = fuzz_str(data, n), rest = text, name = fuzz_line(&rest), one, decoded;
	struct pairs p;

	if (url_parse(m, text, &p)) {
		HOLDS(p.n <= 64);
		for (size_t i = 0; i < p.n; i++) {
			HOLDS(str_is_utf8(p.list[i].name) && str_is_utf8(p.list[i].value));
			HOLDS(!memchr(p.list[i].name.p, 0, p.list[i].name.n) && !memchr(p.list[i].value.p, 0, p.list[i].value.n));
			for (size_t k = 0; k < i; k++)
				HOLDS(!str_is(p.list[i].name, p.list[k].name));
		}
	}
	if (url_decode(m, text, false, &decoded))
		HOLDS(decoded.n <= n && str_is_utf8(decoded));
	one = cookie_find(rest, name);
	if (one.p)
		HOLDS(one.p >= rest.p && one.p + one.n <= rest.p + rest.n && !memchr(one.p, ';', one.n));
	mem_free(m);
	return 0;
}

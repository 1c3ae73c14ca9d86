/* JSON text: what the strict scan takes, json-c must take too (it aborts otherwise) and read as the same shape. */
#include "tests/fuzz/fuzz.h"

#include "lib/base/json.h"
#include "lib/ext/json.h"

static size_t walk(const struct json *j, int depth);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mem *m = mem_new(ARENA * 4);
	struct str text = fuzz_str(data, n), why = STR_NONE;
	struct json_fault fault = { 0 };
	const struct json *j;
	bool ok;

	ok = json_scan(m, text, &fault);
	HOLDS(ok || (fault.what && fault.at <= n));
	j = json_parse(m, text, &why);
	HOLDS(ok || !j);
	HOLDS(j || why.n > 0);
	if (j)
		HOLDS(walk(j, 0) <= 10000);
	mem_free(m);
	return 0;
}

/* How many values there are. */
static size_t walk(const struct json *j, int depth)
{
	const struct json *v;
	struct str name;
	void *at = NULL;
	size_t n = 1;
	bool there;

	HOLDS(depth <= 32);
	switch (json_kind(j)) {
	case JSON_TEXT: HOLDS(str_is_utf8(json_text(j)) && !memchr(json_text(j).p, 0, json_text(j).n)); break;
	case JSON_INT: (void)json_int(j); break;
	case JSON_BOOL: (void)json_flag(j); break;
	case JSON_LIST:
		for (size_t i = 0; i < json_count(j); i++)
			n += walk(json_at(j, i), depth + 1);
		break;
	case JSON_OBJECT:
		while (json_next(j, &at, &name, &v)) {
			HOLDS(json_field(j, name.p, &there) == v && there);
			n += walk(v, depth + 1);
		}
		break;
	case JSON_NULL:
	case JSON_NUMBER: break;
	}
	return n;
}

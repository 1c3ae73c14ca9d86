/* JSON trees over json-c. A `struct json` is a json_object; json-c shows null as a NULL pointer. */
#include "lib/ext/json.h"

#include <json-c/json.h>

#include "lib/base/check.h"
#include "lib/base/json.h"

static struct json_object *obj(const struct json *j)
{
	union { const struct json *in; struct json_object *out; } u = { .in = j };

	return u.out;
}

static const struct json *json(struct json_object *o)
{
	return (const struct json *)(const void *)o;
}

static void put(void *o)
{
	json_object_put(o);
}

const struct json *json_parse(struct mem *m, struct str text, struct str *why)
{
	struct json_fault fault;
	struct json_tokener *t;
	struct json_object *o;

	if (!json_scan(m, text, &fault)) {
		*why = mem_strf(m, "Not JSON at byte %zu: %s", fault.at, fault.what);
		return NULL;
	}
	t = json_tokener_new_ex(40);
	CHECK(t);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	o = json_tokener_parse_ex(t, mem_strz(m, text), (int)text.n + 1);
	CHECK(json_tokener_get_error(t) == json_tokener_success);
	json_tokener_free(t);
	if (!o) { /* the text `null` */
		*why = STR("The body is null");
		return NULL;
	}
	mem_defer(m, put, o);
	return json(o);
}

enum json_kind json_kind(const struct json *j)
{
	static const enum json_kind kinds[] = {
		[json_type_null] = JSON_NULL, [json_type_boolean] = JSON_BOOL, [json_type_double] = JSON_NUMBER, [json_type_int] = JSON_INT,
		[json_type_object] = JSON_OBJECT, [json_type_array] = JSON_LIST, [json_type_string] = JSON_TEXT,
	};

	return kinds[json_object_get_type(obj(j))];
}

const char *json_kind_name(enum json_kind k)
{
	static const char *const names[] = { "null", "true or false", "a whole number", "a number", "a text", "a list", "an object" };

	return names[k];
}

struct str json_text(const struct json *j)
{
	if (json_kind(j) != JSON_TEXT)
		return STR_NONE;
	return (struct str){ json_object_get_string(obj(j)), (size_t)json_object_get_string_len(obj(j)) };
}

int64_t json_int(const struct json *j)
{
	CHECK(json_kind(j) == JSON_INT);
	return json_object_get_int64(obj(j));
}

bool json_flag(const struct json *j)
{
	CHECK(json_kind(j) == JSON_BOOL);
	return json_object_get_boolean(obj(j));
}

size_t json_count(const struct json *j)
{
	enum json_kind k = json_kind(j);

	if (k == JSON_LIST)
		return json_object_array_length(obj(j));
	return k == JSON_OBJECT ? (size_t)json_object_object_length(obj(j)) : 0;
}

const struct json *json_at(const struct json *j, size_t i)
{
	CHECK(json_kind(j) == JSON_LIST && i < json_count(j));
	return json(json_object_array_get_idx(obj(j), i));
}

const struct json *json_field(const struct json *j, const char *name, bool *there)
{
	struct json_object *o = NULL;

	*there = json_kind(j) == JSON_OBJECT && json_object_object_get_ex(obj(j), name, &o);
	return json(o);
}

bool json_next(const struct json *j, void **walk, struct str *name, const struct json **value)
{
	struct lh_entry *e = *walk ? lh_entry_next((struct lh_entry *)*walk) : lh_table_head(json_object_get_object(obj(j)));

	*walk = e;
	if (!e)
		return false;
	*name = str_from(lh_entry_k(e));
	*value = json(lh_entry_v(e));
	return true;
}

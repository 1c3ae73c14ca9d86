/* What handlers ask of a request. */
#include <string.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/web/web.h"

static const struct value *value_of(struct req *r, const char *field);

bool req_has(struct req *r, const char *field)
{
	return value_of(r, field)->given;
}

struct str req_text(struct req *r, const char *field)
{
	const struct value *v = value_of(r, field);

	return v->given ? v->text : STR_NONE;
}

struct num req_num(struct req *r, const char *field)
{
	const struct value *v = value_of(r, field);

	return v->given ? NUM(v->num) : NUM_NONE;
}

struct flag req_flag(struct req *r, const char *field)
{
	const struct value *v = value_of(r, field);

	return (struct flag){ v->given && v->flag, v->given };
}

int64_t req_int(struct req *r, const char *field, int64_t otherwise)
{
	const struct value *v = value_of(r, field);

	return v->given ? v->num : otherwise;
}

struct str req_after(struct req *r)
{
	return req_has(r, "after") ? req_text(r, "after") : STR("ffffffff-ffff-ffff-ffff-ffffffffffff");
}

struct str req_id(struct req *r)
{
	CHECK(r->path_values[0].p);
	return r->path_values[0];
}

enum err req_fault(struct req *r, const char *path, const char *message)
{
	if (r->n_details < DETAILS_MOST)
		r->details[r->n_details++] = (struct detail){ str_from(path), str_from(message) };
	return E_INVALID;
}

int64_t req_now_s(void)
{
	return clock_wall_us() / 1000000;
}

bool route_steps_up(const struct route *r)
{
	return r->method != GET && scope_infos[r->scope].proof == STEP_UP;
}

static const struct value *value_of(struct req *r, const char *field)
{
	static const struct value absent;
	const struct schema *s = r->route->takes;
	const struct value *values = r->values;
	size_t n;
	int at;

	for (; field[n = strcspn(field, "/")]; field += n + 1) {
		at = schema_find(s, field, n);
		CHECK(at >= 0 && s->fields[at].of);
		if (!values[at].given)
			return &absent;
		s = s->fields[at].of;
		values = values[at].fields;
	}
	at = schema_find(s, field, n);
	CHECK(at >= 0);
	return &values[at];
}

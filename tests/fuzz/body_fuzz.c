/* Bodies against the schemas of real routes: what is taken keeps every promise that the schema makes to the handler. */
#include "tests/fuzz/fuzz.h"

#include "cgi-bin/routes.h"
#include "lib/base/json.h"
#include "lib/web/values.h"

static void look(const struct schema *s, const struct value *values);
static bool keeps(const struct field *f, const struct value *v);
static bool is_json(struct str s);
static bool within(const struct field *f, size_t n);
static bool has_control(struct str s);
static void look_at_list(const struct field *f, struct str literal);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct schema *const schemas[] = { &quest_new_schema, &quest_change_schema, &account_new_schema, &login_schema, &switch_new_schema, &quest_filter_schema,
	                                                &profile_change_schema, &key_new_schema, &agent_new_schema, &agent_change_schema, &agent_end_schema, &agent_filter_schema,
	                                                &namespace_new_schema, &namespace_change_schema, &namespace_member_new_schema, &namespace_member_change_schema,
	                                                &service_new_schema, &service_change_schema, &page_filter_schema, &factor_proof_schema, &totp_code_schema,
	                                                &audit_filter_schema, &audit_part_schema, &audit_newest_schema, &webhook_new_schema, &rotation_schema,
	                                                &cave_key_new_schema, &cave_key_turn_schema };
	struct value values[32];
	struct req r = { .values = values };
	struct mem *m;
	const struct schema *s;
	struct pairs pairs;
	enum err e;

	if (n < 1)
		return 0;
	r.mem = m = mem_new(ARENA * 4);
	s = schemas[data[0] % (sizeof schemas / sizeof *schemas)];
	memset(values, 0, sizeof values);
	e = values_from_json(&r, s, fuzz_str(data + 1, n - 1));
	HOLDS(e == E_OK || e == E_BAD_JSON || e == E_INVALID);
	HOLDS((e == E_INVALID) == (r.n_details > 0) && r.n_details <= DETAILS_MOST);
	if (e == E_OK)
		look(s, values);
	memset(values, 0, sizeof values);
	r.n_details = 0;
	if (url_parse(m, fuzz_str(data + 1, n - 1), &pairs) && values_from_pairs(&r, s, &pairs) == E_OK)
		look(s, values);
	mem_free(m);
	return 0;
}

static void look(const struct schema *s, const struct value *values)
{
	for (size_t i = 0; s->fields[i].name; i++) {
		const struct field *f = &s->fields[i];
		const struct value *v = &values[i];

		HOLDS(v->given ? keeps(f, v) : f->need != REQUIRED);
		if (v->given && f->type == T_LINES)
			look_at_list(f, v->text);
		if (v->given && f->type == T_OBJECT)
			look(f->of, v->fields);
	}
}

static bool keeps(const struct field *f, const struct value *v)
{
	switch (f->type) {
	case T_INT: return v->num >= f->min && v->num <= f->max;
	case T_LINE: return within(f, str_chars(v->text)) && !has_control(v->text);
	case T_TEXT: return within(f, str_chars(v->text)) && !memchr(v->text.p, 0, v->text.n);
	case T_SECRET: return within(f, v->text.n);
	case T_EMAIL: return memchr(v->text.p, '@', v->text.n) && !memchr(v->text.p, ' ', v->text.n);
	case T_UUID:
	case T_CURSOR: return str_is_uuid(v->text);
	case T_FLAGS: return v->text.n >= 2 && v->text.p[0] == '{' && is_json(v->text);
	case T_ENUM:
	case T_BOOL:
	case T_TIME:
	case T_LINES:
	case T_OBJECT:
	case T_ANY: break;
	}
	return true;
}

static bool is_json(struct str s)
{
	struct mem *m = mem_new(ARENA);
	struct json_fault fault;
	bool ok = json_scan(m, s, &fault);

	mem_free(m);
	return ok;
}

static bool within(const struct field *f, size_t n)
{
	return (int64_t)n >= f->min && (int64_t)n <= f->max;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/* A PostgreSQL array literal of quoted texts, to the letter: {"a","b"}. */
static void look_at_list(const struct field *f, struct str s)
{
	size_t at = 1;
	int64_t n = 0;

	HOLDS(s.n >= 2 && s.p[0] == '{' && s.p[s.n - 1] == '}');
	while (at < s.n - 1) {
		HOLDS(n++ < f->max && s.p[at++] == '"');
		for (; at < s.n && s.p[at] != '"'; at++)
			at += s.p[at] == '\\';
		HOLDS(at < s.n - 1);
		at++;
		HOLDS(at == s.n - 1 || s.p[at++] == ',');
	}
}

/* Checking what came in, field by field. */
#include "lib/web/values.h"

#include "lib/base/check.h"
#include "lib/base/code.h"
#include "lib/ext/json.h"

static enum err take_fields(struct req *r, const struct schema *s, const struct json *j, struct value *values);
static bool take_json(struct req *r, const struct field *f, const struct json *j, struct value *v);
static bool take_object(struct req *r, const struct field *f, const struct json *j, struct value *v);
static bool take_text(struct req *r, const struct field *f, struct str s, struct value *v);
static bool take_length(struct req *r, const struct field *f, struct str s, size_t n);
static bool take_email(struct req *r, const struct field *f, struct str s, struct value *v);
static bool is_email(struct str s);
static bool take_enum(struct req *r, const struct field *f, struct str s, struct value *v);
static bool take_cursor(struct req *r, const struct field *f, struct str s, struct value *v);
static bool take_int(struct req *r, const struct field *f, int64_t n, struct value *v);
static bool take_lines(struct req *r, const struct field *f, const struct json *j, struct value *v);
static bool take_flags(struct req *r, const struct field *f, const struct json *j, struct value *v);
static bool take_line(struct req *r, const struct field *f, const struct json *list, size_t i);
static struct str array_literal(struct mem *m, const struct json *list);
static enum err finish(struct req *r, const struct schema *s, const struct value *values);
static bool is_told(const struct req *r, struct str path);
static bool has_control(struct str s);
static bool wrong(struct req *r, const struct field *f, struct str message);

enum err values_from_json(struct req *r, const struct schema *s, struct str text)
{
	const struct json *body = json_parse(r->mem, text, &r->bad_json);

	if (!body)
		return E_BAD_JSON;
	if (json_kind(body) != JSON_OBJECT)
		return req_fault(r, "", mem_strf(r->mem, "must be an object, is %s", json_kind_name(json_kind(body))).p);
	return take_fields(r, s, body, r->values);
}

enum err values_from_pairs(struct req *r, const struct schema *s, const struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		int at = schema_find(s, p->list[i].name.p, p->list[i].name.n);

		if (at < 0)
			req_fault(r, mem_strf(r->mem, "/%.*s", (int)(p->list[i].name.n < 80 ? p->list[i].name.n : 80), p->list[i].name.p).p, "is not a field of this request");
		else
			r->values[at].given = take_text(r, &s->fields[at], p->list[i].value, &r->values[at]);
	}
	return finish(r, s, r->values);
}

static enum err take_fields(struct req *r, const struct schema *s, const struct json *j, struct value *values)
{
	const struct json *v;
	struct str name;
	void *walk = NULL;

	while (json_next(j, &walk, &name, &v)) {
		int at = schema_find(s, name.p, name.n);

		if (at < 0)
			req_fault(r, mem_strf(r->mem, "%.*s/%.*s", STR_FMT(r->within), (int)(name.n < 80 ? name.n : 80), name.p).p, "is not a field of this request");
		else
			values[at].given = take_json(r, &s->fields[at], v, &values[at]);
	}
	return finish(r, s, values);
}

static bool take_json(struct req *r, const struct field *f, const struct json *j, struct value *v)
{
	enum json_kind k = json_kind(j);
	static const enum json_kind wants[] = { [T_INT] = JSON_INT, [T_BOOL] = JSON_BOOL, [T_LINES] = JSON_LIST, [T_FLAGS] = JSON_OBJECT, [T_OBJECT] = JSON_OBJECT, [T_ANY] = JSON_NULL };
	enum json_kind want = wants[f->type] ? wants[f->type] : JSON_TEXT;

	if (f->type == T_ANY)
		return true;
	if (k != want)
		return wrong(r, f, mem_strf(r->mem, "must be %s, is %s", json_kind_name(want), json_kind_name(k)));
	if (f->type == T_INT)
		return take_int(r, f, json_int(j), v);
	if (f->type == T_LINES)
		return take_lines(r, f, j, v);
	if (f->type == T_FLAGS)
		return take_flags(r, f, j, v);
	if (f->type == T_OBJECT)
		return take_object(r, f, j, v);
	if (f->type == T_BOOL) {
		v->flag = json_flag(j);
		return true;
	}
	return take_text(r, f, json_text(j), v);
}

/* Its faults carry the path through it. */
static bool take_object(struct req *r, const struct field *f, const struct json *j, struct value *v)
{
	struct str outside = r->within;
	int before = r->n_details;

	v->fields = mem_alloc(r->mem, (schema_count(f->of) + 1) * sizeof *v->fields);
	r->within = mem_strf(r->mem, "%.*s/%s", STR_FMT(outside), f->name);
	take_fields(r, f->of, j, v->fields);
	r->within = outside;
	return r->n_details == before;
}

static bool take_text(struct req *r, const struct field *f, struct str s, struct value *v)
{
	int64_t n;

	v->text = s;
	switch (f->type) {
	case T_LINE:
		if (has_control(s))
			return wrong(r, f, STR("must not contain control characters"));
		return take_length(r, f, s, str_chars(s));
	case T_TEXT: return take_length(r, f, s, str_chars(s));
	case T_SECRET: return take_length(r, f, s, s.n);
	case T_EMAIL: return take_email(r, f, s, v);
	case T_ENUM: return take_enum(r, f, s, v);
	case T_CURSOR: return take_cursor(r, f, s, v);
	case T_INT: return str_to_int(s, &n) ? take_int(r, f, n, v) : wrong(r, f, STR("must be a whole number"));
	case T_UUID: return str_is_uuid(s) || wrong(r, f, STR("must be a UUID"));
	case T_TIME: return str_is_time(s) || wrong(r, f, STR("must be a time as in RFC 3339, with a zone"));
	case T_BOOL:
		v->flag = str_is(s, STR("true")) || str_is(s, STR("1"));
		return v->flag || str_is(s, STR("false")) || str_is(s, STR("0")) || wrong(r, f, STR("must be true or false"));
	case T_LINES:
	case T_FLAGS:
	case T_OBJECT:
	case T_ANY: break;
	}
	return wrong(r, f, STR("cannot be given here"));
}

static bool take_length(struct req *r, const struct field *f, struct str s, size_t n)
{
	const char *unit = f->type == T_SECRET ? "bytes" : "characters";

	if (memchr(s.p, 0, s.n))
		return wrong(r, f, STR("must not contain a NUL character"));
	if ((int64_t)n >= f->min && (int64_t)n <= f->max)
		return true;
	if (n == 0)
		return wrong(r, f, STR("must not be empty"));
	return wrong(r, f, (int64_t)n < f->min ? mem_strf(r->mem, "must have at least %lld %s, has %zu", (long long)f->min, unit, n)
	                                       : mem_strf(r->mem, "must have at most %lld %s, has %zu", (long long)f->max, unit, n));
}

static bool take_email(struct req *r, const struct field *f, struct str s, struct value *v)
{
	char *o;

	s = str_trim(s);
	if ((int64_t)s.n > f->max || !is_email(s))
		return wrong(r, f, STR("must be an e-mail address"));
	o = mem_strz(r->mem, s);
	for (size_t i = 0; i < s.n; i++)
		o[i] = (char)(o[i] >= 'A' && o[i] <= 'Z' ? o[i] + 32 : o[i]);
	v->text = (struct str){ o, s.n };
	return true;
}

/* One @ with something on both sides and a name that could be a host: more than that only a letter sent there can tell. */
static bool is_email(struct str s)
{
	struct str host;
	size_t at;

	if (!str_find(s, '@', &at) || at == 0 || at > 64 || has_control(s) || memchr(s.p, ' ', s.n))
		return false;
	host = str_skip(s, at + 1);
	return host.n && !memchr(host.p, '@', host.n) && host.p[0] != '.' && host.p[host.n - 1] != '.';
}

static bool take_enum(struct req *r, const struct field *f, struct str s, struct value *v)
{
	struct str all = STR("");

	for (const char *const *at = f->values; *at; at++) {
		if (str_is(s, str_from(*at))) {
			v->text = str_from(*at);
			return true;
		}
		all = mem_strf(r->mem, "%.*s%s%s", STR_FMT(all), all.n ? ", " : "", *at);
	}
	return wrong(r, f, mem_strf(r->mem, "must be one of: %.*s", STR_FMT(all)));
}

static bool take_cursor(struct req *r, const struct field *f, struct str s, struct value *v)
{
	struct str raw;

	if (s.n > 64 || !base64url_decode(r->mem, s, &raw) || raw.n != 16)
		return wrong(r, f, STR("must be the `next` of a page"));
	v->text = uuid_text(mem_raw(r->mem, 36), (const unsigned char *)raw.p);
	return true;
}

static bool take_int(struct req *r, const struct field *f, int64_t n, struct value *v)
{
	v->num = n;
	return (n >= f->min && n <= f->max) || wrong(r, f, mem_strf(r->mem, "must be from %lld to %lld", (long long)f->min, (long long)f->max));
}

static bool take_lines(struct req *r, const struct field *f, const struct json *j, struct value *v)
{
	size_t n = json_count(j);

	if ((int64_t)n > f->max)
		return wrong(r, f, mem_strf(r->mem, "must have at most %lld entries, has %zu", (long long)f->max, n));
	for (size_t i = 0; i < n; i++)
		if (!take_line(r, f, j, i))
			return false;
	v->text = array_literal(r->mem, j);
	return true;
}

static bool take_line(struct req *r, const struct field *f, const struct json *list, size_t i)
{
	struct str s = json_text(json_at(list, i));
	size_t chars = str_chars(s);

	if (!s.p || !chars || (int64_t)chars > f->each || has_control(s))
		return wrong(r, f, mem_strf(r->mem, "entry %zu must be a text of 1 to %lld characters without control characters", i, (long long)f->each));
	for (size_t k = 0; k < i; k++)
		if (str_is(s, json_text(json_at(list, k))))
			return wrong(r, f, mem_strf(r->mem, "entry %zu stands there twice", i));
	return true;
}

/* As PostgreSQL reads an array: {"a","b"}. */
static struct str array_literal(struct mem *m, const struct json *list)
{
	size_t n = json_count(list), room = 3;
	char *o, *start;

	for (size_t i = 0; i < n; i++)
		room += json_text(json_at(list, i)).n * 2 + 3;
	start = o = mem_raw(m, room);
	*o++ = '{';
	for (size_t i = 0; i < n; i++) {
		struct str s = json_text(json_at(list, i));

		if (i)
			*o++ = ',';
		*o++ = '"';
		for (size_t k = 0; k < s.n; k++) {
			if (s.p[k] == '"' || s.p[k] == '\\')
				*o++ = '\\';
			*o++ = s.p[k];
		}
		*o++ = '"';
	}
	*o++ = '}';
	return (struct str){ start, (size_t)(o - start) };
}

/* Written anew as JSON: names of letters, digits, '_', '-' and '.' need no escapes. */
static bool take_flags(struct req *r, const struct field *f, const struct json *j, struct value *v)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	struct str name, out = STR("{");
	const struct json *flag;
	void *walk = NULL;

	if ((int64_t)json_count(j) > f->max)
		return wrong(r, f, mem_strf(r->mem, "must have at most %lld names, has %zu", (long long)f->max, json_count(j)));
	while (json_next(j, &walk, &name, &flag)) {
		if (json_kind(flag) != JSON_BOOL || name.n < 1 || name.n > 40 || strspn(name.p, plain) != name.n)
			return wrong(r, f, STR("must map names of 1 to 40 letters, digits, '_', '-' and '.' to true or false"));
		out = mem_strf(r->mem, "%.*s%s\"%.*s\":%s", STR_FMT(out), out.n > 1 ? "," : "", STR_FMT(name), json_flag(flag) ? "true" : "false");
	}
	v->text = mem_strf(r->mem, "%.*s}", STR_FMT(out));
	return true;
}

static enum err finish(struct req *r, const struct schema *s, const struct value *values)
{
	for (size_t i = 0; s->fields && s->fields[i].name; i++) {
		const struct field *f = &s->fields[i];
		struct str path = mem_strf(r->mem, "%.*s/%s", STR_FMT(r->within), f->name);

		if (f->need == REQUIRED && !values[i].given && !is_told(r, path))
			req_fault(r, path.p, "is missing");
	}
	return r->n_details ? E_INVALID : E_OK;
}

/* Something is wrong with that field, or inside of it. */
static bool is_told(const struct req *r, struct str path)
{
	for (int i = 0; i < r->n_details; i++) {
		struct str told = r->details[i].path;

		if (str_has_prefix(told, path) && (told.n == path.n || told.p[path.n] == '/'))
			return true;
	}
	return false;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			return true;
	return false;
}

static bool wrong(struct req *r, const struct field *f, struct str message)
{
	req_fault(r, mem_strf(r->mem, "%.*s/%s", STR_FMT(r->within), f->name).p, message.p);
	return false;
}

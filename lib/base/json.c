/* The strict JSON reader: a recursive descent over the grammar of RFC 8259 that keeps nothing but the keys it has seen. */
#include "lib/base/json.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/rand.h"

#define DEPTH_MAX 32
#define VALUES_MAX 10000

struct key {
	struct key *next;
	struct str name;
};

struct scan {
	struct mem *m;
	const char *p, *at, *end;
	int depth, values;
	const char *what;
};

static bool value(struct scan *s);
static bool object(struct scan *s);
static bool array(struct scan *s);
static bool string(struct scan *s, struct str *out);
static bool string_end(struct scan *s, bool *plain);
static bool unescape(struct scan *s, const char *from, struct str *out);
static bool escape(struct scan *s, char **o);
static bool code_point(struct scan *s, unsigned *c);
static bool hex4(struct scan *s, unsigned *out);
static bool number(struct scan *s);
static bool digits(struct scan *s);
static bool word(struct scan *s, struct str w);
static bool fail(struct scan *s, const char *what);
static void space(struct scan *s);
static bool eat(struct scan *s, char c);
static char *put_utf8(char *o, unsigned c);

bool json_scan(struct mem *m, struct str text, struct json_fault *fault)
{
	struct scan s = { .m = m, .p = text.p, .at = text.p, .end = text.p + text.n };
	bool ok = str_is_utf8(text) ? value(&s) : fail(&s, "the text is not UTF-8");

	if (ok) {
		space(&s);
		ok = s.at == s.end || fail(&s, "there is text behind the value");
	}
	if (!ok)
		*fault = (struct json_fault){ (size_t)(s.at - s.p), s.what };
	return ok;
}

static bool value(struct scan *s)
{
	space(s);
	if (++s->values > VALUES_MAX)
		return fail(s, "more than 10,000 values");
	if (s->at == s->end)
		return fail(s, "the text ends where a value is expected");
	switch (*s->at) {
	case '{': return object(s);
	case '[': return array(s);
	case '"': return string(s, NULL);
	case 't': return word(s, STR("true"));
	case 'f': return word(s, STR("false"));
	case 'n': return word(s, STR("null"));
	default: return number(s);
	}
}

/* Keys stand in a small open hash per object, grown as keys come; the seed keeps clients from choosing collisions. */
struct keys {
	struct key **slots;
	size_t n, cap;
};

static uint64_t key_hash(struct str s)
{
	static uint64_t seed;
	uint64_t h;

	if (!seed)
		rand_fill(&seed, sizeof seed);
	h = seed;
	for (size_t i = 0; i < s.n; i++) {
		h = (h ^ (unsigned char)s.p[i]) * 0x9E3779B97F4A7C15u;
		h ^= h >> 29;
	}
	return h;
}

static bool key_is_new(struct scan *s, struct keys *k, struct str name)
{
	struct key *e;

	if (k->n == k->cap) {
		struct keys wide = { .cap = k->cap ? k->cap * 4 : 8, .n = k->n };

		wide.slots = mem_alloc(s->m, wide.cap * sizeof *wide.slots);
		for (size_t i = 0; i < k->cap; i++)
			for (struct key *next; (e = k->slots[i]); k->slots[i] = next) {
				struct key **to = &wide.slots[key_hash(e->name) & (wide.cap - 1)];

				next = e->next;
				e->next = *to;
				*to = e;
			}
		*k = wide;
	}
	struct key **slot = &k->slots[key_hash(name) & (k->cap - 1)];

	for (e = *slot; e; e = e->next)
		if (str_is(e->name, name))
			return false;
	e = mem_raw(s->m, sizeof *e);
	*e = (struct key){ *slot, name };
	*slot = e;
	k->n++;
	return true;
}

static bool object(struct scan *s)
{
	struct keys keys = { 0 };
	struct str name;

	if (++s->depth > DEPTH_MAX)
		return fail(s, "nested deeper than 32");
	s->at++;
	space(s);
	if (!eat(s, '}')) {
		do {
			space(s);
			if (s->at == s->end || *s->at != '"')
				return fail(s, "expected a key in double quotes");
			if (!string(s, &name))
				return false;
			if (!key_is_new(s, &keys, name))
				return fail(s, "the same key stands twice in one object");
			space(s);
			if (!eat(s, ':'))
				return fail(s, "expected ':' behind a key");
			if (!value(s))
				return false;
			space(s);
		} while (eat(s, ','));
		if (!eat(s, '}'))
			return fail(s, "expected ',' or '}'");
	}
	s->depth--;
	return true;
}

static bool array(struct scan *s)
{
	if (++s->depth > DEPTH_MAX)
		return fail(s, "nested deeper than 32");
	s->at++;
	space(s);
	if (!eat(s, ']')) {
		do {
			if (!value(s))
				return false;
			space(s);
		} while (eat(s, ','));
		if (!eat(s, ']'))
			return fail(s, "expected ',' or ']'");
	}
	s->depth--;
	return true;
}

/* `out`, where asked for, is the string with its escapes resolved. */
static bool string(struct scan *s, struct str *out)
{
	const char *from = ++s->at;
	bool plain;

	if (!string_end(s, &plain) || (!plain && !unescape(s, from, out)))
		return false;
	if (out && plain)
		*out = (struct str){ from, (size_t)(s->at - from) };
	s->at++;
	return true;
}

/* On to the closing quote; `plain` when no escape stands before it. */
static bool string_end(struct scan *s, bool *plain)
{
	*plain = true;
	for (; s->at < s->end && *s->at != '"'; s->at++) {
		if ((unsigned char)*s->at < 0x20)
			return fail(s, "a control character stands bare in a string");
		if (*s->at != '\\')
			continue;
		*plain = false;
		if (++s->at == s->end)
			break;
	}
	return s->at < s->end || fail(s, "a string has no end");
}

/* What stands between `from` and the quote at hand. */
static bool unescape(struct scan *s, const char *from, struct str *out)
{
	const char *quote = s->at;
	char spare[8], *start = out ? mem_raw(s->m, (size_t)(quote - from) + 1) : spare, *o = start;

	for (s->at = from; s->at < quote;) {
		if (!out)
			o = spare;
		if (*s->at != '\\')
			*o++ = *s->at++;
		else if (!escape(s, &o))
			return false;
	}
	if (out)
		*out = (struct str){ start, (size_t)(o - start) };
	return true;
}

static bool escape(struct scan *s, char **o)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit = memchr(from, s->at[1], sizeof from - 1);
	unsigned c;

	if (hit) {
		*(*o)++ = to[hit - from];
		s->at += 2;
		return true;
	}
	if (s->at[1] != 'u')
		return fail(s, "unknown escape in a string");
	if (!code_point(s, &c))
		return false;
	*o = put_utf8(*o, c);
	return true;
}

/* \uXXXX, or two of them where the first is a high surrogate. */
static bool code_point(struct scan *s, unsigned *c)
{
	unsigned low;

	s->at += 2;
	if (!hex4(s, c))
		return false;
	if (*c == 0)
		return fail(s, "\\u0000 is not taken");
	if ((*c & 0xFC00) == 0xDC00)
		return fail(s, "a low surrogate stands alone");
	if ((*c & 0xFC00) != 0xD800)
		return true;
	if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u')
		return fail(s, "a high surrogate stands alone");
	s->at += 2;
	if (!hex4(s, &low))
		return false;
	if ((low & 0xFC00) != 0xDC00)
		return fail(s, "a high surrogate stands alone");
	*c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
	return true;
}

static bool hex4(struct scan *s, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++, s->at++) {
		char c = s->at < s->end ? *s->at : 0;
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (d < 0)
			return fail(s, "\\u needs four hex digits");
		*out = *out << 4 | (unsigned)d;
	}
	return true;
}

static bool number(struct scan *s)
{
	const char *from = s->at;
	bool whole = true;
	int64_t i;
	size_t n;

	eat(s, '-');
	if (!eat(s, '0') && !digits(s))
		return fail(s, "expected a value");
	if (eat(s, '.')) {
		whole = false;
		if (!digits(s))
			return fail(s, "digits are missing behind the decimal point");
	}
	if (eat(s, 'e') || eat(s, 'E')) {
		whole = false;
		if (!eat(s, '+'))
			eat(s, '-');
		if (!digits(s))
			return fail(s, "digits are missing in the exponent");
	}
	n = (size_t)(s->at - from);
	if (whole)
		return str_to_int((struct str){ from, n }, &i) || fail(s, "an integer does not fit into 64 bits");
	return isfinite(strtod(mem_strz(s->m, (struct str){ from, n }), NULL)) || fail(s, "a number is too large");
}

static bool digits(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > from;
}

static bool word(struct scan *s, struct str w)
{
	if (!str_has_prefix((struct str){ s->at, (size_t)(s->end - s->at) }, w))
		return fail(s, "expected a value");
	s->at += w.n;
	return true;
}

static bool fail(struct scan *s, const char *what)
{
	s->what = what;
	return false;
}

static void space(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool eat(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static char *put_utf8(char *o, unsigned c)
{
	if (c < 0x80) {
		*o++ = (char)c;
	} else if (c < 0x800) {
		*o++ = (char)(0xC0 | c >> 6);
		*o++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*o++ = (char)(0xE0 | c >> 12);
		*o++ = (char)(0x80 | (c >> 6 & 63));
		*o++ = (char)(0x80 | (c & 63));
	} else {
		*o++ = (char)(0xF0 | c >> 18);
		*o++ = (char)(0x80 | (c >> 12 & 63));
		*o++ = (char)(0x80 | (c >> 6 & 63));
		*o++ = (char)(0x80 | (c & 63));
	}
	return o;
}

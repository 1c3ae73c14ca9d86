/* Query strings, form bodies and cookies. */
#include "lib/base/url.h"

#define PAIRS_MAX 64

static int hex(char c);
static bool has(const struct pairs *p, struct str name);

bool url_parse(struct mem *m, struct str text, struct pairs *out)
{
	struct str rest = text, part;

	*out = (struct pairs){ mem_raw(m, PAIRS_MAX * sizeof *out->list), 0 };
	while (rest.n && str_cut(&rest, '&', &part)) {
		struct pair *p = &out->list[out->n];
		struct str name;

		if (!part.n)
			continue;
		if (out->n == PAIRS_MAX)
			return false;
		str_cut(&part, '=', &name);
		if (!url_decode(m, name, true, &p->name) || !url_decode(m, part.p ? part : STR(""), true, &p->value) || has(out, p->name))
			return false;
		out->n++;
	}
	return true;
}

bool url_decode(struct mem *m, struct str s, bool plus_is_space, struct str *out)
{
	char *o = mem_raw(m, s.n + 1), *p = o;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = s.n - i > 2 ? hex(s.p[i + 1]) : -1, lo = s.n - i > 2 ? hex(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return false;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (!c)
			return false;
		*p++ = c;
	}
	*p = '\0';
	*out = (struct str){ o, (size_t)(p - o) };
	return str_is_utf8(*out);
}

struct str cookie_find(struct str header, struct str name)
{
	struct str part, key, found = STR_NONE;

	while (str_cut(&header, ';', &part)) {
		part = str_trim(part);
		str_cut(&part, '=', &key);
		if (!part.p || !str_is(key, name))
			continue;
		if (found.p)
			return STR_NONE;
		found = part;
	}
	return found;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool has(const struct pairs *p, struct str name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_is(p->list[i].name, name))
			return true;
	return false;
}

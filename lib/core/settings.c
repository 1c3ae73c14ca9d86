/* Settings: read once from the environment, checked, and never changed while a worker lives. */
#include "lib/core/settings.h"

#include <stdlib.h>

static bool read_one(const struct setting_info *i, void *field);
static bool one_of(struct str v, const char *words);
static bool is_loopback(struct str address);

const struct setting_info setting_infos[] = {
#define SETTING(name, kind, fallback, least, most, meaning) { #name, #kind, fallback, meaning, least, most, offsetof(struct settings, name) },
#include "lib/core/settings.def"
#undef SETTING
};
const size_t n_setting_infos = sizeof setting_infos / sizeof *setting_infos;

bool settings_read(struct settings *s, struct mem *m, struct str *why)
{
	for (size_t k = 0; k < n_setting_infos; k++) {
		const struct setting_info *i = &setting_infos[k];

		if (read_one(i, (char *)s + i->offset))
			continue;
		*why = i->kind[0] == 'T' ? mem_strf(m, "%s must have %lld to %lld bytes", i->name, (long long)i->least, (long long)i->most)
		     : i->kind[0] == 'N' ? mem_strf(m, "%s must be a whole number from %lld to %lld", i->name, (long long)i->least, (long long)i->most)
		                         : mem_strf(m, "%s must be 0 or 1", i->name);
		return false;
	}
	if (s->SIGNUP.n && !one_of(s->SIGNUP, "open invite closed")) {
		*why = STR("SIGNUP must be open, invite or closed");
		return false;
	}
	if (!one_of(s->LOG_LEVEL, "debug info warn error")) {
		*why = STR("LOG_LEVEL must be debug, info, warn or error");
		return false;
	}
	return true;
}

enum signup settings_signup(const struct settings *s)
{
	if (s->SIGNUP.n)
		return s->SIGNUP.p[0] == 'o' ? SIGNUP_OPEN : s->SIGNUP.p[0] == 'i' ? SIGNUP_INVITE : SIGNUP_CLOSED;
	return is_loopback(s->LISTEN) ? SIGNUP_OPEN : SIGNUP_INVITE;
}

static bool read_one(const struct setting_info *i, void *field)
{
	const char *env = getenv(i->name);
	struct str v = str_from(env && *env ? env : i->fallback);
	int64_t n;

	if (i->kind[0] == 'T') {
		*(struct str *)field = v;
		return (int64_t)v.n >= i->least && (int64_t)v.n <= i->most;
	}
	if (!str_to_int(v, &n) || n < i->least || n > i->most)
		return false;
	if (i->kind[0] == 'N')
		*(int64_t *)field = n;
	else
		*(bool *)field = n == 1;
	return true;
}

static bool one_of(struct str v, const char *words)
{
	struct str rest = str_from(words), word;

	while (str_cut(&rest, ' ', &word))
		if (str_is(v, word))
			return true;
	return false;
}

static bool is_loopback(struct str a)
{
	return str_has_prefix(a, STR("127.")) || str_is(a, STR("::1")) || str_is(a, STR("[::1]")) || str_is(a, STR("localhost"));
}

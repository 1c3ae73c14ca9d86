/* Roles and scopes. */
#include "lib/core/actor.h"

#include "lib/base/check.h"

const char *const role_names[ROLE__MAX + 1] = { "anyone", "beginner", "advanced", "pro", "admin" };

const struct scope_info scope_infos[SCOPE__MAX] = {
#define SCOPE(name, text, least, proof, meaning) [SCOPE_##name] = { text, meaning, least, proof },
#include "lib/core/scopes.def"
#undef SCOPE
};

const char *role_name(enum role r)
{
	CHECK(r < ROLE__MAX);
	return role_names[r];
}

bool role_find(struct str name, enum role *out)
{
	for (int r = BEGINNER; r < ROLE__MAX; r++)
		if (str_is(name, str_from(role_names[r]))) {
			*out = (enum role)r;
			return true;
		}
	return false;
}

uint64_t role_scopes(enum role r)
{
	uint64_t out = 0;

	_Static_assert(SCOPE__MAX <= 64, "scopes are bits of one word");
	for (int s = 0; s < SCOPE__MAX; s++)
		if (scope_infos[s].least <= r)
			out |= 1ull << s;
	return out;
}

/* Accounts, keys, members and other agents are people's business, and whatever is not named here. */
uint64_t agent_scopes(enum role r)
{
	return role_scopes(r) & (1ull << SCOPE_none | 1ull << SCOPE_quest_read | 1ull << SCOPE_quest_write | 1ull << SCOPE_account_read |
	                         1ull << SCOPE_audit_read | 1ull << SCOPE_namespace_read);
}

uint64_t scopes_parse(struct str words, uint64_t within)
{
	uint64_t out = 1; /* SCOPE_none */
	struct str word;

	if (!words.n)
		return within;
	while (str_cut(&words, ' ', &word))
		for (int s = 0; s < SCOPE__MAX; s++)
			if (str_is(word, str_from(scope_infos[s].text)))
				out |= 1ull << s;
	return out & within;
}

struct str scopes_format(struct mem *m, uint64_t scopes)
{
	struct str out = STR("");

	for (int s = 1; s < SCOPE__MAX; s++)
		if (scopes >> s & 1)
			out = mem_strf(m, "%.*s%s%s", STR_FMT(out), out.n ? " " : "", scope_infos[s].text);
	return out;
}

bool scope_writes(enum scope s)
{
	struct str text = str_from(scope_infos[s].text), tail = STR(":write");

	return text.n > tail.n && str_is(str_skip(text, text.n - tail.n), tail);
}

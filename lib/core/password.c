/* Refusing passwords that a guesser would try first. */
#include "lib/core/password.h"

enum { BYTES_MOST = 256, DIFFERENT_LEAST = 5 };

static bool is_repeated(struct str s);
static bool is_run(struct str s);
static bool is_known(struct str s);
static bool is_address(struct str s, struct str email);
static size_t different(struct str s);
static struct str without_tail(struct str s);

const char *password_weakness(struct str password, struct str email)
{
	char lower[BYTES_MOST];
	struct str s = { lower, password.n < BYTES_MOST ? password.n : BYTES_MOST };

	for (size_t i = 0; i < s.n; i++)
		lower[i] = (char)(password.p[i] >= 'A' && password.p[i] <= 'Z' ? password.p[i] + 32 : password.p[i]);
	if (different(s) < DIFFERENT_LEAST)
		return "is too easy to guess: it has fewer than five different characters";
	if (is_repeated(s))
		return "is too easy to guess: it says the same thing again and again";
	if (is_run(s))
		return "is too easy to guess: it runs along the alphabet or the digits";
	if (is_known(s))
		return "is too easy to guess: it stands in lists of common passwords";
	if (is_address(s, email))
		return "is too easy to guess: it is your e-mail address";
	return NULL;
}

/* A piece of at most a third, from the start to the end: "abcabcabcabc". */
static bool is_repeated(struct str s)
{
	for (size_t n = 1; n * 3 <= s.n; n++) {
		size_t i = n;

		while (i < s.n && s.p[i] == s.p[i - n])
			i++;
		if (i == s.n)
			return true;
	}
	return false;
}

/* Nearly every character the neighbour of the one before: "123456789012", "abcdefghijkl". */
static bool is_run(struct str s)
{
	size_t steps = 0;

	for (size_t i = 1; i < s.n; i++) {
		int d = s.p[i] - s.p[i - 1];

		steps += d == 1 || d == -1 || (s.p[i - 1] == '9' && s.p[i] == '0') || (s.p[i - 1] == '0' && s.p[i] == '9');
	}
	return (steps + 2) * 8 >= s.n * 7;
}

static bool is_known(struct str s)
{
	static const char *const known[] = {
#define PASSWORD(text) text,
#include "lib/core/passwords.def"
#undef PASSWORD
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_is(s, str_from(known[i])) || str_is(without_tail(s), str_from(known[i])))
			return true;
	return false;
}

/* The whole address or the name in it, with digits and signs behind it or not. */
static bool is_address(struct str s, struct str email)
{
	struct str rest = email, name = STR_NONE;

	str_cut(&rest, '@', &name);
	return str_is(s, email) || str_is(without_tail(s), email) || (name.n >= 4 && str_has_prefix(s, name) && without_tail(str_skip(s, name.n)).n == 0);
}

static size_t different(struct str s)
{
	bool seen[256] = { false };
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		n += !seen[(unsigned char)s.p[i]];
		seen[(unsigned char)s.p[i]] = true;
	}
	return n;
}

static struct str without_tail(struct str s)
{
	while (s.n && !(s.p[s.n - 1] >= 'a' && s.p[s.n - 1] <= 'z') && (unsigned char)s.p[s.n - 1] < 0x80)
		s.n--;
	return s;
}

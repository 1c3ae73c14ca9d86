/* Numbers, times, ids, UTF-8, base64url and JSON strings, each against a second way of reading the same bytes. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/code.h"
#include "lib/base/json.h"

static void number(struct str s, const char *z);
static void moment(struct str s, const char *z);
static bool utf8_by_table(struct str s);
static size_t begins_by(const unsigned char *row, size_t n, struct str s);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mem *m = mem_new(ARENA);
	struct str s = fuzz_str(data, n), raw;
	const char *z = mem_strz(m, s);
	struct buf b = BUF(1 << 20);
	struct json_fault fault;
	char sixteen[16];

	number(s, z);
	moment(s, z);
	HOLDS(str_is_utf8(s) == utf8_by_table(s));
	if (base64url_decode(m, s, &raw))
		HOLDS(str_is(base64url_encode(m, raw), s)); /* one text only for each run of bytes */
	if (str_is_uuid(s))
		HOLDS(n == 36 && strspn(z, "0123456789abcdefABCDEF-") == 36);
	if (n >= 16) {
		memcpy(sixteen, data, 16);
		HOLDS(str_is_uuid(uuid_text(mem_raw(m, 36), (const unsigned char *)sixteen)));
	}
	buf_json(&b, s);
	if (!b.full && !memchr(data, 0, n))
		HOLDS(json_scan(m, buf_str(&b), &fault));
	(void)str_trim(s), (void)str_chars(s);
	buf_release(&b);
	mem_free(m);
	return 0;
}

static void number(struct str s, const char *z)
{
	int64_t v;
	char *end;
	long long want;

	if (!str_to_int(s, &v))
		return;
	errno = 0;
	want = strtoll(z, &end, 10);
	HOLDS(errno == 0 && !*end && want == v);
}

/* What is taken names a moment that the C library knows too. */
static void moment(struct str s, const char *z)
{
	struct tm t = { 0 }, back;
	time_t at;

	if (!str_is_time(s))
		return;
	HOLDS(sscanf(z, "%4d-%2d-%2d%*1[Tt]%2d:%2d:%2d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec) == 6);
	t.tm_year -= 1900;
	t.tm_mon--;
	at = timegm(&t);
	HOLDS(gmtime_r(&at, &back) && back.tm_mday == t.tm_mday && back.tm_mon == t.tm_mon && back.tm_sec == t.tm_sec);
}

/* RFC 3629 section 4, row by row. */
static bool utf8_by_table(struct str s)
{
	static const unsigned char rows[][8] = {
		{ 0x00, 0x7F }, { 0xC2, 0xDF, 0x80, 0xBF }, { 0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF }, { 0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF }, { 0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF },
		{ 0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF }, { 0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF }, { 0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF },
		{ 0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF },
	};

	for (size_t i = 0, k = 0; i < s.n; i += k) {
		size_t row = 0;

		for (k = 0; row < sizeof rows / sizeof *rows && k == 0; row++)
			k = begins_by(rows[row], row < 1 ? 1 : row < 2 ? 2 : row < 6 ? 3 : 4, str_skip(s, i));
		if (k == 0)
			return false;
	}
	return true;
}

/* n when that many bytes stand there, each in its range of the row; else 0. */
static size_t begins_by(const unsigned char *row, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (i == s.n || (unsigned char)s.p[i] < row[2 * i] || (unsigned char)s.p[i] > row[2 * i + 1])
			return 0;
	return n;
}

/* Making and checking tokens. Every rule about a JWT stands here; libjwt only computes. */
#include "lib/core/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/check.h"
#include "lib/base/code.h"
#include "lib/base/json.h"
#include "lib/ext/crypto.h"
#include "lib/ext/json.h"
#include "lib/ext/jwt.h"

#define ISSUER STR("life-agent")
enum { LEEWAY_S = 30, LIFETIME_MOST_S = 900, UUID_BYTES = 16, REFRESH_BYTES = UUID_BYTES + 4 + SHA256_SIZE };

static bool parse_keys(struct token_keys *k, struct str lines);
static void write_headers(struct token_keys *k, struct mem *m);
static bool read_secret_file(const char *path, struct mem *m, struct str *out, struct str *why);
static bool parse_key(struct str hex, unsigned char out[TOKEN_KEY_SIZE]);
static bool header_names_key(struct mem *m, const struct token_keys *k, struct str part, int *at);
static bool header_is_known(const struct token_keys *k, struct str part, int *at);
static bool key_find(const struct token_keys *k, struct str kid, int *at);
static bool claims_hold(const struct jwt *j, int64_t now_s, struct actor *out);
static bool of_session(const struct jwt *j, struct actor *out);
static bool of_key(const struct jwt *j, struct actor *out);
static bool times_hold(const struct jwt *j, int64_t now_s, int64_t *exp);
static bool hex_decode(struct str hex, unsigned char *out, size_t n);
static bool uuid_bytes(struct str text, unsigned char out[UUID_BYTES]);

static void wipe_secret_page(void *bytes) { secret_wipe(bytes, 1024); }

bool token_keys_read(struct token_keys *k, const char *jwt_file, const char *refresh_file, struct mem *m, struct str *why)
{
	struct str rest;

	k->n = 0;
	if (!read_secret_file(jwt_file, m, &rest, why))
		return false;
	if (!parse_keys(k, rest)) {
		*why = mem_strf(m, "%s: line %d is not \"kid:64 hex digits\" of a random key, its kid is there already, or there are more than %d", jwt_file, k->n + 1, TOKEN_KEYS_MAX);
		return false;
	}
	if (k->n == 0) {
		*why = mem_strf(m, "%s holds no key", jwt_file);
		return false;
	}
	write_headers(k, m);
	return !refresh_file || key_file_read(k->refresh, refresh_file, m, why);
}

bool key_file_read(unsigned char key[TOKEN_KEY_SIZE], const char *path, struct mem *m, struct str *why)
{
	struct str rest, line;

	if (!read_secret_file(path, m, &rest, why))
		return false;
	str_cut(&rest, '\n', &line);
	if (parse_key(line, key))
		return true;
	*why = mem_strf(m, "%s: not 64 hex digits of a random key", path);
	return false;
}

static bool parse_keys(struct token_keys *k, struct str lines)
{
	struct str line, kid;
	int at;

	while (str_cut(&lines, '\n', &line)) {
		if (!line.n)
			continue;
		if (k->n == TOKEN_KEYS_MAX || !str_cut(&line, ':', &kid) || !kid.n || kid.n >= sizeof k->list[0].kid || key_find(k, kid, &at) || !parse_key(line, k->list[k->n].key))
			return false;
		snprintf(k->list[k->n++].kid, sizeof k->list[0].kid, "%.*s", STR_FMT(kid));
	}
	return true;
}

static void write_headers(struct token_keys *k, struct mem *m)
{
	for (int i = 0; i < k->n; i++) {
		struct str rest = jwt_sign(m, (struct str){ (const char *)k->list[i].key, TOKEN_KEY_SIZE }, str_from(k->list[i].kid), NULL, 0);

		CHECK(str_cut(&rest, '.', &k->list[i].header));
	}
}

struct str token_issue(struct mem *m, const struct token_keys *k, const struct actor *who, int64_t now_s)
{
	struct jwt_claim claims[9] = {
		{ "iss", ISSUER, 0 }, { "aud", ISSUER, 0 }, { "use", STR("access"), 0 }, { "sub", who->principal, 0 }, { "role", str_from(role_name(who->role)), 0 },
		{ "iat", STR_NONE, now_s }, { "exp", STR_NONE, now_s + TOKEN_SECONDS },
	};
	size_t n = 7;

	if (who->session.p) {
		claims[n++] = (struct jwt_claim){ "sid", who->session, 0 };
	} else {
		claims[n++] = (struct jwt_claim){ "key", who->key_hash, 0 };
		claims[n++] = (struct jwt_claim){ "scope", who->key_scopes, 0 };
	}
	return jwt_sign(m, (struct str){ (const char *)k->list[0].key, TOKEN_KEY_SIZE }, str_from(k->list[0].kid), claims, n);
}

bool token_check(struct mem *m, const struct token_keys *k, struct str token, int64_t now_s, struct actor *out)
{
	struct str rest = token, header, payload, signature, bytes;
	struct json_fault fault;
	const struct jwt *j;
	int at;

	if (token.n > TOKEN_LENGTH_MAX || !str_cut(&rest, '.', &header) || !str_cut(&rest, '.', &payload) || !str_cut(&rest, '.', &signature) || rest.p)
		return false;
	if (!header_names_key(m, k, header, &at) || !base64url_decode(m, signature, &bytes) || bytes.n != SHA256_SIZE)
		return false;
	if (!base64url_decode(m, payload, &bytes) || !json_scan(m, bytes, &fault))
		return false;
	j = jwt_open(m, token, (struct str){ (const char *)k->list[at].key, TOKEN_KEY_SIZE });
	return j && claims_hold(j, now_s, out);
}

/* HS256 and a key of ours by its exact name; a header that brings or points to keys, or asks to be understood further, is refused. */
static bool header_names_key(struct mem *m, const struct token_keys *k, struct str part, int *at)
{
	struct str bytes, why, name, alg = STR_NONE, kid = STR_NONE;
	const struct json *header, *v;
	void *walk = NULL;

	if (header_is_known(k, part, at))
		return true;
	if (!base64url_decode(m, part, &bytes) || !(header = json_parse(m, bytes, &why)) || json_kind(header) != JSON_OBJECT)
		return false;
	while (json_next(header, &walk, &name, &v)) {
		if (str_is(name, STR("alg")))
			alg = json_text(v);
		else if (str_is(name, STR("kid")))
			kid = json_text(v);
		else if (!str_is(name, STR("typ")) || !str_is(json_text(v), STR("JWT")))
			return false;
	}
	return str_is(alg, STR("HS256")) && kid.p && key_find(k, kid, at);
}

static bool header_is_known(const struct token_keys *k, struct str part, int *at)
{
	for (*at = 0; *at < k->n; ++*at)
		if (part.n && str_is(part, k->list[*at].header))
			return true;
	return false;
}

static bool key_find(const struct token_keys *k, struct str kid, int *at)
{
	for (*at = 0; *at < k->n; ++*at)
		if (str_is(kid, str_from(k->list[*at].kid)))
			return true;
	return false;
}

static bool claims_hold(const struct jwt *j, int64_t now_s, struct actor *out)
{
	int64_t exp;

	if (!times_hold(j, now_s, &exp))
		return false;
	if (!str_is(jwt_text(j, "iss"), ISSUER) || !str_is(jwt_text(j, "aud"), ISSUER) || !str_is(jwt_text(j, "use"), STR("access")))
		return false;
	out->principal = jwt_text(j, "sub");
	out->until_s = exp + LEEWAY_S;
	if (!str_is_uuid(out->principal) || !role_find(jwt_text(j, "role"), &out->role))
		return false;
	return jwt_has(j, "key") ? of_key(j, out) : of_session(j, out);
}

static bool of_session(const struct jwt *j, struct actor *out)
{
	out->session = jwt_text(j, "sid");
	out->scopes = role_scopes(out->role);
	return str_is_uuid(out->session);
}

/* Traded for a key: by its hash it enters as the key does. */
static bool of_key(const struct jwt *j, struct actor *out)
{
	unsigned char raw[SHA256_SIZE];

	out->key_hash = jwt_text(j, "key");
	out->key_scopes = jwt_text(j, "scope");
	out->scopes = scopes_parse(out->key_scopes, role_scopes(out->role));
	return !jwt_has(j, "sid") && out->key_scopes.p && out->key_hash.n == 2 * sizeof raw && hex_decode(out->key_hash, raw, sizeof raw);
}

static bool times_hold(const struct jwt *j, int64_t now_s, int64_t *exp)
{
	int64_t iat, nbf;

	/* Ordered so that no difference can overflow, whatever the numbers are. */
	if (!jwt_number(j, "exp", exp) || !jwt_number(j, "iat", &iat) || iat < 0 || iat > now_s + LEEWAY_S || *exp <= iat || *exp - iat > LIFETIME_MOST_S)
		return false;
	if (*exp <= now_s - LEEWAY_S)
		return false;
	return !jwt_has(j, "nbf") || (jwt_number(j, "nbf", &nbf) && nbf <= now_s + LEEWAY_S);
}

struct str refresh_issue(struct mem *m, const struct token_keys *k, struct str session, int64_t generation)
{
	unsigned char raw[REFRESH_BYTES];

	CHECK(uuid_bytes(session, raw) && generation >= 0 && generation <= UINT32_MAX);
	for (int i = 0; i < 4; i++)
		raw[UUID_BYTES + i] = (unsigned char)(generation >> (24 - 8 * i));
	hmac_sha256((struct str){ (const char *)k->refresh, TOKEN_KEY_SIZE }, (struct str){ (const char *)raw, UUID_BYTES + 4 }, raw + UUID_BYTES + 4);
	return base64url_encode(m, (struct str){ (const char *)raw, sizeof raw });
}

bool refresh_check(struct mem *m, const struct token_keys *k, struct str token, struct str *session, int64_t *generation)
{
	unsigned char mac[SHA256_SIZE];
	struct str raw;
	bool ok;

	if (token.n > 2 * REFRESH_BYTES || !base64url_decode(m, token, &raw) || raw.n != REFRESH_BYTES)
		return false;
	hmac_sha256((struct str){ (const char *)k->refresh, TOKEN_KEY_SIZE }, str_head(raw, UUID_BYTES + 4), mac);
	ok = secret_is(str_skip(raw, UUID_BYTES + 4), (struct str){ (const char *)mac, sizeof mac });
	*session = uuid_text(mem_raw(m, 36), (const unsigned char *)raw.p);
	*generation = 0;
	for (int i = 0; i < 4; i++)
		*generation = *generation << 8 | (unsigned char)raw.p[UUID_BYTES + i];
	return ok;
}

static bool read_secret_file(const char *path, struct mem *m, struct str *out, struct str *why)
{
	char *bytes = mem_alloc(m, 1024);
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0) {
		*why = mem_strf(m, "secret file \"%s\" cannot be opened: %s", path, strerror(errno));
		return false;
	}
	n = fstat(fd, &st) == 0 ? read(fd, bytes, 1023) : -1;
	close(fd);
	if (n < 0 || (st.st_mode & 0377)) {
		*why = mem_strf(m, "secret file \"%s\" must be readable by its owner alone (mode 0400)", path);
		return false;
	}
	*out = (struct str){ bytes, (size_t)n };
	mem_defer(m, wipe_secret_page, bytes);
	return true;
}

static bool parse_key(struct str hex, unsigned char out[TOKEN_KEY_SIZE])
{
	bool seen[256] = { false };
	int distinct = 0;

	if (hex.n != TOKEN_KEY_SIZE * 2 || !hex_decode(hex, out, TOKEN_KEY_SIZE))
		return false;
	for (int i = 0; i < TOKEN_KEY_SIZE; i++) {
		distinct += !seen[out[i]];
		seen[out[i]] = true;
	}
	return distinct >= 16; /* 32 random bytes have fewer once in 10^13 times */
}

static bool hex_decode(struct str hex, unsigned char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		const char *hi = memchr(digits, hex.p[2 * i], 16), *lo = memchr(digits, hex.p[2 * i + 1], 16);

		if (!hi || !lo)
			return false;
		out[i] = (unsigned char)((hi - digits) << 4 | (lo - digits));
	}
	return true;
}

static bool uuid_bytes(struct str text, unsigned char out[UUID_BYTES])
{
	char hex[UUID_BYTES * 2];
	size_t n = 0;

	if (!str_is_uuid(text))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '-')
			hex[n++] = text.p[i];
	return hex_decode((struct str){ hex, n }, out, UUID_BYTES);
}

/* Making and checking tokens. Every rule about a JWT stands here; libjwt only computes. */
#include "lib/core/token.h"

#include "lib/base/check.h"
#include "lib/base/code.h"
#include "lib/base/json.h"
#include "lib/ext/crypto.h"
#include "lib/ext/json.h"
#include "lib/ext/jwt.h"

#define ISSUER STR("life-agent")
enum { LEEWAY_S = 30, LIFETIME_MOST_S = 900, UUID_BYTES = 16, REFRESH_BYTES = UUID_BYTES + 4 + SHA256_SIZE };

static void write_headers(struct token_keys *k, struct mem *m);
static bool header_names_key(struct mem *m, const struct token_keys *k, struct str part, int *at);
static bool header_is_known(const struct token_keys *k, struct str part, int *at);
static bool claims_hold(const struct jwt *j, int64_t now_s, struct actor *out);
static bool of_session(const struct jwt *j, struct actor *out);
static bool of_key(const struct jwt *j, struct actor *out);
static bool times_hold(const struct jwt *j, int64_t now_s, int64_t *exp);
static bool uuid_bytes(struct str text, unsigned char out[UUID_BYTES]);

bool token_keys_read(struct token_keys *k, const char *jwt_file, const char *refresh_file, struct mem *m, struct str *why)
{
	if (!keyring_read(&k->ring, jwt_file, m, why))
		return false;
	write_headers(k, m);
	return !refresh_file || key_read(k->refresh, refresh_file, m, why);
}

static void write_headers(struct token_keys *k, struct mem *m)
{
	for (int i = 0; i < k->ring.n; i++) {
		struct str rest = jwt_sign(m, keyring_key(&k->ring, i), str_from(k->ring.list[i].kid), NULL, 0);

		CHECK(str_cut(&rest, '.', &k->headers[i]));
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
	return jwt_sign(m, keyring_key(&k->ring, 0), str_from(k->ring.list[0].kid), claims, n);
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
	j = jwt_open(m, token, keyring_key(&k->ring, at));
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
	return str_is(alg, STR("HS256")) && kid.p && keyring_find(&k->ring, kid, at);
}

static bool header_is_known(const struct token_keys *k, struct str part, int *at)
{
	for (*at = 0; *at < k->ring.n; ++*at)
		if (part.n && str_is(part, k->headers[*at]))
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
	hmac_sha256((struct str){ (const char *)k->refresh, KEY_SIZE }, (struct str){ (const char *)raw, UUID_BYTES + 4 }, raw + UUID_BYTES + 4);
	return base64url_encode(m, (struct str){ (const char *)raw, sizeof raw });
}

bool refresh_check(struct mem *m, const struct token_keys *k, struct str token, struct str *session, int64_t *generation)
{
	unsigned char mac[SHA256_SIZE];
	struct str raw;
	bool ok;

	if (token.n > 2 * REFRESH_BYTES || !base64url_decode(m, token, &raw) || raw.n != REFRESH_BYTES)
		return false;
	hmac_sha256((struct str){ (const char *)k->refresh, KEY_SIZE }, str_head(raw, UUID_BYTES + 4), mac);
	ok = secret_is(str_skip(raw, UUID_BYTES + 4), (struct str){ (const char *)mac, sizeof mac });
	*session = uuid_text(mem_raw(m, 36), (const unsigned char *)raw.p);
	*generation = 0;
	for (int i = 0; i < 4; i++)
		*generation = *generation << 8 | (unsigned char)raw.p[UUID_BYTES + i];
	return ok;
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

/* Signatures of messages between installations. */
#include "lib/core/signature.h"

#include "lib/base/code.h"
#include "lib/ext/crypto.h"

static struct str mac_of(struct mem *m, struct str key, struct str text);
static struct str whole_of(struct mem *m, struct str key, const struct signature *s, struct str body);
static bool is_now(struct str timestamp, int64_t now_s);
static bool is_id(struct str id);

void signature_make(struct mem *m, struct str key, struct signature *s, struct str body)
{
	s->body = base64_encode(m, mac_of(m, key, body));
	s->whole = whole_of(m, key, s, body);
}

bool signature_holds(struct mem *m, struct str key, const struct signature *s, struct str body, int64_t now_s)
{
	if (!s->body.p && !s->whole.p)
		return false;
	if (s->body.p && !secret_is(s->body, base64_encode(m, mac_of(m, key, body))))
		return false;
	return !s->whole.p || (is_id(s->id) && is_now(s->timestamp, now_s) && secret_is(s->whole, whole_of(m, key, s, body)));
}

static struct str mac_of(struct mem *m, struct str key, struct str text)
{
	unsigned char mac[SHA256_SIZE];

	hmac_sha256(key, text, mac);
	return mem_copy(m, (struct str){ (const char *)mac, sizeof mac });
}

static struct str whole_of(struct mem *m, struct str key, const struct signature *s, struct str body)
{
	size_t head = s->id.n + 1 + s->timestamp.n + 1;
	char *text = mem_raw(m, head + body.n + 1);

	memcpy(text, mem_strf(m, "%.*s.%.*s.", STR_FMT(s->id), STR_FMT(s->timestamp)).p, head);
	memcpy(text + head, body.p, body.n);
	return mem_strf(m, "v1=%.*s", STR_FMT(hex_encode(m, mac_of(m, key, (struct str){ text, head + body.n }))));
}

static bool is_now(struct str timestamp, int64_t now_s)
{
	int64_t t;

	return str_to_int(timestamp, &t) && t >= now_s - SIGNATURE_TOLERANCE_S && t <= now_s + SIGNATURE_TOLERANCE_S;
}

/* Without a dot, so that no id and timestamp can be read as another pair. */
static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] <= ' ' || id.p[i] > '~' || id.p[i] == '.')
			return false;
	return id.n >= 1 && id.n <= SIGNATURE_ID_MOST;
}

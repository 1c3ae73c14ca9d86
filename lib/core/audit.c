/* The lines of the signed log. */
#include "lib/core/audit.h"

#include "lib/base/code.h"

enum { LINE_MOST = 4 << 20 };

static void put_unsigned(struct buf *out, const struct audit_entry *e, const struct audit_seal *s, struct mem *m);
static void put_field(struct buf *out, struct str key, struct str value);
static void put_compact(struct buf *out, struct str json);
static void put_sig(struct buf *out, const unsigned char sig[SHA256_SIZE], struct mem *m);
static struct str bytes(const unsigned char b[SHA256_SIZE]) { return (struct str){ (const char *)b, SHA256_SIZE }; }

void audit_read_entry(const struct rows *r, size_t row, struct audit_entry *e)
{
	struct str *const fields[] = { &e->id, &e->ts, &e->ns, &e->actor, &e->actor_type, &e->type, &e->entity, &e->payload };

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i] = rows_text(r, row, i);
}

bool audit_read_sealed(const struct rows *r, size_t row, struct audit_entry *e, struct audit_seal *s)
{
	audit_read_entry(r, row, e);
	if (rows_is_null(r, row, 8))
		return false;
	e->seq = rows_int(r, row, 8);
	audit_read_hash(r, row, 9, s->prev);
	audit_read_hash(r, row, 10, s->hash);
	audit_read_hash(r, row, 11, s->sig);
	s->kid = rows_text(r, row, 12);
	return true;
}

void audit_read_hash(const struct rows *r, size_t row, size_t col, unsigned char out[SHA256_SIZE])
{
	struct str s = rows_text(r, row, col);

	memset(out, 0, SHA256_SIZE);
	if (s.n == SHA256_SIZE)
		memcpy(out, s.p, SHA256_SIZE);
}

void audit_put(struct buf *out, const struct audit_entry *e, const struct audit_seal *s, struct mem *m)
{
	put_unsigned(out, e, s, m);
	put_sig(out, s->sig, m);
}

void audit_sign(struct buf *line, const struct audit_entry *e, struct audit_seal *s, const struct keyring *k, struct mem *m)
{
	s->kid = str_from(k->list[0].kid);
	buf_clear(line);
	put_unsigned(line, e, s, m);
	buf_char(line, '}');
	hmac_sha256(keyring_key(k, 0), buf_str(line), s->sig);
	line->n--;
	put_sig(line, s->sig, m);
	sha256(buf_str(line), s->hash);
}

bool audit_holds(const struct audit_entry *e, const struct audit_seal *s, const struct keyring *k, struct mem *m)
{
	struct buf line = BUF(LINE_MOST);
	struct audit_seal made;
	bool ok = false;
	int at;

	if (!keyring_find(k, s->kid, &at))
		return false;
	put_unsigned(&line, e, s, m);
	buf_char(&line, '}');
	hmac_sha256(keyring_key(k, at), buf_str(&line), made.sig);
	if (!line.full && secret_is(bytes(made.sig), bytes(s->sig))) {
		line.n--;
		put_sig(&line, s->sig, m);
		sha256(buf_str(&line), made.hash);
		ok = secret_is(bytes(made.hash), bytes(s->hash));
	}
	buf_release(&line);
	return ok;
}

static void put_unsigned(struct buf *out, const struct audit_entry *e, const struct audit_seal *s, struct mem *m)
{
	buf_lit(out, "{\"v\":1,\"seq\":");
	buf_int(out, e->seq);
	put_field(out, STR("id"), e->id);
	put_field(out, STR("ts"), e->ts);
	put_field(out, STR("ns"), e->ns);
	put_field(out, STR("actor"), e->actor);
	put_field(out, STR("actor_type"), e->actor_type);
	put_field(out, STR("type"), e->type);
	put_field(out, STR("entity"), e->entity);
	buf_lit(out, ",\"payload\":");
	put_compact(out, e->payload.p ? e->payload : STR("null"));
	put_field(out, STR("kid"), s->kid);
	put_field(out, STR("prev"), hex_encode(m, bytes(s->prev)));
}

static void put_field(struct buf *out, struct str key, struct str value)
{
	buf_lit(out, ",\"");
	buf_add(out, key);
	buf_lit(out, "\":");
	if (value.p)
		buf_json(out, value);
	else
		buf_lit(out, "null");
}

/* The text of a jsonb, which has its only white space behind commas and colons. */
static void put_compact(struct buf *out, struct str json)
{
	bool quoted = false;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (c == ' ' && !quoted)
			continue;
		buf_char(out, c);
		if (quoted && c == '\\' && i + 1 < json.n)
			buf_char(out, json.p[++i]);
		else if (c == '"')
			quoted = !quoted;
	}
}

static void put_sig(struct buf *out, const unsigned char sig[SHA256_SIZE], struct mem *m)
{
	put_field(out, STR("sig"), base64_encode(m, bytes(sig)));
	buf_char(out, '}');
}

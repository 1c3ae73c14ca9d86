/* The trail that everybody leaves, and the signed log that is made of it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/gen/sql.h"
#include "cgi-bin/routes.h"
#include "lib/base/code.h"
#include "lib/core/audit.h"

enum { EXPORT_BYTES = REPLY_MOST - (1 << 20), CHECKPOINT_BYTES = 512, KEY_LINES_BYTES = 8192 };

SET(algorithms, "Ed25519");

SCHEMA(audit_event, "One change.",
	"{\"id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b11\",\"recorded_at\":\"2026-11-24T16:30:00.123Z\",\"namespace_id\":\"019391a3-ffff-7d2b-9a55-0c6d2f1e8b11\","
	"\"actor_id\":\"019391a4-0000-7d2b-9a55-0c6d2f1e8b11\",\"actor_type\":\"person\",\"event_type\":\"auth.login\",\"entity_id\":\"019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12\","
	"\"payload\":{\"how\":\"password\"},\"seq\":17,\"signature_valid\":true}",
	F_UUID("id",           REQUIRED, "Grows with time."),
	F_TIME("recorded_at",  REQUIRED, "When it was written, in the transaction of the change."),
	F_UUID("namespace_id", NULLABLE, "Where."),
	F_UUID("actor_id",     NULLABLE, "Who; null when nobody was signed in."),
	F_LINE("actor_type",   NULLABLE, 1, 40, "What he was: person, agent, service."),
	F_LINE("event_type",   REQUIRED, 3, 80, "What happened: noun and verb."),
	F_UUID("entity_id",    NULLABLE, "To what."),
	F_ANY ("payload",      REQUIRED, "Particulars, never a secret."),
	F_INT ("seq",          NULLABLE, 1, INT64_MAX, NULL, "Its line in the signed log; null for the moment until it is sealed."),
	F_BOOL("signature_valid", NULLABLE, NULL, "Whether event, hash and signature belong together, worked out anew; null until it is sealed."));

SCHEMA(audit_filter, "Which part of the trail.", NULL,
	F_INT   ("limit",      OPTIONAL, 1, 200, "50", "At most that many on a page."),
	F_CURSOR("after",      OPTIONAL, "The `next` of the page before."),
	F_LINE  ("namespace",  OPTIONAL, 1, 63, "Only there: its name or its id."),
	F_LINE  ("event_type", OPTIONAL, 3, 80, "Only these."),
	F_UUID  ("actor",      OPTIONAL, "Only his."),
	F_TIME  ("since",      OPTIONAL, "Not older; 400 when it is later than `until`."),
	F_TIME  ("until",      OPTIONAL, "Older only."));

SCHEMA(audit_part, "Which part of the log.", NULL,
	F_INT("after_seq", OPTIONAL, 0, INT64_MAX, "0", "Only lines behind this one: the `seq` of the last line you have."),
	F_INT("limit",     OPTIONAL, 1, 5000, "1000", "At most that many lines, and fewer when they are long."));

SCHEMA(audit_newest, "How many.", NULL,
	F_INT("limit", OPTIONAL, 1, 1000, "100", "At most that many lines."));

SCHEMA(public_key, "What a signature is verified with.",
	"{\"kid\":\"c0ffee01\",\"algorithm\":\"Ed25519\",\"public_key\":\"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c\","
	"\"pem\":\"-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\\n-----END PUBLIC KEY-----\\n\"}",
	F_LINE("kid",        REQUIRED, 1, 31, "Its name, which stands in what it signed."),
	F_ENUM("algorithm",  REQUIRED, algorithms, NULL, "RFC 8032."),
	F_LINE("public_key", REQUIRED, 64, 64, "As hex digits."),
	F_TEXT("pem",        REQUIRED, 1, 200, "The same as openssl reads it."));

static enum err fill_in_validity(struct req *r, struct rows *rows);
static struct str file_end(struct req *r, const char *name, size_t most);
static bool cut_last(struct str *text, struct str *line);
static void put_key(struct req *r, struct str kid, struct str hex);

enum err audit_list(struct req *r)
{
	int64_t limit = req_int(r, "limit", 50);
	struct rows *rows;
	enum err e;

	if (req_has(r, "since") && req_has(r, "until")) {
		rows = sql_span_is_ordered(r->db, .since = req_text(r, "since"), .until = req_text(r, "until"));
		if (rows_err(rows) == E_OK && !rows_bool(rows, 0, 0)) {
			(void)req_fault(r, "/since", "is later than until");
			return E_BAD_REQUEST;
		}
	}
	rows = sql_audit_list(r->db, .before = req_after(r), .limit = NUM(limit), .event_type = req_text(r, "event_type"), .actor = req_text(r, "actor"),
	                      .namespace = req_text(r, "namespace"), .since = req_text(r, "since"), .until = req_text(r, "until"));
	e = fill_in_validity(r, rows);
	return e == E_OK ? reply_page(r, rows, limit) : e;
}

static enum err fill_in_validity(struct req *r, struct rows *rows)
{
	size_t last = rows_err(rows) == E_OK ? rows_width(rows) - 1 : 0;
	struct audit_entry entry;
	struct audit_seal seal;

	for (size_t i = 0; i < rows_count(rows); i++)
		if (audit_read_sealed(rows, i, &entry, &seal))
			rows_set_flag(rows, i, last, audit_holds(&entry, &seal, &r->app->audit_keys, r->mem));
	return rows_err(rows);
}

enum err audit_export(struct req *r)
{
	struct rows *rows = sql_audit_sealed(r->db, .after = NUM(req_int(r, "after_seq", 0)), .limit = NUM(req_int(r, "limit", 1000)));
	struct audit_entry entry;
	struct audit_seal seal;
	enum err e = rows_err(rows);

	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(rows) && r->body->n < EXPORT_BYTES; i++) {
		audit_read_sealed(rows, i, &entry, &seal);
		audit_put(r->body, &entry, &seal, r->mem);
		buf_char(r->body, '\n');
	}
	r->content_type = "application/x-ndjson; charset=utf-8";
	return reply_done(r);
}

enum err audit_checkpoints(struct req *r)
{
	size_t limit = (size_t)req_int(r, "limit", 100);
	struct str text = file_end(r, "checkpoints.jsonl", limit * CHECKPOINT_BYTES), rest = text, line;

	for (size_t n = 0; n < limit && cut_last(&rest, &line); n++)
		;
	buf_add(r->body, str_skip(text, rest.n));
	r->content_type = "application/x-ndjson; charset=utf-8";
	return reply_done(r);
}

enum err audit_key(struct req *r)
{
	struct str rest = file_end(r, "public.keys", KEY_LINES_BYTES), line, kid;

	buf_lit(r->body, "{\"items\":[");
	while (cut_last(&rest, &line))
		if (str_cut(&line, ':', &kid))
			put_key(r, kid, line);
	buf_lit(r->body, "],\"next\":null}");
	return reply_done(r);
}

/* At most the last bytes of a file of STATE_DIR/audit, whole lines; empty when there is none yet. */
static struct str file_end(struct req *r, const char *name, size_t most)
{
	int fd = open(mem_strf(r->mem, "%.*s/audit/%s", STR_FMT(r->app->settings.STATE_DIR), name).p, O_RDONLY | O_CLOEXEC);
	struct str text = STR("");
	struct stat st;
	size_t at;

	if (fd < 0)
		return text;
	if (fstat(fd, &st) == 0) {
		off_t from = st.st_size > (off_t)most ? st.st_size - (off_t)most : 0;
		char *bytes = mem_raw(r->mem, most);
		ssize_t n = pread(fd, bytes, most, from);

		text = (struct str){ bytes, n > 0 ? (size_t)n : 0 };
		if (from > 0)
			text = str_find(text, '\n', &at) ? str_skip(text, at + 1) : STR("");
	}
	close(fd);
	while (text.n && text.p[text.n - 1] != '\n')
		text.n--;
	return text;
}

/* The last line of a text of whole lines. */
static bool cut_last(struct str *text, struct str *line)
{
	size_t from;

	if (!text->n)
		return false;
	for (from = text->n - 1; from > 0 && text->p[from - 1] != '\n'; from--)
		;
	*line = (struct str){ text->p + from, text->n - 1 - from };
	text->n = from;
	return true;
}

/* RFC 8410: a public key is twelve bytes that say what it is, and the key. */
static void put_key(struct req *r, struct str kid, struct str hex)
{
	unsigned char der[12 + ED25519_KEY_SIZE] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	struct str pem;

	if (!hex_decode(hex, der + 12, ED25519_KEY_SIZE))
		return;
	pem = mem_strf(r->mem, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", base64_encode(r->mem, (struct str){ (const char *)der, sizeof der }).p);
	buf_add(r->body, r->body->p[r->body->n - 1] == '}' ? STR(",{\"kid\":") : STR("{\"kid\":"));
	buf_json(r->body, kid);
	buf_lit(r->body, ",\"algorithm\":\"Ed25519\",\"public_key\":");
	buf_json(r->body, hex);
	buf_lit(r->body, ",\"pem\":");
	buf_json(r->body, pem);
	buf_char(r->body, '}');
}

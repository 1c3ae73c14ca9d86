/* Verifies the signed log without trusting whoever wrote it. It shares nothing with the programs that write the log but SHA-256, HMAC and Ed25519, and
 * reads no JSON: what it needs stands at fixed distances from both ends of a line, and everything between is covered byte by byte. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/ext/crypto.h"

enum { KEYS = 64, HEX = 64, HMAC_TEXT = 44, ED25519_TEXT = 88, GOOD = 0, TAMPERED = 1, UNUSABLE = 2 };

struct text { char *p; size_t n; };
struct keys { struct { char kid[32]; unsigned char bytes[32]; } list[KEYS]; int n; };

/* What stands at the ends of a line: {"v":1,"seq":N, ... ,"kid":"K","prev":"H","sig":"S"} */
struct ends {
	long long seq;
	char kid[32];
	const char *prev, *sig;
	size_t covered; /* bytes ahead of ,"sig" */
};

/* How far verification has come. */
struct walk {
	const struct keys *hmac, *public; /* NULL: not given */
	struct text points;               /* checkpoints not read yet */
	bool has_points;
	long long seq, anchored, bad;     /* last entry; last one that a checkpoint vouches for; the wrong one */
	char hash[HEX + 1];               /* of the last entry's line */
	long long point_seq, point_before; /* the next checkpoint, 0: none; the one before */
	char point_hash[HEX + 1], point_line[HEX + 1]; /* what the next says of the log; hash of its own line */
	const char *why;
};

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool bad(struct walk *w, long long seq, const char *why)
{
	w->bad = seq;
	w->why = why;
	return false;
}

/* false: no whole line is left. */
static bool cut(struct text *rest, struct text *line)
{
	char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end)
		return false;
	*line = (struct text){ rest->p, (size_t)(end - rest->p) };
	*rest = (struct text){ end + 1, rest->n - line->n - 1 };
	return true;
}

static void hash_of(struct text line, char out[HEX + 1])
{
	unsigned char raw[SHA256_SIZE];

	sha256((struct str){ line.p, line.n }, raw);
	for (size_t i = 0; i < sizeof raw; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static void base64(const unsigned char *b, size_t n, char *out)
{
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0u) | (i + 2 < n ? b[i + 2] : 0u);

		*out++ = digits64[v >> 18];
		*out++ = digits64[v >> 12 & 63];
		*out++ = i + 1 < n ? digits64[v >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digits64[v & 63] : '=';
	}
}

/* Only the text that base64() would write: what is no digit, or bits to spare, does not come back. */
static bool unbase64(const char text[ED25519_TEXT], unsigned char out[ED25519_TEXT / 4 * 3])
{
	char again[ED25519_TEXT];
	unsigned bits = 0;

	for (size_t i = 0; i < ED25519_TEXT; i++) {
		const char *d = memchr(digits64, text[i], 64);

		bits = bits << 6 | (d ? (unsigned)(d - digits64) : 0);
		for (size_t b = 0; i % 4 == 3 && b < 3; b++)
			out[i / 4 * 3 + b] = (unsigned char)(bits >> (16 - 8 * b));
	}
	base64(out, ED25519_SIZE, again);
	return memcmp(again, text, ED25519_TEXT) == 0;
}

static bool stands_before(struct text l, size_t end, const char *what)
{
	size_t n = strlen(what);

	return end >= n && end <= l.n && memcmp(l.p + end - n, what, n) == 0;
}

static bool ends_of(struct text l, size_t sig_n, struct ends *e)
{
	size_t sig = l.n - 2 - sig_n, prev = sig - 9 - HEX, kid_end = prev - 10, kid = kid_end, digits = 13;

	if (l.n < 60 + HEX + sig_n || !stands_before(l, digits, "{\"v\":1,\"seq\":") || !stands_before(l, sig, "\",\"sig\":\"") || !stands_before(l, prev, "\",\"prev\":\""))
		return false;
	while (kid > digits && l.p[kid - 1] != '"')
		kid--;
	*e = (struct ends){ strtoll(l.p + digits, NULL, 10), "", l.p + prev, l.p + sig, prev + HEX + 1 };
	snprintf(e->kid, sizeof e->kid, "%.*s", (int)(kid_end - kid), l.p + kid);
	return e->seq > 0 && kid_end - kid < sizeof e->kid && stands_before(l, kid, ",\"kid\":\"") && stands_before(l, l.n, "\"}");
}

/* What was signed ends in a brace where the line goes on with its signature. */
static bool is_signed(struct text l, const struct ends *e, const struct keys *k, bool checkpoint)
{
	unsigned char mac[SHA256_SIZE], sig[ED25519_TEXT / 4 * 3];
	struct str covered = { l.p, e->covered + 1 };
	char text[HMAC_TEXT];
	bool ok = false;

	l.p[e->covered] = '}';
	for (int i = 0; i < k->n && !ok; i++) {
		if (strcmp(k->list[i].kid, e->kid) != 0)
			continue;
		if (checkpoint) {
			ok = unbase64(e->sig, sig) && ed25519_holds(k->list[i].bytes, covered, sig);
		} else {
			hmac_sha256((struct str){ (const char *)k->list[i].bytes, 32 }, covered, mac);
			base64(mac, sizeof mac, text);
			ok = memcmp(text, e->sig, HMAC_TEXT) == 0;
		}
	}
	l.p[e->covered] = ',';
	return ok;
}

/* On to the next checkpoint, which must hold by itself and continue the one before. */
static bool next_point(struct walk *w)
{
	bool first = w->point_line[0] == '\0';
	char start[200];
	struct text line;
	struct ends e;
	long long count;

	w->point_before = w->point_seq;
	w->point_seq = 0;
	if (!cut(&w->points, &line))
		return w->points.n == 0 || bad(w, w->point_before + 1, "the file of checkpoints ends inside a line");
	snprintf(start, sizeof start, "%.*s", (int)line.n, line.p);
	if (!ends_of(line, ED25519_TEXT, &e) || sscanf(start, "{\"v\":1,\"seq\":%*d,\"hash\":\"%64[0-9a-f]\",\"count\":%lld,", w->point_hash, &count) != 2)
		return bad(w, w->point_before + 1, "behind it stands a line that is no checkpoint");
	if (!is_signed(line, &e, w->public, true))
		return bad(w, e.seq, "the signature of its checkpoint does not hold");
	if (!first && (memcmp(e.prev, w->point_line, HEX) != 0 || count != e.seq - w->point_before))
		return bad(w, e.seq, "its checkpoint does not continue the one before");
	hash_of(line, w->point_line);
	w->point_seq = e.seq;
	return true;
}

/* A log that was cut into files begins where a checkpoint vouches for what came before. */
static bool begin(struct walk *w, const struct ends *e)
{
	if (e->seq == 1)
		return memcmp(e->prev, zeros, HEX) == 0 || bad(w, 1, "it is not the beginning of a log");
	while (w->point_seq && w->point_seq < e->seq - 1)
		if (!next_point(w))
			return false;
	if (w->point_seq != e->seq - 1 || memcmp(w->point_hash, e->prev, HEX) != 0)
		return bad(w, 1, "it is missing, and no checkpoint vouches for what was before the first entry there is");
	w->anchored = e->seq - 1;
	return next_point(w);
}

static bool take_line(struct walk *w, struct text line)
{
	struct ends e;

	if (!ends_of(line, HMAC_TEXT, &e))
		return bad(w, w->seq + 1, "it is not a line of the log");
	if (w->seq == 0 ? !begin(w, &e) : e.seq != w->seq + 1)
		return w->why ? false : bad(w, w->seq + 1, "another entry stands in its place");
	if (w->hmac && !is_signed(line, &e, w->hmac, false))
		return bad(w, e.seq, "its signature does not hold");
	if (w->seq && memcmp(e.prev, w->hash, HEX) != 0)
		return bad(w, e.seq, "it does not continue the entry before");
	w->seq = e.seq;
	hash_of(line, w->hash);
	if (w->point_seq != w->seq)
		return true;
	if (memcmp(w->point_hash, w->hash, HEX) != 0)
		return bad(w, e.seq, "it is not what its checkpoint vouches for");
	w->anchored = w->seq;
	return next_point(w);
}

static bool take_text(struct walk *w, struct text text)
{
	struct text line;

	while (cut(&text, &line))
		if (!take_line(w, line))
			return false;
	return text.n == 0 || bad(w, w->seq + 1, "the file ends inside it");
}

/* The whole file, to be written on without changing it. */
static bool read_whole(const char *path, struct text *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	*out = (struct text){ NULL, 0 };
	if (ok && st.st_size > 0)
		*out = (struct text){ mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), (size_t)st.st_size };
	close(fd);
	ok = ok && out->p != MAP_FAILED;
	if (!ok)
		fprintf(stderr, "%s cannot be read\n", path);
	return ok;
}

/* Lines kid:64 hex digits. */
static bool read_keys(const char *path, struct keys *k)
{
	FILE *f = fopen(path, "re");
	char hex[HEX + 1];

	for (k->n = 0; f && k->n < KEYS && fscanf(f, " %31[^:]:%64s", k->list[k->n].kid, hex) == 2; k->n++)
		for (size_t i = 0; i < 32; i++)
			if (sscanf(hex + 2 * i, "%2hhx", &k->list[k->n].bytes[i]) != 1)
				return false;
	return f && fclose(f) == 0 && k->n > 0;
}

static int say(const struct walk *w, const char *file)
{
	if (w->why)
		printf("%s: entry %lld: %s\n", file, w->bad, w->why);
	else
		printf("good: %lld entries; signatures %s; checkpoints %s, up to entry %lld\n", w->seq, w->hmac ? "hold" : "not verified (no --hmac-key)",
		       w->public ? "hold" : "not verified (no --checkpoints and --public-key)", w->anchored);
	return w->why ? TAMPERED : GOOD;
}

static int verify(struct walk *w, char **files, int n)
{
	struct text text;

	if (w->public && !next_point(w))
		return say(w, "checkpoints");
	for (int i = 0; i < n; i++) {
		if (!read_whole(files[i], &text))
			return UNUSABLE;
		if (!take_text(w, text))
			return say(w, files[i]);
	}
	if (w->point_seq)
		bad(w, w->seq + 1, "it is missing at the end: a checkpoint vouches for more");
	return say(w, files[n - 1]);
}

static bool take_option(struct walk *w, const char *name, const char *file)
{
	static struct keys public, hmac;

	if (strcmp(name, "--checkpoints") == 0)
		return (w->has_points = read_whole(file, &w->points));
	if (strcmp(name, "--public-key") == 0)
		return read_keys(file, &public) && (w->public = &public);
	return strcmp(name, "--hmac-key") == 0 && read_keys(file, &hmac) && (w->hmac = &hmac);
}

int main(int argc, char **argv)
{
	struct walk w = { 0 };
	bool ok = argc > 2 && strcmp(argv[1], "verify") == 0;
	int files = 0;

	for (int i = 2; ok && i < argc; i++)
		if (strncmp(argv[i], "--", 2) != 0)
			argv[2 + files++] = argv[i];
		else
			ok = argv[i + 1] && take_option(&w, argv[i], argv[i + 1]) && ++i;
	if (ok && files && w.has_points == (w.public != NULL))
		return verify(&w, argv + 2, files);
	fputs("usage: bkg-audit verify FILE... [--checkpoints FILE --public-key FILE] [--hmac-key FILE]\n"
	      "FILE: parts of the log, oldest first. Exit status: 0 good, 1 tampered with, 2 cannot be verified.\n", stderr);
	return UNUSABLE;
}

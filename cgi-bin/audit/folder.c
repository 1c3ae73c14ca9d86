/* STATE_DIR/audit: its lock, its files, and where they end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "cgi-bin/audit/sealer.h"
#include "lib/base/code.h"
#include "lib/base/log.h"

static bool find_end(struct str line, int64_t *seq, unsigned char hash[SHA256_SIZE]);
static bool publish_keys(struct sealer *s);

bool folder_open(struct sealer *s)
{
	struct str last, point;

	s->dir = open(mem_strf(s->mem, "%.*s/audit", STR_FMT(s->app->settings.STATE_DIR)).p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return fail(s, "the folder audit cannot be opened");
	if (flock(s->dir, LOCK_EX | LOCK_NB) != 0) {
		folder_close(s); /* until the one that is being replaced has gone */
		return false;
	}
	s->log = (struct lines){ s->dir, -1, "audit.jsonl", 0600, 0 };
	s->points = (struct lines){ s->dir, -1, "checkpoints.jsonl", 0640, 0 };
	if (!publish_keys(s) || !lines_open(&s->log, s->mem, &last) || (!last.p && !lines_last_rotated(&s->log, s->mem, &last)) || !lines_open(&s->points, s->mem, &point)) {
		fail(s, "the files of the folder audit cannot be opened");
	} else if (!find_end(last, &s->seq, s->hash) || !find_end(point, &s->point_seq, s->point_hash)) {
		snprintf(s->fault, sizeof s->fault, "a file of the folder audit does not end in a line of its kind");
	} else {
		s->due_us = s->seq > s->point_seq; /* what an earlier sealer left without a checkpoint gets it at once */
		return true;
	}
	folder_close(s);
	return false;
}

void folder_close(struct sealer *s)
{
	if (s->dir < 0)
		return;
	lines_close(&s->log);
	lines_close(&s->points);
	close(s->dir);
	s->dir = -1;
}

bool fail(struct sealer *s, const char *what)
{
	snprintf(s->fault, sizeof s->fault, "%s: %s", what, strerror(errno));
	metric_add(&s->app->metrics, METRIC_bkg_audit_write_failures_total, 0, 1);
	return false;
}

/* Lines of both files begin with their number. */
static bool find_end(struct str line, int64_t *seq, unsigned char hash[SHA256_SIZE])
{
	struct str head = STR("{\"v\":1,\"seq\":"), rest, digits;

	*seq = 0;
	memset(hash, 0, SHA256_SIZE);
	if (!line.p)
		return true;
	if (!str_has_prefix(line, head))
		return false;
	rest = str_skip(line, head.n);
	sha256(line, hash);
	return str_cut(&rest, ',', &digits) && str_to_int(digits, seq) && *seq > 0;
}

/* public.keys keeps a line kid:64 hex digits for each key that ever signed, the newest last: what is signed once can be verified for ever. */
static bool publish_keys(struct sealer *s)
{
	const struct keyring *k = &s->app->checkpoint_keys;
	struct lines f = { s->dir, -1, "public.keys", 0640, 0 };
	struct str last, have = STR("");
	bool ok = lines_open(&f, s->mem, &last);

	if (ok && f.size) {
		char *bytes = mem_raw(s->mem, (size_t)f.size);

		ok = pread(f.fd, bytes, (size_t)f.size, 0) == f.size;
		have = (struct str){ bytes, (size_t)f.size };
	}
	for (int i = k->n - 1; ok && i >= 0; i--) {
		unsigned char public[ED25519_KEY_SIZE];
		struct str line;

		ed25519_public(keyring_key(k, i), public);
		line = mem_strf(s->mem, "%s:%s\n", k->list[i].kid, hex_encode(s->mem, (struct str){ (const char *)public, sizeof public }).p);
		if (!memmem(have.p, have.n, line.p, line.n))
			ok = lines_append(&f, line);
	}
	lines_close(&f);
	return ok;
}

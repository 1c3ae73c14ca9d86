#ifndef CGI_BIN_AUDIT_LINES_H
#define CGI_BIN_AUDIT_LINES_H
#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/mem.h"

/* A file of whole lines that only grows: what is appended is on disk, or not there at all. */
struct lines {
	int dir, fd; /* -1: not open */
	const char *name;
	mode_t mode;
	off_t size;
};

/* Made when absent; half a line, left by a writer that was killed, is cut off. `last` is the last line, absent when there is none. false: errno. */
bool lines_open(struct lines *f, struct mem *m, struct str *last);
void lines_close(struct lines *f);
bool lines_append(struct lines *f, struct str text);
/* The file goes on under a new name that ends in the time of day, as audit-20261124T163000Z.jsonl; nothing happens when there is one of that name. */
bool lines_rotate(struct lines *f);
/* The last line of the newest file that was rotated. */
bool lines_last_rotated(const struct lines *f, struct mem *m, struct str *last);

#endif

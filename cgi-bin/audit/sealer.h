#ifndef CGI_BIN_AUDIT_SEALER_H
#define CGI_BIN_AUDIT_SEALER_H
#include "cgi-bin/audit/lines.h"
#include "lib/core/app.h"
#include "lib/core/audit.h"

/* Events wait in the database (committed with their change) -> seals in the database -> lines in STATE_DIR/audit/audit.jsonl -> checkpoints beside it.
 * Each arrow is one durable step, and what lies behind it follows what lies before it: a sealer killed anywhere goes on where its files end. One sealer
 * holds the folder; on further hosts each keeps a copy of its own, and the database lets only one at a time add to the chain. */
struct sealer {
	struct app *app;
	struct mem *mem;           /* of one round */
	struct buf text;
	struct lines log, points;
	int dir;                   /* STATE_DIR/audit, locked while it is >= 0 */
	int64_t seq, point_seq;    /* of the last line of each file; 0: none */
	unsigned char hash[SHA256_SIZE], point_hash[SHA256_SIZE];
	int64_t due_us;            /* a checkpoint, by the clock */
	char fault[80], told[80];  /* why nothing is sealed, and what the database knows of it; "" while all is well */
	bool asked;                /* the database knows `told` from us */
};

/* One round; how long to wait before the next, in microseconds. */
int64_t sealer_round(struct sealer *s);
/* The last checkpoint, so that whoever stops the program can verify everything. */
void sealer_close(struct sealer *s);

/* In folder.c. false: s->fault says why, or is "" while another process holds the folder. */
bool folder_open(struct sealer *s);
void folder_close(struct sealer *s);
bool fail(struct sealer *s, const char *what); /* with errno; always false */

/* In checkpoint.c. */
bool checkpoint_write(struct sealer *s);

#endif

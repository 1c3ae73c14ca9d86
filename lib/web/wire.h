#ifndef WEB_WIRE_H
#define WEB_WIRE_H
#include "lib/base/buf.h"

/* The FastCGI 1.0 record layer of one connection, without any I/O: bytes in, events out. One request at a time; a second one begun meanwhile is
 * refused with CANT_MPX_CONN, as the protocol foresees. Records may be cut anywhere.
 *
 *   idle --BEGIN--> params --empty PARAMS--> body --empty STDIN--> waiting --wire_reply--> idle
 * After wire_reply the rest of the request's records is swallowed. */
enum wire_event {
	WIRE_MORE,       /* all bytes used; feed more */
	WIRE_REQUEST,    /* parameters are complete: walk them with wire_param */
	WIRE_BODY,       /* `chunk` holds the next bytes of the body */
	WIRE_BODY_END,
	WIRE_ABORT,      /* the web server has lost interest; it still wants wire_abort() */
	WIRE_TOO_LARGE,  /* parameters beyond the ceiling: answer so; body events do not come */
	WIRE_FAULT,      /* not FastCGI, or a broken parameter block: close */
};

struct wire {
	struct buf params, small;  /* small: content of management records */
	struct str chunk;
	unsigned char header[8];
	unsigned have;             /* bytes of header so far */
	size_t content, padding;   /* left of the record at hand */
	unsigned type, id, current; /* current: id of the request at hand */
	bool active, params_done, body_done, keep, too_large;
};

void wire_init(struct wire *w, size_t params_most);
void wire_release(struct wire *w);
/* Takes bytes from *in up to the next event. What must be answered by the record layer itself is added to `out`. */
enum wire_event wire_next(struct wire *w, struct str *in, struct buf *out);
/* Walks the parameters: false after the last. Start with *walk = 0. */
bool wire_param(const struct wire *w, size_t *walk, struct str *name, struct str *value);
void wire_reply(struct wire *w, struct buf *out, struct str head, struct str body); /* the whole answer and END_REQUEST */
void wire_abort(struct wire *w, struct buf *out);                                   /* END_REQUEST alone */

#endif

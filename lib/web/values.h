#ifndef WEB_VALUES_H
#define WEB_VALUES_H
#include "lib/base/url.h"
#include "lib/web/web.h"

/* Bytes -> values checked against a schema. Every fault becomes a detail with the path of its field, all of them at once; E_INVALID then.
 * E_BAD_JSON: not JSON at all, r->bad_json says why. */
enum err values_from_json(struct req *r, const struct schema *s, struct str text);
enum err values_from_pairs(struct req *r, const struct schema *s, const struct pairs *p);

#endif

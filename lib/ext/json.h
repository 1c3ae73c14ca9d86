#ifndef EXT_JSON_H
#define EXT_JSON_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/mem.h"

/* JSON trees by json-c, behind the strict scan of lib/base/json.h: what the scan refuses, json-c never sees. Trees live in the
 * arena that was passed in; strings borrowed from a tree live as long. */
struct json; /* one value of a tree */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

/* NULL: not JSON; *why then says where and what, in a sentence for the client. */
const struct json *json_parse(struct mem *m, struct str text, struct str *why);

enum json_kind json_kind(const struct json *j); /* NULL pointer: JSON_NULL */
const char *json_kind_name(enum json_kind k);
struct str json_text(const struct json *j);     /* of a JSON_TEXT; anything else is absent */
int64_t json_int(const struct json *j);
bool json_flag(const struct json *j);
size_t json_count(const struct json *j);        /* of a list or an object */
const struct json *json_at(const struct json *j, size_t i);
/* Field of an object; *there tells absent from null. */
const struct json *json_field(const struct json *j, const char *name, bool *there);
/* Walks an object: false after the last field. Start with *walk = NULL. */
bool json_next(const struct json *j, void **walk, struct str *name, const struct json **value);

#endif

#ifndef WEB_SCHEMA_H
#define WEB_SCHEMA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

/* What a route takes and gives, as rows: checked when a request comes in, used to write what goes out, and printed into OpenAPI as
 * JSON Schema 2020-12. A field that is not declared is refused on the way in and cannot leak on the way out. */
enum type {
	T_LINE,    /* text without control characters; min..max in characters */
	T_TEXT,    /* text; min..max in characters */
	T_SECRET,  /* text that is never logged; min..max in bytes */
	T_EMAIL,   /* trimmed and put in lower case */
	T_ENUM,
	T_INT,     /* min..max */
	T_BOOL,
	T_UUID,
	T_TIME,    /* RFC 3339 */
	T_LINES,   /* list of lines: at most `max`, each 1..`each` characters, none twice */
	T_FLAGS,   /* object of at most `max` names, each true or false */
	T_CURSOR,  /* opaque: an id that a page ended with */
	T_OBJECT,  /* of the schema `of` */
	T_ANY,     /* whatever JSON the database has; coming in: taken, and not looked at */
};

enum need { OPTIONAL, REQUIRED, NULLABLE }; /* NULLABLE: always there going out, but perhaps null */

struct schema;

struct field {
	const char *name;
	struct str lead;           /* what stands before its value in an object */
	enum type type;
	enum need need;
	int64_t min, max, each;
	const char *const *values; /* of T_ENUM, ends with NULL */
	const struct schema *of;
	const char *fallback;      /* what absent means, for the reader */
	const char *meaning;
};

struct schema {
	const char *name, *meaning;
	const struct field *fields; /* ends with a NULL name */
	const char *example;        /* JSON */
};

#define F_NAMED(name) name, { ",\"" name "\":", sizeof name + 3 }

#define F_LINE(name, need, min, max, meaning)       { F_NAMED(name), T_LINE, need, min, max, 0, NULL, NULL, NULL, meaning }
#define F_TEXT(name, need, min, max, meaning)       { F_NAMED(name), T_TEXT, need, min, max, 0, NULL, NULL, NULL, meaning }
#define F_SECRET(name, need, min, max, meaning)     { F_NAMED(name), T_SECRET, need, min, max, 0, NULL, NULL, NULL, meaning }
#define F_EMAIL(name, need, meaning)                { F_NAMED(name), T_EMAIL, need, 3, 254, 0, NULL, NULL, NULL, meaning }
#define F_ENUM(name, need, set, fallback, meaning)  { F_NAMED(name), T_ENUM, need, 0, 0, 0, set, NULL, fallback, meaning }
#define F_INT(name, need, min, max, fallback, meaning) { F_NAMED(name), T_INT, need, min, max, 0, NULL, NULL, fallback, meaning }
#define F_BOOL(name, need, fallback, meaning)       { F_NAMED(name), T_BOOL, need, 0, 0, 0, NULL, NULL, fallback, meaning }
#define F_UUID(name, need, meaning)                 { F_NAMED(name), T_UUID, need, 0, 0, 0, NULL, NULL, NULL, meaning }
#define F_TIME(name, need, meaning)                 { F_NAMED(name), T_TIME, need, 0, 0, 0, NULL, NULL, NULL, meaning }
#define F_LINES(name, need, most, each, meaning)    { F_NAMED(name), T_LINES, need, 0, most, each, NULL, NULL, NULL, meaning }
#define F_FLAGS(name, need, most, meaning)          { F_NAMED(name), T_FLAGS, need, 0, most, 0, NULL, NULL, NULL, meaning }
#define F_ANY(name, need, meaning)                  { F_NAMED(name), T_ANY, need, 0, 0, 0, NULL, NULL, NULL, meaning }
#define F_CURSOR(name, need, meaning)               { F_NAMED(name), T_CURSOR, need, 0, 0, 0, NULL, NULL, NULL, meaning }
#define F_OBJECT(name, need, schema, meaning)       { F_NAMED(name), T_OBJECT, need, 0, 0, 0, NULL, &schema##_schema, NULL, meaning }

/* Of every list in pages of twenty. */
#define F_PAGE \
	F_INT   ("limit", OPTIONAL, 1, 100, "20", "At most that many on a page."), \
	F_CURSOR("after", OPTIONAL, "The `next` of the page before.")

#define SCHEMA(ident, meaning, example, ...) \
	const struct schema ident##_schema = { #ident, meaning, (const struct field[]){ __VA_ARGS__, { 0 } }, example }

#define SET(ident, ...) static const char *const ident[] = { __VA_ARGS__, NULL }

/* One field's value as it came in, checked. */
struct value {
	bool given;
	union { int64_t num; bool flag; };
	struct str text; /* T_LINES: a PostgreSQL array literal; T_FLAGS: JSON */
	struct value *fields; /* T_OBJECT: one per field of its schema */
};

int schema_find(const struct schema *s, const char *name, size_t n); /* index, or -1 */
size_t schema_count(const struct schema *s);

#endif

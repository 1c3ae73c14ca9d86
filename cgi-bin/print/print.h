#ifndef CGI_BIN_PRINT_PRINT_H
#define CGI_BIN_PRINT_PRINT_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cgi-bin/routes.h"

/* What is printed from the tables. Each writes the whole of one file to stdout. */
void print_openapi_json(void);
void print_openapi_yaml(void);
void print_client(void);    /* static/src/lib/api.gen.ts */
void print_locations(void); /* nginx: path -> program and body limit */
void print_nginx_errors(void);
void print_routes(void);    /* docs/reference */
void print_errors(void);
void print_settings(void);
void print_metrics(void);
void print_scopes(void);
void print_keys(void);
void print_jobs(void);

/* A tree written as JSON or as YAML, alike. */
struct emit {
	bool yaml;
	int depth;
	bool first[32], is_list[32];
};

void emit_object(struct emit *e, const char *key); /* key NULL: an entry of a list, or the root */
void emit_list(struct emit *e, const char *key);
void emit_end(struct emit *e);
void emit_text(struct emit *e, const char *key, const char *value);
void emit_int(struct emit *e, const char *key, int64_t value);
void emit_bool(struct emit *e, const char *key, bool value);
void emit_raw(struct emit *e, const char *key, const char *json); /* JSON text as it is; YAML takes it too */

const char *method_word(enum method m, bool upper);
const char *role_needed(const struct route *r); /* "anyone", "beginner" ... */
const struct schema *const *all_schemas(void);  /* every schema the rows lead to, each once, ends with NULL */

#endif

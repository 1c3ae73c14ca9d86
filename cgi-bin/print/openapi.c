/* OpenAPI 3.1 from the route table and the schemas. */
#include <string.h>

#include "cgi-bin/print/print.h"
#include "lib/base/err.h"

static void print_openapi(bool yaml);
static void put_info(struct emit *e);
static void put_paths(struct emit *e);
static void put_operation(struct emit *e, const struct route *r);
static void put_security(struct emit *e, const struct route *r);
static void put_parameters(struct emit *e, const struct route *r);
static void put_signature_headers(struct emit *e);
static void put_body(struct emit *e, const struct route *r);
static void put_responses(struct emit *e, const struct route *r);
static void put_success(struct emit *e, const struct route *r, int status);
static void put_components(struct emit *e);
static void put_schema(struct emit *e, const struct schema *s);
static void put_field(struct emit *e, const char *key, const struct field *f);
static void put_bounds(struct emit *e, const struct field *f);
static void put_content(struct emit *e, const char *type, const char *ref);
static void put_list_content(struct emit *e, const char *ref);
static void put_error_schemas(struct emit *e);
static void put_headers(struct emit *e);

void print_openapi_json(void)
{
	print_openapi(false);
}

void print_openapi_yaml(void)
{
	print_openapi(true);
}

static void print_openapi(bool yaml)
{
	struct emit e = { .yaml = yaml };

	emit_object(&e, NULL);
	emit_text(&e, "openapi", "3.1.0");
	put_info(&e);
	put_paths(&e);
	put_components(&e);
	emit_end(&e);
}

static void put_info(struct emit *e)
{
	emit_object(e, "info");
	emit_text(e, "title", "Life-Agent");
	emit_text(e, "version", APP_VERSION);
	emit_text(e, "summary", "A change desk where people and agents improve software only through proven pull requests");
	emit_text(e, "description", "Times are RFC 3339 in UTC with milliseconds, ids UUIDv7, lists newest first with an opaque cursor. Every answer carries "
	                            "X-Request-Id; every error has one envelope, or problem+json when Accept asks for it.");
	emit_object(e, "license");
	emit_text(e, "name", "Proprietary");
	emit_text(e, "identifier", "LicenseRef-Proprietary");
	emit_end(e);
	emit_end(e);
	emit_list(e, "servers");
	emit_object(e, NULL);
	emit_text(e, "url", "/");
	emit_end(e);
	emit_end(e);
	emit_list(e, "security");
	put_security(e, NULL);
	emit_end(e);
}

/* One path item per path, in the order of its first row. */
static void put_paths(struct emit *e)
{
	emit_object(e, "paths");
	for (size_t i = 0; i < all_routes.n; i++) {
		const struct route *r = &all_routes.list[i];
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || strcmp(all_routes.list[k].path, r->path) == 0;
		if (seen)
			continue;
		emit_object(e, r->path);
		for (size_t k = i; k < all_routes.n; k++)
			if (strcmp(all_routes.list[k].path, r->path) == 0)
				put_operation(e, &all_routes.list[k]);
		emit_end(e);
	}
	emit_end(e);
}

static void put_operation(struct emit *e, const struct route *r)
{
	char text[300];
	size_t noun = strcspn(r->op, "_");

	emit_object(e, method_word(r->method, false));
	emit_text(e, "operationId", r->op);
	emit_text(e, "summary", r->summary);
	if (route_is_alias(r))
		emit_bool(e, "deprecated", true);
	snprintf(text, sizeof text, "Needs: %s%s%s%s.", role_needed(r), r->scope ? ", scope " : "", scope_infos[r->scope].text,
	         route_steps_up(r) ? "; of whoever has a second factor, that it was shown again (/auth/step-up)" : "");
	emit_text(e, "description", text);
	snprintf(text, sizeof text, "%.*s", (int)noun, r->op);
	emit_list(e, "tags");
	emit_text(e, NULL, text);
	emit_end(e);
	emit_list(e, "security");
	if (r->who == WHO_ANYONE || r->who == WHO_READER || r->who == WHO_FIRST) {
		emit_object(e, NULL);
		emit_end(e);
	}
	if (r->who != WHO_ANYONE)
		put_security(e, r);
	emit_end(e);
	put_parameters(e, r);
	put_body(e, r);
	put_responses(e, r);
	emit_end(e);
}

static void put_security(struct emit *e, const struct route *r)
{
	static const char *const schemes[] = { "bearerAuth", "apiKey", "cookieAuth" };

	for (int i = 0; i < 3; i++) {
		emit_object(e, NULL);
		emit_list(e, schemes[i]);
		if (r && r->scope)
			emit_text(e, NULL, scope_infos[r->scope].text);
		emit_end(e);
		emit_end(e);
	}
}

static void put_parameters(struct emit *e, const struct route *r)
{
	bool in_query = r->body == BODY_NONE && r->takes->fields;

	if (!in_query && !strchr(r->path, '{') && r->who == WHO_ANYONE && r->body != BODY_SIGNED)
		return;
	emit_list(e, "parameters");
	if (r->body == BODY_SIGNED)
		put_signature_headers(e);
	for (const char *p = strchr(r->path, '{'); p; p = strchr(p + 1, '{')) {
		char name[40];

		snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1, "}"), p + 1);
		emit_object(e, NULL);
		emit_text(e, "name", name);
		emit_text(e, "in", "path");
		emit_bool(e, "required", true);
		emit_raw(e, "schema", "{\"type\": \"string\", \"format\": \"uuid\"}");
		emit_end(e);
	}
	for (const struct field *f = in_query ? r->takes->fields : NULL; f && f->name; f++) {
		emit_object(e, NULL);
		emit_text(e, "name", f->name);
		emit_text(e, "in", "query");
		emit_bool(e, "required", f->need == REQUIRED);
		put_field(e, "schema", f);
		emit_end(e);
	}
	if (r->who != WHO_ANYONE) {
		emit_object(e, NULL);
		emit_text(e, "$ref", "#/components/parameters/namespace");
		emit_end(e);
	}
	emit_end(e);
}

static void put_signature_headers(struct emit *e)
{
	static const char *const names[] = { "X-Cave-Webhook-Id", "X-Cave-Webhook-Timestamp", "X-Cave-Webhook-Signature", "X-Cave-Webhook-Signature-V2" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		emit_object(e, NULL);
		emit_text(e, "name", names[i]);
		emit_text(e, "in", "header");
		emit_bool(e, "required", false);
		emit_raw(e, "schema", "{\"type\": \"string\"}");
		emit_end(e);
	}
}

static void put_body(struct emit *e, const struct route *r)
{
	char ref[80];

	if (r->body == BODY_NONE)
		return;
	snprintf(ref, sizeof ref, "#/components/schemas/%s", r->takes->name);
	emit_object(e, "requestBody");
	emit_bool(e, "required", true);
	emit_object(e, "content");
	put_content(e, "application/json", ref);
	if (r->body == BODY_JSON_OR_FORM)
		put_content(e, "application/x-www-form-urlencoded", ref);
	emit_end(e);
	emit_end(e);
}

static void put_content(struct emit *e, const char *type, const char *ref)
{
	emit_object(e, type);
	emit_object(e, "schema");
	emit_text(e, "$ref", ref);
	emit_end(e);
	emit_end(e);
}

static void put_list_content(struct emit *e, const char *ref)
{
	emit_object(e, "application/json");
	emit_object(e, "schema");
	emit_text(e, "type", "array");
	emit_object(e, "items");
	emit_text(e, "$ref", ref);
	emit_end(e);
	emit_end(e);
	emit_end(e);
}

/* The errors a row can end in follow from its columns. */
static void put_responses(struct emit *e, const struct route *r)
{
	const struct { int status; bool can; } errors[] = {
		{ 400, true }, { 401, r->who != WHO_ANYONE || r->rate == RATE_SIGN_IN || r->body == BODY_SIGNED }, { 403, r->scope != SCOPE_none || r->method != GET },
		{ 404, strchr(r->path, '{') != NULL || r->who != WHO_ANYONE }, { 409, r->method != GET }, { 411, r->body != BODY_NONE }, { 413, true }, { 414, true },
		{ 415, r->body != BODY_NONE }, { 422, r->takes->fields != NULL || r->body == BODY_NONE }, { 429, r->rate != RATE_FREE }, { 431, true }, { 500, true },
		{ 503, r->gives->name && strcmp(r->gives->name, "health") != 0 }, { 504, true },
	};
	char status[8], ref[60];

	emit_object(e, "responses");
	put_success(e, r, r->status);
	if (strcmp(r->gives->name, "health") == 0)
		put_success(e, r, 503);
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		if (!errors[i].can)
			continue;
		snprintf(status, sizeof status, "%d", errors[i].status);
		snprintf(ref, sizeof ref, "#/components/responses/error_%d", errors[i].status);
		emit_object(e, status);
		emit_text(e, "$ref", ref);
		emit_end(e);
	}
	emit_end(e);
}

static void put_success(struct emit *e, const struct route *r, int code)
{
	char status[8], ref[80];

	snprintf(status, sizeof status, "%d", code);
	snprintf(ref, sizeof ref, "#/components/schemas/%s%s", r->gives->name, r->shape == SHAPE_PAGE ? "_page" : "");
	emit_object(e, status);
	emit_text(e, "description", r->gives->meaning && *r->gives->meaning ? r->gives->meaning : r->shape == SHAPE_EMPTY ? "Done; there is nothing to say." : r->summary);
	put_headers(e);
	if (r->shape != SHAPE_EMPTY) {
		emit_object(e, "content");
		if (r->shape == SHAPE_LIST)
			put_list_content(e, ref);
		else if (r->gives->fields)
			put_content(e, "application/json", ref);
		else
			emit_raw(e, r->shape == SHAPE_LINES ? "application/x-ndjson" : "text/plain", "{\"schema\": {\"type\": \"string\"}}");
		emit_end(e);
	}
	emit_end(e);
}

static void put_headers(struct emit *e)
{
	emit_object(e, "headers");
	emit_raw(e, "X-Request-Id", "{\"$ref\": \"#/components/headers/request_id\"}");
	emit_end(e);
}

static void put_components(struct emit *e)
{
	emit_object(e, "components");
	emit_object(e, "securitySchemes");
	emit_raw(e, "bearerAuth", "{\"type\": \"http\", \"scheme\": \"bearer\", \"bearerFormat\": \"JWT\", \"description\": \"An access token of /auth/login, or an API key\"}");
	emit_raw(e, "apiKey", "{\"type\": \"apiKey\", \"in\": \"header\", \"name\": \"X-API-Key\"}");
	emit_raw(e, "cookieAuth", "{\"type\": \"apiKey\", \"in\": \"cookie\", \"name\": \"__Host-access\", \"description\": \"Set by signing in with session: cookie; for pages of this site only\"}");
	emit_end(e);
	emit_object(e, "parameters");
	emit_raw(e, "namespace", "{\"name\": \"X-Namespace\", \"in\": \"header\", \"description\": \"The namespace to ask in, by name; home when it is left out. One that the actor "
	                         "does not belong to looks like one that is not there: 404\", \"schema\": {\"type\": \"string\", \"pattern\": \"^[a-z0-9][a-z0-9-]{0,62}$\"}}");
	emit_end(e);
	emit_object(e, "headers");
	emit_raw(e, "request_id", "{\"description\": \"Finds this request in the log; yours when you sent a harmless one\", \"schema\": {\"type\": \"string\"}}");
	emit_end(e);
	put_error_schemas(e);
	emit_object(e, "schemas");
	for (const struct schema *const *s = all_schemas(); *s; s++)
		put_schema(e, *s);
	for (size_t i = 0; i < all_routes.n; i++) {
		const struct route *r = &all_routes.list[i];
		char name[80], items[200];
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || (all_routes.list[k].shape == SHAPE_PAGE && all_routes.list[k].gives == r->gives);
		if (r->shape != SHAPE_PAGE || seen)
			continue;
		snprintf(name, sizeof name, "%s_page", r->gives->name);
		snprintf(items, sizeof items, "{\"items\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/%s\"}}, \"next\": {\"type\": [\"string\", \"null\"], \"description\": \"Cursor for the next page\"}}", r->gives->name);
		emit_object(e, name);
		emit_text(e, "type", "object");
		emit_bool(e, "additionalProperties", false);
		emit_raw(e, "required", "[\"items\", \"next\"]");
		emit_raw(e, "properties", items);
		emit_end(e);
	}
	emit_raw(e, "error", "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"error\"], \"properties\": {\"error\": {\"type\": \"object\", "
	                     "\"additionalProperties\": false, \"required\": [\"code\", \"message\", \"request_id\"], \"properties\": {\"code\": {\"type\": \"string\"}, "
	                     "\"message\": {\"type\": \"string\"}, \"request_id\": {\"type\": \"string\"}, \"details\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/error_detail\"}}}}}}");
	emit_raw(e, "error_detail", "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"path\", \"message\"], \"properties\": {\"path\": {\"type\": \"string\"}, "
	                            "\"message\": {\"type\": \"string\"}}}");
	emit_raw(e, "problem", "{\"type\": \"object\", \"required\": [\"type\", \"title\", \"status\"], \"properties\": {\"type\": {\"type\": \"string\"}, \"title\": {\"type\": \"string\"}, "
	                       "\"status\": {\"type\": \"integer\"}, \"detail\": {\"type\": \"string\"}, \"instance\": {\"type\": \"string\"}, \"details\": {\"type\": \"array\", "
	                       "\"items\": {\"$ref\": \"#/components/schemas/error_detail\"}}}}");
	emit_end(e);
	emit_end(e);
}

/* One response per status: the codes it can carry stand in its description. */
static void put_error_schemas(struct emit *e)
{
	bool done[600] = { false };

	emit_object(e, "responses");
	for (int i = 1; i < E__MAX; i++) {
		int status = err_http((enum err)i);
		char name[20], codes[4000] = "";
		size_t n = 0;

		if (done[status] || status == 405) /* of no operation: the path has none for that method */
			continue;
		done[status] = true;
		for (int k = i; k < E__MAX; k++)
			if (err_http((enum err)k) == status)
				n += (size_t)snprintf(codes + n, sizeof codes - n, "%s%s: %s", n ? "; " : "", err_code((enum err)k), err_title((enum err)k));
		snprintf(name, sizeof name, "error_%d", status);
		emit_object(e, name);
		emit_text(e, "description", codes);
		put_headers(e);
		emit_object(e, "content");
		put_content(e, "application/json", "#/components/schemas/error");
		put_content(e, "application/problem+json", "#/components/schemas/problem");
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
}

static void put_schema(struct emit *e, const struct schema *s)
{
	emit_object(e, s->name);
	emit_text(e, "type", "object");
	if (*s->meaning)
		emit_text(e, "description", s->meaning);
	emit_bool(e, "additionalProperties", false);
	emit_list(e, "required");
	for (const struct field *f = s->fields; f->name; f++)
		if (f->need != OPTIONAL)
			emit_text(e, NULL, f->name);
	emit_end(e);
	emit_object(e, "properties");
	for (const struct field *f = s->fields; f->name; f++)
		put_field(e, f->name, f);
	emit_end(e);
	if (s->example) {
		emit_list(e, "examples");
		emit_raw(e, NULL, s->example);
		emit_end(e);
	}
	emit_end(e);
}

static void put_field(struct emit *e, const char *key, const struct field *f)
{
	static const char *const types[] = { [T_LINE] = "string", [T_TEXT] = "string", [T_SECRET] = "string", [T_EMAIL] = "string", [T_ENUM] = "string", [T_INT] = "integer",
	                                     [T_BOOL] = "boolean", [T_UUID] = "string", [T_TIME] = "string", [T_LINES] = "array", [T_CURSOR] = "string", [T_OBJECT] = "object", [T_FLAGS] = "object" };
	static const char *const formats[] = { [T_SECRET] = "password", [T_EMAIL] = "email", [T_UUID] = "uuid", [T_TIME] = "date-time", [T_ANY] = NULL };
	char text[200];

	emit_object(e, key);
	if (f->type == T_ANY) {
		emit_text(e, "description", f->meaning);
		emit_end(e);
		return;
	}
	if (f->type == T_OBJECT) {
		snprintf(text, sizeof text, "#/components/schemas/%s", f->of->name);
		emit_text(e, "$ref", text);
		emit_text(e, "description", f->meaning);
		emit_end(e);
		return;
	}
	if (f->need == NULLABLE) {
		snprintf(text, sizeof text, "[\"%s\", \"null\"]", types[f->type]);
		emit_raw(e, "type", text);
	} else {
		emit_text(e, "type", types[f->type]);
	}
	emit_text(e, "description", f->meaning);
	if (formats[f->type])
		emit_text(e, "format", formats[f->type]);
	if (f->values) {
		emit_list(e, "enum");
		for (const char *const *v = f->values; *v; v++)
			emit_text(e, NULL, *v);
		if (f->need == NULLABLE)
			emit_raw(e, NULL, "null");
		emit_end(e);
	}
	put_bounds(e, f);
	if (f->fallback && (f->type == T_ENUM || f->type == T_LINE))
		emit_text(e, "default", f->fallback);
	else if (f->fallback)
		emit_raw(e, "default", f->fallback);
	emit_end(e);
}

static void put_bounds(struct emit *e, const struct field *f)
{
	char text[200];

	if (f->type == T_INT) {
		emit_int(e, "minimum", f->min);
		emit_int(e, "maximum", f->max);
	} else if (f->type == T_LINES) {
		emit_int(e, "maxItems", f->max);
		emit_bool(e, "uniqueItems", true);
		snprintf(text, sizeof text, "{\"type\": \"string\", \"minLength\": 1, \"maxLength\": %lld}", (long long)f->each);
		emit_raw(e, "items", text);
	} else if (f->type == T_FLAGS) {
		emit_int(e, "maxProperties", f->max);
		emit_raw(e, "additionalProperties", "{\"type\": \"boolean\"}");
	} else if (f->max) {
		emit_int(e, "minLength", f->min);
		emit_int(e, "maxLength", f->max);
	}
}

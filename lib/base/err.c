/* The error table, and the reason phrases of HTTP. */
#include "lib/base/err.h"

#include "lib/base/check.h"

static const struct {
	int http;
	const char *code, *title;
} errs[E__MAX] = {
#define ERR(name, http, code, title) [E_##name] = { http, code, title },
#include "lib/base/errors.def"
#undef ERR
};

int err_http(enum err e)
{
	CHECK(e < E__MAX);
	return errs[e].http;
}

const char *err_code(enum err e)
{
	CHECK(e < E__MAX);
	return errs[e].code;
}

const char *err_title(enum err e)
{
	CHECK(e < E__MAX);
	return errs[e].title;
}

const char *err_reason(int http)
{
	static const struct { int http; const char *reason; } known[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 304, "Not Modified" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 409, "Conflict" }, { 411, "Length Required" }, { 413, "Content Too Large" },
		{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].http == http)
			return known[i].reason;
	return "Unknown";
}

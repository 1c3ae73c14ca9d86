#ifndef BASE_ERR_H
#define BASE_ERR_H

/* How an operation ended, one value per row of errors.def. */
enum err {
#define ERR(name, http, code, title) E_##name,
#include "lib/base/errors.def"
#undef ERR
	E__MAX
};

int err_http(enum err e);
const char *err_code(enum err e);  /* machine word, stable */
const char *err_title(enum err e); /* a sentence for a person */
const char *err_reason(int http);  /* "Not Found" for 404 */

#define MUST_CHECK __attribute__((warn_unused_result))

#endif

#ifndef CGI_BIN_API_MACHINE_H
#define CGI_BIN_API_MACHINE_H
#include "cgi-bin/routes.h"

/* Keys of what is no person; `kind` is agent or service. */
enum err machine_key_list(struct req *r, struct str kind);
enum err machine_key_create(struct req *r, struct str kind);
enum err machine_key_revoke(struct req *r, struct str kind);

#endif

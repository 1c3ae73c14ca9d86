# shellcheck shell=bash
# Faults for layers, banned, headers and density.
plant layers lib/base/str.c 'may not include lib/core' '#include "lib/core/app.h"'
plant layers lib/ext/jwt.c 'may not include lib/core' '#include "lib/core/token.h"'
plant layers lib/web/req.c 'may not include lib/live' '#include "lib/live/hub.h"'
plant layers lib/work/run.c 'may not include lib/web' '#include "lib/web/web.h"'
plant layers lib/core/rate.c 'may not include cgi-bin' '#include "cgi-bin/routes.h"'
plant layers lib/ext/db.h 'may not include build/gen' '#include "build/gen/sql.h"'
plant layers lib/core/app.c 'no path from the root' '#include "settings.h"'
plant layers lib/core/app.c 'no path from the root' '#include "../base/mem.h"'
plant layers lib/web/serve.c 'no path from the root' '#include "lib/web/../base/mem.h"'
plant layers lib/misc/thing.c 'a folder without a rank' '#include "lib/base/mem.h"'
plant layers lib/core/app.c 'names no file' '#include WHATEVER'
plant layers lib/core/token.c 'only lib/ext may include' '#include <openssl/evp.h>'
plant layers cgi-bin/api/quest.c 'only lib/ext may include' '  #  include <libpq-fe.h>'
plant layers lib/ext/pass.c 'is included by lib/ext/crypto.c already' '#include <openssl/evp.h>'
plant layers lib/ext/pass.c 'is included by lib/ext/db_link.c already' '#include <libpq-fe.h>'
plant layers lib/ext/jwt.h 'foreign types' '#include <jwt.h>'

plant banned lib/core/app.c 'system\(\): no shell' '\tsystem("date");'
plant banned lib/core/app.c 'popen\(\)' '\tf = popen (command, "r");'
for name in strcpy strcat sprintf vsprintf gets strncpy strncat alloca strtok atoi rand mktemp; do
	plant banned lib/web/req.c "$name\\(\\): " "\tx = $name(a, b);"
done
plant banned tests/unit/some_test.c 'strcat\(\)' '\tstrcat(a, "b");'
plant banned cgi-bin/api/quest.c 'past the door' '\te = http_send(m, &c, &g, &r);'
plant banned lib/core/token.c 'secret_is' '\treturn memcmp(a, b, 32) == 0;'
plant banned lib/core/token_cache.c 'secret_is' '\treturn strcmp(a, b) == 0;'
plant banned lib/web/sign_in.c 'secret_is' '\tif (memcmp(a, b, 32))'
for name in malloc calloc realloc free strdup; do
	plant banned lib/core/app.c 'heap memory' "\t$name(p);"
done
plant banned cgi-bin/api/quest.c 'heap memory' '/* a */ char *p = malloc(3); // b'
plant banned lib/web/serve.c 'goto' '\tgoto out;'
plant banned lib/core/app.c 'SQL in C' '\trun("select 1");'
plant banned lib/ext/db_link.c 'SQL in C' '\trun(db, "begin");'
plant banned cgi-bin/api/quest.c 'SQL in C' '\trun("INSERT INTO quest");'
plant banned lib/web/req.c 'SQL in C' '\trun("a", "set role x");'
plant banned lib/core/app.c 'SQL in C' '\trun("  DROP TABLE quest");'
plant banned cgi-bin/api/quest.c 'SQL in C' '\trun("with x as (select 1) delete from quest");'
plant banned sql/queries/quest.sql 'setting of the session' '-- name: x   programs: api\nSET statement_timeout = 1;'
plant banned sql/queries/quest.sql 'outlive' "-- name: x   programs: api\nselect set_config('a', :b::text,\n\tfalse);"
plant banned sql/queries/quest.sql 'ends transactions' '-- name: x   programs: api\ncommit;'

plant headers lib/base/err.h 'unknown type name' 'struct str f(struct not_here x, no_such_type y);'
change headers lib/web/match.h 'the first line is not' 's/WEB_MATCH_H/MATCH_H/'
plant density lib/core/filler.c 'fewer than 10' "$(seq -s '' -f 'int x%g;\n' 9000)" lib

/* Personal keys: what ended long ago goes. */
#include "build/gen/sql.h"
#include "cgi-bin/jobs.h"

enum err key_expire(struct job *j)
{
	return rows_err(sql_key_expire(&j->last));
}

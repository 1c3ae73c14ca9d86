/* Keys: what ended long ago goes, what is due is replaced. */
#include "build/gen/sql.h"
#include "cgi-bin/jobs.h"

enum err key_expire(struct job *j)
{
	return rows_err(sql_key_expire(&j->last));
}

enum err key_rotate_due(struct job *j)
{
	return rows_err(sql_key_rotate_due(&j->last));
}

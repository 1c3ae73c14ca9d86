/* Invites: what nobody can spend any more goes. */
#include "build/gen/sql.h"
#include "cgi-bin/jobs.h"

enum err invite_expire(struct job *j)
{
	return rows_err(sql_invite_expire(&j->last));
}

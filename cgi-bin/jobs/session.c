/* Sessions and one-time links: what is long over goes. */
#include "build/gen/sql.h"
#include "cgi-bin/jobs.h"

enum err session_expire(struct job *j)
{
	return rows_err(sql_session_expire(&j->last));
}

enum err link_expire(struct job *j)
{
	return rows_err(sql_link_expire(&j->last));
}

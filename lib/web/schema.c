/* Looking up fields. */
#include "lib/web/schema.h"

#include <string.h>

int schema_find(const struct schema *s, const char *name, size_t n)
{
	for (int i = 0; s->fields && s->fields[i].name; i++)
		if (strlen(s->fields[i].name) == n && memcmp(s->fields[i].name, name, n) == 0)
			return i;
	return -1;
}

size_t schema_count(const struct schema *s)
{
	size_t n = 0;

	while (s->fields && s->fields[n].name)
		n++;
	return n;
}

/* The build tool that prints what must not be written twice: print WHAT > FILE. */
#include <string.h>

#include "cgi-bin/print/print.h"

static const struct { const char *name; void (*print)(void); } all[] = {
	{ "openapi.json", print_openapi_json }, { "openapi.yaml", print_openapi_yaml }, { "api.gen.ts", print_client }, { "locations.conf", print_locations },
	{ "errors.conf", print_nginx_errors },  { "routes.md", print_routes },          { "errors.md", print_errors },  { "settings.md", print_settings },
	{ "metrics.md", print_metrics },        { "scopes.md", print_scopes },
	{ "jobs.md", print_jobs },             { "keys.md", print_keys },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof all / sizeof *all; i++)
		if (strcmp(argv[1], all[i].name) == 0) {
			all[i].print();
			return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
		}
	fprintf(stderr, "usage: print WHAT, where WHAT is one of:");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		fprintf(stderr, " %s", all[i].name);
	fputc('\n', stderr);
	return 2;
}

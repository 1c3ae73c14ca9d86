/* Runs a target over files and folders of files: how the saved corpora are tested on every run, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static size_t replay(const char *path);
static void replay_file(const char *path);

int main(int argc, char **argv)
{
	size_t n = 0;

	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("%zu\n", n);
	return n > 0 ? 0 : 1;
}

static size_t replay(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *e;
	char inner[4096];
	size_t n = 0;

	if (!folder) {
		replay_file(path);
		return 1;
	}
	while ((e = readdir(folder))) {
		if (e->d_name[0] == '.')
			continue;
		CHECK((size_t)snprintf(inner, sizeof inner, "%s/%s", path, e->d_name) < sizeof inner);
		n += replay(inner);
	}
	closedir(folder);
	return n;
}

/* A copy of exactly the input's size, so that AddressSanitizer sees the first byte read behind it. */
static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	CHECK(f && fstat(fileno(f), &st) == 0);
	fprintf(stderr, "%s\n", path);
	n = (size_t)st.st_size;
	data = malloc(n ? n : 1);
	CHECK(data && fread(data, 1, n, f) == n);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
}

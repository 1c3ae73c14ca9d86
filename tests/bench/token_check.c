/* CPU microseconds of one whole token check, beside libjwt's part of it alone; medians of alternating rounds as one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/check.h"
#include "lib/core/token.h"
#include "lib/ext/jwt.h"

enum { ROUNDS = 5, CHECKS = 20000 };

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double whole_check(struct mem *m, const struct token_keys *keys, struct str token, int64_t now_s)
{
	double began = cpu_us();
	struct actor who;

	for (int i = 0; i < CHECKS; i++) {
		CHECK(token_check(m, keys, token, now_s, &who));
		mem_reset(m);
	}
	return (cpu_us() - began) / CHECKS;
}

static double signature_alone(struct mem *m, const struct token_keys *keys, struct str token)
{
	const struct str key = { (const char *)keys->ring.list[0].key, KEY_SIZE };
	double began = cpu_us();

	for (int i = 0; i < CHECKS; i++) {
		CHECK(jwt_open(m, token, key));
		mem_reset(m);
	}
	return (cpu_us() - began) / CHECKS;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* token_check KEY_FILE */
int main(int n, char **args)
{
	static struct token_keys keys;
	static char kept[TOKEN_LENGTH_MAX];
	const char *id = "01890a5d-ac96-774b-bcce-b302099a8057";
	struct mem *m = mem_new(1 << 20);
	struct mem *for_keys = mem_new(1 << 16);
	double whole[ROUNDS], alone[ROUNDS];
	struct str token, why;

	CHECK(n == 2 && token_keys_read(&keys, args[1], NULL, for_keys, &why));
	token = token_issue(m, &keys, &(struct actor){ .role = BEGINNER, .principal = str_from(id), .session = str_from(id) }, time(NULL));

	memcpy(kept, token.p, token.n); /* outlives the arena's reset */
	token.p = kept;
	for (int i = 0; i < ROUNDS; i++) {
		whole[i] = whole_check(m, &keys, token, time(NULL));
		alone[i] = signature_alone(m, &keys, token);
	}
	qsort(whole, ROUNDS, sizeof *whole, by_size);
	qsort(alone, ROUNDS, sizeof *alone, by_size);
	printf("{\"check\":%.3f,\"libjwt\":%.3f}\n", whole[ROUNDS / 2], alone[ROUNDS / 2]);
	mem_free(m);
	mem_free(for_keys);
	return 0;
}

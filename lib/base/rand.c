/* Randomness, from the kernel only. */
#include "lib/base/rand.h"

#include <sys/random.h>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/code.h"

void rand_fill(void *out, size_t n)
{
	unsigned char *p = out;

	while (n) {
		size_t want = n < 256 ? n : 256;

		CHECK(getrandom(p, want, 0) == (ssize_t)want); /* never short up to 256 bytes */
		p += want;
		n -= want;
	}
}

struct str rand_token(struct mem *m, size_t bytes)
{
	char *raw = mem_raw(m, bytes);

	rand_fill(raw, bytes);
	return base64url_encode(m, (struct str){ raw, bytes });
}

void uuid7_fill(unsigned char out[16])
{
	int64_t ms = clock_wall_us() / 1000;

	rand_fill(out + 6, 10);
	for (int i = 0; i < 6; i++)
		out[i] = (unsigned char)(ms >> (40 - 8 * i));
	out[6] = (unsigned char)((out[6] & 0x0F) | 0x70);
	out[8] = (unsigned char)((out[8] & 0x3F) | 0x80);
}

/* The arena: ceiling, defers, reuse. */
#include "tests/unit/test.h"

#include <setjmp.h>

#include "lib/base/mem.h"

static int order;

static void note(void *digit)
{
	order = order * 10 + *(int *)digit;
}

static void defers_run_last_in_first_out(void **state)
{
	struct mem *m = mem_new(1 << 20);
	int one = 1, two = 2;

	(void)state;
	order = 0;
	mem_defer(m, note, &one);
	mem_defer(m, note, &two);
	mem_reset(m);
	assert_int_equal(order, 21);
	mem_free(m);
	assert_int_equal(order, 21);
}

static void passing_the_ceiling_jumps_and_the_arena_goes_on(void **state)
{
	struct mem *m = mem_new(10000);
	jmp_buf full;
	volatile int jumped = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		if (setjmp(full) == 0) {
			mem_on_full(m, &full);
			for (;;)
				mem_alloc(m, 100);
		}
		jumped++;
		assert_true(mem_used(m) <= 10000 + 16);
		mem_reset(m);
	}
	assert_int_equal(jumped, 3);
	mem_free(m);
}

static void memory_is_zeroed_when_used_again(void **state)
{
	struct mem *m = mem_new(1 << 20);

	(void)state;
	for (int round = 0; round < 4; round++) {
		for (size_t n = 1; n < 20000; n = n * 3 + 1) {
			unsigned char *p = mem_alloc(m, n);

			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAB, n);
		}
		mem_reset(m);
	}
	mem_free(m);
}

static void text_is_copied_with_its_end(void **state)
{
	struct mem *m = mem_new(1 << 20);

	(void)state;
	assert_string_equal(mem_strz(m, STR("abc")), "abc");
	assert_str(mem_strf(m, "%s-%d", "a", 7), "a-7");
	assert_string_equal(mem_strz(m, STR_NONE), "");
	mem_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defers_run_last_in_first_out),
		cmocka_unit_test(passing_the_ceiling_jumps_and_the_arena_goes_on),
		cmocka_unit_test(memory_is_zeroed_when_used_again),
		cmocka_unit_test(text_is_copied_with_its_end),
	};

	return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}

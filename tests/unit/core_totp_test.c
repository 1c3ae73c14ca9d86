/* One-time codes against the RFC's own, their window, and recovery codes. */
#include "tests/unit/test.h"

#include "lib/core/totp.h"

#define SECRET STR("12345678901234567890")

static struct mem *m;

static int up(void **state) { (void)state; m = mem_new(1 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

/* RFC 6238, appendix B, the last six of its eight digits. */
static void codes_are_those_of_the_rfc(void **state)
{
	static const struct { int64_t at_s; const char *code; } all[] = {
		{ 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_true(str_is(totp_code(m, SECRET, all[i].at_s / TOTP_STEP_SECONDS), str_from(all[i].code)));
		assert_int_equal(totp_step(m, SECRET, str_from(all[i].code), all[i].at_s), all[i].at_s / TOTP_STEP_SECONDS);
	}
}

static void a_code_is_good_for_its_step_and_the_neighbours(void **state)
{
	int64_t now = 1234567890, step = now / TOTP_STEP_SECONDS;

	(void)state;
	for (int64_t off = -3; off <= 3; off++)
		assert_int_equal(totp_step(m, SECRET, totp_code(m, SECRET, step + off), now), off >= -1 && off <= 1 ? step + off : 0);
	for (int64_t s = step * TOTP_STEP_SECONDS; s < (step + 1) * TOTP_STEP_SECONDS; s++)
		assert_int_equal(totp_step(m, SECRET, totp_code(m, SECRET, step), s), step);
}

static void what_is_no_code_is_of_no_step(void **state)
{
	static const char *const bad[] = { "", "5924", "005925", "0059240", "00592", "abcdef", "005 24", "-05924" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(totp_step(m, SECRET, str_from(bad[i]), 1234567890), 0);
	assert_int_equal(totp_step(m, STR("another secret 12345"), STR("005924"), 1234567890), 0);
}

static void apps_are_told_everything_in_one_address(void **state)
{
	(void)state;
	assert_str(totp_uri(m, SECRET, STR("ada+1@example.org")),
	           "otpauth://totp/Life-Agent:ada%2B1@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Life-Agent&algorithm=SHA1&digits=6&period=30");
	assert_has(totp_uri(m, SECRET, STR("\xc3\xa4?&#%\"@b")), ":%C3%A4%3F%26%23%25%22@b?");
}

static void recovery_codes_are_forgiving_to_type_and_never_the_same(void **state)
{
	struct str a = recovery_draw(m), b = recovery_draw(m);
	char loud[20], *p = loud;

	(void)state;
	assert_int_equal(a.n, 19);
	assert_false(str_is(a, b));
	for (size_t i = 0; i < a.n; i++)
		if (i % 5 == 4)
			assert_int_equal(a.p[i], '-');
		else
			*p++ = (char)(a.p[i] >= 'a' ? a.p[i] & ~0x20 : a.p[i]);
	assert_true(str_is(recovery_hash(m, a), recovery_hash(m, (struct str){ loud, 16 })));
	assert_true(str_is(recovery_hash(m, a), recovery_hash(m, mem_strf(m, " %.*s ", STR_FMT(a)))));
	assert_false(str_is(recovery_hash(m, a), recovery_hash(m, b)));
	assert_int_equal(recovery_hash(m, a).n, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(codes_are_those_of_the_rfc, up, down),
		cmocka_unit_test_setup_teardown(a_code_is_good_for_its_step_and_the_neighbours, up, down),
		cmocka_unit_test_setup_teardown(what_is_no_code_is_of_no_step, up, down),
		cmocka_unit_test_setup_teardown(apps_are_told_everything_in_one_address, up, down),
		cmocka_unit_test_setup_teardown(recovery_codes_are_forgiving_to_type_and_never_the_same, up, down),
	};

	return cmocka_run_group_tests_name("core/totp", tests, NULL, NULL);
}

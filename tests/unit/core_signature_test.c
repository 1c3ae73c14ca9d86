/* Signed messages: known answers, and that nothing else holds. */
#include "tests/unit/test.h"

#include "lib/base/code.h"
#include "lib/core/signature.h"

#define KEY STR("0123456789abcdef0123456789abcdef")
#define BODY STR("{\"event\":\"key.rotated\"}")
enum { NOW = 1795537800 };

static struct mem *m;
static struct signature good;

static struct signature made(const char *id)
{
	struct signature s = { .id = str_from(id), .timestamp = STR("1795537800") };

	signature_make(m, KEY, &s, BODY);
	return s;
}

static int up(void **state)
{
	(void)state;
	m = mem_new(1 << 20);
	good = made("019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12");
	return 0;
}

static int down(void **state) { (void)state; mem_free(m); return 0; }

static bool holds(const struct signature *s, struct str body, int64_t now) { return signature_holds(m, KEY, s, body, now); }

/* printf BODY | openssl dgst -sha256 -hmac KEY, of the body and of id.timestamp.body */
static void it_is_what_openssl_says(void **state)
{
	(void)state;
	assert_str(good.body, "3LZaN7N0UD2xg17jRDC6d0Ms3NlzrEbJa5XeYTVlyHY=");
	assert_str(good.whole, "v1=b702ae5df8af18e423303071b7840d8adcb90318a8fdc6547ad3baf36d4c596b");
	assert_true(holds(&good, BODY, NOW));
	assert_str(signature_id(&good), "019391a4-7c1e-7d2b-9a55-0c6d2f1e8b12");
}

static void either_is_enough_and_both_must_hold(void **state)
{
	struct signature s = good;

	(void)state;
	s.whole = s.id = s.timestamp = STR_NONE;
	assert_true(holds(&s, BODY, NOW));
	assert_null(signature_id(&s).p);
	s = good;
	s.body = STR_NONE;
	assert_true(holds(&s, BODY, NOW));
	s.whole = STR_NONE;
	assert_false(holds(&s, BODY, NOW));
	s = good;
	s.body = base64_encode(m, STR("01234567890123456789012345678901"));
	assert_false(holds(&s, BODY, NOW));
	s = good;
	s.whole = STR("v1=00");
	assert_false(holds(&s, BODY, NOW));
}

/* An id that nobody signed is no id. */
static void what_is_not_signed_counts_for_nothing(void **state)
{
	struct signature s = good;

	(void)state;
	s.whole = STR_NONE;
	s.id = STR("another");
	s.timestamp = STR("1");
	assert_true(holds(&s, BODY, NOW));
	assert_null(signature_id(&s).p);
}

static void every_bit_counts(void **state)
{
	struct str texts[] = { BODY, good.body, good.whole, good.id, good.timestamp };

	(void)state;
	for (size_t t = 0; t < COUNT(texts); t++)
		for (size_t bit = 0; bit < texts[t].n * 8; bit++) {
			struct str changed = mem_copy(m, texts[t]), body = t == 0 ? changed : BODY;
			struct signature s = { t == 3 ? changed : good.id, t == 4 ? changed : good.timestamp, t == 1 ? changed : good.body, t == 2 ? changed : good.whole };

			((char *)(uintptr_t)changed.p)[bit / 8] ^= (char)(1 << bit % 8);
			if (holds(&s, body, NOW))
				fail_msg("part %zu holds without bit %zu", t, bit);
		}
}

static void every_length_counts(void **state)
{
	(void)state;
	for (size_t n = 0; n < good.body.n; n++) {
		struct signature s = { .body = str_head(good.body, n) };

		assert_false(holds(&s, BODY, NOW));
	}
	for (size_t n = 0; n < good.whole.n; n++) {
		struct signature s = good;

		s.body = STR_NONE;
		s.whole = str_head(good.whole, n);
		assert_false(holds(&s, BODY, NOW));
	}
	assert_false(holds(&good, str_head(BODY, BODY.n - 1), NOW));
	assert_false(holds(&good, STR("{\"event\":\"key.rotated\"} "), NOW));
	assert_false(signature_holds(m, STR("0123456789abcdef0123456789abcdeg"), &good, BODY, NOW));
}

static void five_minutes_either_way(void **state)
{
	(void)state;
	assert_true(holds(&good, BODY, NOW + SIGNATURE_TOLERANCE_S));
	assert_true(holds(&good, BODY, NOW - SIGNATURE_TOLERANCE_S));
	assert_false(holds(&good, BODY, NOW + SIGNATURE_TOLERANCE_S + 1));
	assert_false(holds(&good, BODY, NOW - SIGNATURE_TOLERANCE_S - 1));
}

/* "a.1" at 2 and "a" at 1.2 would sign the same bytes. */
static void an_id_is_one_word_without_a_dot(void **state)
{
	static const char *const bad[] = { "", "a.b", "a b", "a\nb", "\xC3\xA9", "\x7F" };
	char name[SIGNATURE_ID_MOST + 2] = "";
	struct signature s;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		s = made(bad[i]);
		assert_false(holds(&s, BODY, NOW));
	}
	memset(name, 'x', sizeof name - 1);
	s = made(name);
	assert_false(holds(&s, BODY, NOW));
	s = made(name + 1);
	assert_true(holds(&s, BODY, NOW));
	s.id = STR_NONE;
	assert_false(holds(&s, BODY, NOW));
	s = good;
	s.timestamp = STR_NONE;
	assert_false(holds(&s, BODY, NOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_what_openssl_says, up, down),
		cmocka_unit_test_setup_teardown(either_is_enough_and_both_must_hold, up, down),
		cmocka_unit_test_setup_teardown(what_is_not_signed_counts_for_nothing, up, down),
		cmocka_unit_test_setup_teardown(every_bit_counts, up, down),
		cmocka_unit_test_setup_teardown(every_length_counts, up, down),
		cmocka_unit_test_setup_teardown(five_minutes_either_way, up, down),
		cmocka_unit_test_setup_teardown(an_id_is_one_word_without_a_dot, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Lines of the signed log: byte for byte as they are described, and no other event, hash, key or place fits a seal. */
#include "tests/unit/test.h"

#include "lib/core/audit.h"

static const struct keyring keys = { .n = 2, .list = { { .kid = "new", .key = "0123456789abcdefghijklmnopqrstu" }, { .kid = "old", .key = "zyxwvutsrqponmlkjihgfedcba98765" } } };
static struct mem *m;
static struct buf line = BUF(1 << 16);

static int up(void **state) { (void)state; m = mem_new(1 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); buf_release(&line); return 0; }

static struct audit_entry entry(void)
{
	return (struct audit_entry){ 7, STR("01a21080-a40d-7425-882e-ecb523725b6f"), STR("2026-11-25T02:19:55.788Z"), STR_NONE, STR("01a21080-7236-7030-8964-bcd0a24394e8"), STR("person"),
		STR("key.issued"), STR_NONE, STR("{\"a\": [1, 2.50, \"b c\\\\\", null], \"k\\\" d\": {}, \"e\": \"\xc3\xa4 \\\" \"}") };
}

static void a_line_is_as_it_is_described(void **state)
{
	struct audit_entry e = entry();
	struct audit_seal s = { .prev = { 0xab } };
	struct buf again = BUF(1 << 16);

	(void)state;
	audit_sign(&line, &e, &s, &keys, m);
	assert_str(buf_str(&line), "{\"v\":1,\"seq\":7,\"id\":\"01a21080-a40d-7425-882e-ecb523725b6f\",\"ts\":\"2026-11-25T02:19:55.788Z\",\"ns\":null,"
		"\"actor\":\"01a21080-7236-7030-8964-bcd0a24394e8\",\"actor_type\":\"person\",\"type\":\"key.issued\",\"entity\":null,"
		"\"payload\":{\"a\":[1,2.50,\"b c\\\\\",null],\"k\\\" d\":{},\"e\":\"\xc3\xa4 \\\" \"},"
		"\"kid\":\"new\",\"prev\":\"ab00000000000000000000000000000000000000000000000000000000000000\",\"sig\":\"xSSviOEP7zKxLL155Bm/2NVkcw3N4dLCbmqtbhDqhiw=\"}");
	audit_put(&again, &e, &s, m);
	assert_true(str_is(buf_str(&again), buf_str(&line)));
	buf_release(&again);
}

static void a_seal_fits_its_event_alone(void **state)
{
	struct audit_entry e = entry(), other;
	struct audit_seal s = { .prev = { 1 } }, changed;
	struct keyring old = { .n = 1 };

	(void)state;
	audit_sign(&line, &e, &s, &keys, m);
	assert_true(audit_holds(&e, &s, &keys, m));
	for (size_t i = 0; i < 8; i++) { /* id to payload */
		other = e;
		((struct str *)((char *)&other + offsetof(struct audit_entry, id)))[i] = STR("x");
		assert_false(audit_holds(&other, &s, &keys, m));
	}
	other = e;
	other.seq++;
	assert_false(audit_holds(&other, &s, &keys, m));
	for (size_t bit = 0; bit < 3 * SHA256_SIZE * 8; bit++) { /* prev, hash, sig */
		changed = s;
		((unsigned char *)&changed)[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(audit_holds(&e, &changed, &keys, m));
	}
	changed = s;
	changed.kid = STR("old");
	assert_false(audit_holds(&e, &changed, &keys, m));
	changed.kid = STR("none");
	assert_false(audit_holds(&e, &changed, &keys, m));
	old.list[0] = keys.list[1];
	audit_sign(&line, &e, &s, &old, m); /* before the keys were exchanged */
	assert_true(audit_holds(&e, &s, &keys, m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_as_it_is_described),
		cmocka_unit_test(a_seal_fits_its_event_alone),
	};

	return cmocka_run_group_tests_name("core/audit", tests, up, down);
}

/* P25: whatever is changed in a log of a thousand entries, the verifier names it. Its code is run over memory, each change from where the walk stood ahead
 * of it: what comes before is the same anyway. */
#define main bkg_audit_main
int bkg_audit_main(int argc, char **argv);
#include "cgi-bin/bkg-audit.c"
#undef main

#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/code.h"
#include "lib/core/audit.h"

enum { N = 1000, POINT = 400 };
#if defined(__SANITIZE_ADDRESS__)
enum { BITS = 1 }; /* of each byte, another for each */
#else
enum { BITS = 8 };
#endif

static struct keyring ring = { .n = 1, .list = { { .kid = "a1", .key = "0123456789abcdefghijklmnopqrstu" } } }, other = { .n = 1, .list = { { .kid = "a1", .key = "another 32 bytes of a secret key" } } };
static struct keys hmac, public;
static struct buf logged = BUF(4 << 20), points = BUF(1 << 16);
static size_t at[N + 2]; /* where entry i begins; at[N + 1]: the end */
static unsigned char hashes[N + 1][SHA256_SIZE], seed[ED25519_KEY_SIZE] = "the seed of the checkpoints' key";
static struct walk before[N + 2]; /* how things stood ahead of entry i: with the HMAC key, and checkpoints */
static struct mem *m;

static void put_point(struct buf *out, int seq, int count, struct str prev, const unsigned char key[ED25519_KEY_SIZE])
{
	unsigned char sig[ED25519_SIZE];
	struct str line = mem_strf(m, "{\"v\":1,\"seq\":%d,\"hash\":\"%s\",\"count\":%d,\"ts\":\"2026-11-25T00:00:00.000Z\",\"kid\":\"c1\",\"prev\":\"%s\"}", seq,
	                           hex_encode(m, (struct str){ (const char *)hashes[seq], SHA256_SIZE }).p, count, prev.p);

	ed25519_sign((struct str){ (const char *)key, ED25519_KEY_SIZE }, line, sig);
	buf_fmt(out, "%.*s,\"sig\":\"%s\"}\n", (int)line.n - 1, line.p, base64_encode(m, (struct str){ (const char *)sig, sizeof sig }).p);
}

static void put_points(struct buf *out, const unsigned char key[ED25519_KEY_SIZE])
{
	size_t first;

	buf_clear(out);
	put_point(out, POINT, POINT, str_from(zeros), key);
	first = out->n;
	put_point(out, N, N - POINT, sha256_hex(m, (struct str){ out->p, first - 1 }), key);
}

/* Entries whose fields hold what might confuse whoever looks for the ends of a line. `changed` gets another payload. */
static void write_log(struct buf *out, const struct keyring *k, int changed)
{
	static const char *const payloads[] = { "{}", "{\"how\": \"password\"}", "{\"a b\": \", \\\"sig\\\":\\\"\", \"prev\": [1, {\"x\": null}]}", "{\"kid\": \"\xc3\xa4\\\\\"}" };
	struct buf line = BUF(1 << 16);
	struct audit_seal s = { .kid = STR_NONE };

	buf_clear(out);
	memset(s.hash, 0, SHA256_SIZE);
	for (int i = 1; i <= N; i++) {
		struct audit_entry e = { i, mem_strf(m, "01a21080-a40d-7425-882e-%012d", i), STR("2026-11-25T02:19:55.788Z"), STR_NONE, STR("01a21080-a4d4-71c6-8c1a-6435a8b8b0bd"),
			STR("person"), i % 3 ? STR("auth.login") : STR("key.issued"), STR_NONE, i == changed ? STR("{\"how\": \"never\"}") : str_from(payloads[i % 4]) };

		memcpy(s.prev, s.hash, SHA256_SIZE);
		audit_sign(&line, &e, &s, k, m);
		assert_true(audit_holds(&e, &s, k, m));
		memcpy(hashes[i], s.hash, SHA256_SIZE);
		at[i] = out->n;
		buf_add(out, buf_str(&line));
		buf_char(out, '\n');
	}
	at[N + 1] = out->n;
	buf_release(&line);
}

static struct text part(int from, int to) { return (struct text){ logged.p + at[from], at[to] - at[from] }; }

static struct walk new_walk(bool with_hmac)
{
	struct walk w = { .hmac = with_hmac ? &hmac : NULL, .public = &public, .points = { points.p, points.n }, .has_points = true };

	assert_true(next_point(&w));
	return w;
}

static void remember(bool with_hmac)
{
	before[1] = new_walk(with_hmac);
	for (int i = 1; i <= N; i++) {
		before[i + 1] = before[i];
		if (!take_text(&before[i + 1], part(i, i + 1)))
			fail_msg("entry %d: %s", i, before[i + 1].why);
	}
	assert_true(before[N + 1].point_seq == 0 && before[N + 1].anchored == N);
}

static int up(void **state)
{
	(void)state;
	m = mem_new(64 << 20);
	hmac.n = public.n = 1;
	snprintf(hmac.list[0].kid, sizeof hmac.list[0].kid, "a1");
	memcpy(hmac.list[0].bytes, ring.list[0].key, 32);
	snprintf(public.list[0].kid, sizeof public.list[0].kid, "c1");
	ed25519_public((struct str){ (const char *)seed, sizeof seed }, public.list[0].bytes);
	write_log(&logged, &ring, 0);
	put_points(&points, seed);
	return 0;
}

static int down(void **state)
{
	(void)state;
	buf_release(&logged);
	buf_release(&points);
	mem_free(m);
	return 0;
}

/* Fails unless the text is refused from entry i on, and the entry named is `i`, or the one behind it where nothing but the chain tells. */
static void refused(int i, struct text text, bool with_hmac, const char *what)
{
	struct walk w = before[i];

	if (take_text(&w, text) && w.point_seq == 0)
		fail_msg("entry %d: %s was not seen", i, what);
	if (w.why && w.bad != i && (with_hmac || w.bad != i + 1))
		fail_msg("entry %d: %s was blamed on %lld", i, what, w.bad);
}

static void flip_all(bool with_hmac)
{
	remember(with_hmac);
	for (int i = 1; i <= N; i++) {
		struct text two = part(i, i < N ? i + 2 : N + 1);

		for (size_t b = 0; b < at[i + 1] - at[i]; b++)
			for (int bit = 0; bit < BITS; bit++) {
				char mask = (char)(1 << ((size_t)bit + b) % 8);

				two.p[b] ^= mask;
				refused(i, two, with_hmac, "a flipped bit");
				two.p[b] ^= mask;
			}
	}
}

static void every_flipped_byte_is_seen(void **state) { (void)state; flip_all(true); }
static void every_flipped_byte_is_seen_without_the_secret_key(void **state) { (void)state; flip_all(false); }

static void every_deletion_swap_and_repetition_is_seen(void **state)
{
	struct buf t = BUF(1 << 16);

	(void)state;
	for (int with_hmac = 0; with_hmac < 2; with_hmac++) {
		remember(with_hmac);
		for (int i = 1; i <= N; i++) {
			struct text one = part(i, i + 1), next = i < N ? part(i + 1, i + 2) : (struct text){ NULL, 0 };

			refused(i, next, true, "a deletion");
			buf_clear(&t);
			buf_add(&t, (struct str){ next.p, next.n });
			buf_add(&t, (struct str){ one.p, one.n });
			if (i < N)
				refused(i, (struct text){ t.p, t.n }, true, "a swap");
			refused(i + 1, one, true, "a repetition");
		}
	}
	buf_release(&t);
}

static void every_truncation_is_seen(void **state)
{
	(void)state;
	remember(false);
	for (int i = 1; i <= N; i++)
		for (size_t n = 0; n < at[i + 1] - at[i]; n++)
			refused(i, (struct text){ logged.p + at[i], n }, true, "a truncation");
	for (size_t n = 1; n < at[2]; n++) /* and half a line behind the last */
		refused(N + 1, (struct text){ logged.p, n }, true, "a broken end");
}

/* Whoever has the database and the log, but no key, writes both anew from an entry on. */
static void a_new_chain_without_the_keys_is_seen(void **state)
{
	static const unsigned char forged[ED25519_KEY_SIZE] = "a seed that is not the right one";
	struct walk w;

	(void)state;
	write_log(&logged, &other, 700);
	w = new_walk(true);
	assert_false(take_text(&w, part(1, N + 1)));
	assert_int_equal(w.bad, 1);
	w = new_walk(false); /* the first checkpoint notices that even entries before the changed one are others */
	assert_false(take_text(&w, part(1, N + 1)));
	assert_int_equal(w.bad, POINT);
	write_log(&logged, &ring, 700); /* with the HMAC key, which more programs have than that of the checkpoints */
	w = new_walk(true);
	assert_false(take_text(&w, part(1, N + 1)));
	assert_int_equal(w.bad, N);
	put_points(&points, forged);
	w = (struct walk){ .hmac = &hmac, .public = &public, .points = { points.p, points.n }, .has_points = true };
	assert_false(next_point(&w));
	write_log(&logged, &ring, 0);
	put_points(&points, seed);
}

static void every_flipped_byte_of_a_checkpoint_is_seen(void **state)
{
	(void)state;
	for (size_t b = 0; b < points.n * 8; b++) {
		struct walk w = { .public = &public, .points = { points.p, points.n }, .has_points = true };

		points.p[b / 8] ^= (char)(1 << b % 8);
		if (next_point(&w) && take_text(&w, part(1, N + 1)) && w.point_seq == 0)
			fail_msg("bit %zu of the checkpoints was not seen", b);
		points.p[b / 8] ^= (char)(1 << b % 8);
	}
}

static void checkpoints_must_continue_each_other(void **state)
{
	struct walk w = { .public = &public, .has_points = true };
	size_t first;

	(void)state;
	buf_clear(&points);
	put_point(&points, POINT, POINT, str_from(zeros), seed);
	put_point(&points, N, N - POINT, str_from(zeros), seed);
	w.points = (struct text){ points.p, points.n };
	assert_true(next_point(&w));
	assert_false(next_point(&w));
	buf_clear(&points);
	put_point(&points, POINT, POINT, str_from(zeros), seed);
	first = points.n;
	put_point(&points, N, N - POINT - 1, sha256_hex(m, (struct str){ points.p, first - 1 }), seed);
	w = (struct walk){ .public = &public, .points = { points.p, points.n }, .has_points = true };
	assert_true(next_point(&w));
	assert_false(next_point(&w));
	put_points(&points, seed);
}

/* Parts of a log: one that a checkpoint leads up to is taken, any other is not. */
static void a_log_may_begin_at_a_checkpoint_only(void **state)
{
	struct walk w;

	(void)state;
	for (int i = 2; i <= N; i++) {
		w = new_walk(true);

		assert_int_equal(take_text(&w, part(i, N + 1)) && w.point_seq == 0, i == POINT + 1);
	}
	w = new_walk(false);
	logged.p[at[POINT + 1] + 13]--; /* another number, the same hash before it */
	assert_false(take_text(&w, part(POINT + 1, POINT + 2)));
	assert_int_equal(w.bad, 1);
	logged.p[at[POINT + 1] + 13]++;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flipped_byte_is_seen),
		cmocka_unit_test(every_flipped_byte_is_seen_without_the_secret_key),
		cmocka_unit_test(every_deletion_swap_and_repetition_is_seen),
		cmocka_unit_test(every_truncation_is_seen),
		cmocka_unit_test(a_new_chain_without_the_keys_is_seen),
		cmocka_unit_test(every_flipped_byte_of_a_checkpoint_is_seen),
		cmocka_unit_test(checkpoints_must_continue_each_other),
		cmocka_unit_test(a_log_may_begin_at_a_checkpoint_only),
	};

	return cmocka_run_group_tests_name("bkg-audit", tests, up, down);
}

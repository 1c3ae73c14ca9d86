/* Digests against known answers, and comparing in constant time. */
#include "tests/unit/test.h"

#include "lib/base/code.h"
#include "lib/ext/crypto.h"

static struct mem *m;

static int up(void **state) { (void)state; m = mem_new(1 << 20); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

/* FIPS 180-4 examples. */
static void sha256_gives_the_known_answers(void **state)
{
	(void)state;
	assert_str(sha256_hex(m, STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_str(sha256_hex(m, STR("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_str(sha256_hex(m, STR_NONE), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_str(sha256_hex(m, STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
	           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, cases 1, 2 and 6. */
static void hmac_gives_the_known_answers(void **state)
{
	unsigned char mac[SHA256_SIZE];
	char key[131];

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256((struct str){ key, 20 }, STR("Hi There"), mac);
	assert_str(hex_encode(m, (struct str){ (const char *)mac, sizeof mac }), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), mac);
	assert_str(hex_encode(m, (struct str){ (const char *)mac, sizeof mac }), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	hmac_sha256((struct str){ key, sizeof key }, STR("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
	assert_str(hex_encode(m, (struct str){ (const char *)mac, sizeof mac }), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 2202, cases 1 and 2. */
static void hmac_sha1_gives_the_known_answers(void **state)
{
	unsigned char mac[SHA1_SIZE];
	char key[20];

	(void)state;
	memset(key, 0x0b, sizeof key);
	hmac_sha1((struct str){ key, sizeof key }, STR("Hi There"), mac);
	assert_str(hex_encode(m, (struct str){ (const char *)mac, sizeof mac }), "b617318655057264e28bc0b6fb378c8ef146be00");
	hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), mac);
	assert_str(hex_encode(m, (struct str){ (const char *)mac, sizeof mac }), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

/* What is sealed opens with its key and for its owner, whole, and in no other way. */
static void sealed_text_opens_for_its_owner_alone(void **state)
{
	unsigned char key[SEAL_KEY_SIZE] = { 1, 2, 3 }, other[SEAL_KEY_SIZE] = { 1, 2, 4 };
	struct str sealed = secret_seal(m, key, STR("ada"), STR("a secret of twenty b")), raw, plain;

	(void)state;
	assert_true(secret_open(m, key, STR("ada"), sealed, &plain));
	assert_str(plain, "a secret of twenty b");
	assert_false(str_is(sealed, secret_seal(m, key, STR("ada"), STR("a secret of twenty b"))));
	assert_false(secret_open(m, other, STR("ada"), sealed, &plain));
	assert_null(plain.p);
	assert_false(secret_open(m, key, STR("bob"), sealed, &plain));
	assert_false(secret_open(m, key, STR(""), sealed, &plain));
	assert_true(base64url_decode(m, sealed, &raw));
	for (size_t i = 0; i < raw.n; i++) {
		struct str bent = mem_copy(m, raw);

		((char *)(uintptr_t)bent.p)[i] ^= 1;
		assert_false(secret_open(m, key, STR("ada"), base64url_encode(m, bent), &plain));
		assert_false(secret_open(m, key, STR("ada"), base64url_encode(m, str_head(raw, i)), &plain));
	}
	assert_false(secret_open(m, key, STR("ada"), STR("not base64url!"), &plain));
	assert_true(secret_open(m, key, STR("ada"), secret_seal(m, key, STR("ada"), STR("")), &plain));
	assert_int_equal(plain.n, 0);
}

/* RFC 8032, 7.1: tests 2 and 3; every bit of message, signature and key counts. */
static void ed25519_gives_the_known_answers(void **state)
{
	static const struct { const char *seed, *public, *message, *sig; } known[] = {
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};
	unsigned char seed[ED25519_KEY_SIZE], public[ED25519_KEY_SIZE], message[2], sig[ED25519_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		struct str text = { (const char *)message, strlen(known[i].message) / 2 };

		assert_true(hex_decode(str_from(known[i].seed), seed, sizeof seed) && hex_decode(str_from(known[i].message), message, text.n));
		ed25519_public((struct str){ (const char *)seed, sizeof seed }, public);
		assert_string_equal(hex_encode(m, (struct str){ (const char *)public, sizeof public }).p, known[i].public);
		ed25519_sign((struct str){ (const char *)seed, sizeof seed }, text, sig);
		assert_string_equal(hex_encode(m, (struct str){ (const char *)sig, sizeof sig }).p, known[i].sig);
		assert_true(ed25519_holds(public, text, sig));
		for (size_t bit = 0; bit < sizeof sig * 8; bit++) {
			sig[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_false(ed25519_holds(public, text, sig));
			sig[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		message[0] ^= 1;
		assert_false(ed25519_holds(public, text, sig));
	}
}

static void secrets_are_equal_only_when_every_bit_is(void **state)
{
	char a[32], b[32];

	(void)state;
	memset(a, 7, sizeof a);
	memcpy(b, a, sizeof b);
	assert_true(secret_is((struct str){ a, 32 }, (struct str){ b, 32 }));
	for (int bit = 0; bit < 256; bit++) {
		b[bit / 8] = (char)(b[bit / 8] ^ 1 << bit % 8);
		assert_false(secret_is((struct str){ a, 32 }, (struct str){ b, 32 }));
		b[bit / 8] = a[bit / 8];
	}
	assert_false(secret_is((struct str){ a, 32 }, (struct str){ b, 31 }));
	assert_false(secret_is((struct str){ a, 0 }, (struct str){ b, 32 }));
}

static void wiped_secrets_are_gone(void **state)
{
	char a[64];

	(void)state;
	memset(a, 's', sizeof a);
	secret_wipe(a, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		assert_int_not_equal(a[i], 's');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_known_answers),
		cmocka_unit_test(hmac_gives_the_known_answers),
		cmocka_unit_test(hmac_sha1_gives_the_known_answers),
		cmocka_unit_test(sealed_text_opens_for_its_owner_alone),
		cmocka_unit_test(ed25519_gives_the_known_answers),
		cmocka_unit_test(secrets_are_equal_only_when_every_bit_is),
		cmocka_unit_test(wiped_secrets_are_gone),
	};

	return cmocka_run_group_tests_name("ext/crypto", tests, up, down);
}

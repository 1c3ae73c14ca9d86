/* Where requests may go: URLs by what is written in them, addresses by what they are, and what an operator lists. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "lib/core/door.h"

static struct mem *m;
static struct door closed, door;

static int up(void **state)
{
	struct str why;

	(void)state;
	m = mem_new(1 << 20);
	assert_true(door_open(&closed, m, STR(""), STR(""), &why));
	assert_true(door_open(&door, m, STR("127.0.0.1:9200, 10.0.0.0/8:443,,[fd00::/8]:443,[::1]:80,hook.test:8080,ollama:11434,"), STR("/dev/null"), &why));
	return 0;
}

static int down(void **state)
{
	(void)state;
	mem_free(m);
	return 0;
}

static void a_public_address_by_https_is_taken(void **state)
{
	static const char *const good[] = {
		"https://example.org", "https://example.org/", "https://example.org/a/b?c=d&e=%20", "https://example.org?x", "HTTPS://EXAMPLE.org/", "https://example.org:443/",
		"https://example.org:8443/x", "https://a-b.c1.example.org/", "https://xn--bcher-kva.example/", "https://1.1.1.1/", "https://93.184.216.34:8443/hook",
		"https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]:8443/x", "https://[64:ff9b::808:808]/", "https://1.example.org/", "https://9.9.9.9.example.org/",
		"https://example.org/@user", "https://example.org/a:b", "https://example.org/?next=http://127.0.0.1/", "https://example.org//x", "https://0x7f.example.org/",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (door_refuses(&closed, str_from(good[i])))
			fail_msg("%s %s", good[i], door_refuses(&closed, str_from(good[i])));
}

static void any_disguise_of_another_is_refused(void **state)
{
	static const char *const bad[] = { "", "https://example.org\t/", "https://example.org\n/", "https://example.org/\r\nX: y" };
	FILE *list = fopen("tests/refused_urls", "r");
	char line[256];
	int n = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!door_refuses(&closed, str_from(bad[i])))
			fail_msg("%s was taken", bad[i]);
	assert_non_null(list);
	for (; fgets(line, sizeof line, list); n += line[0] != '#') {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && !door_refuses(&closed, str_from(line)))
			fail_msg("%s was taken", line);
	}
	fclose(list);
	assert_true(n >= 120);
}

static void a_url_has_an_end(void **state)
{
	char url[DOOR_URL_MOST + 1] = "https://example.org/";

	(void)state;
	memset(url + 20, 'x', sizeof url - 20);
	assert_null(door_refuses(&closed, (struct str){ url, DOOR_URL_MOST }));
	assert_non_null(door_refuses(&closed, (struct str){ url, sizeof url }));
	assert_non_null(door_refuses(&closed, (struct str){ "https://example.org/\0x", 22 }));
}

static void what_is_listed_is_taken_as_it_is_listed(void **state)
{
	static const char *const good[] = {
		"http://127.0.0.1:9200/x", "https://127.0.0.1:9200", "https://10.1.2.3/", "http://10.1.2.3:443/", "https://[fd00::1]/", "https://[fdff:1::1]:443/", "http://[::1]/",
		"http://hook.test:8080/", "https://HOOK.test:8080/", "http://ollama:11434/v1", "https://example.org/",
	};
	static const char *const bad[] = {
		"http://127.0.0.1/", "http://127.0.0.1:9201/", "https://127.0.0.2:9200/", "https://10.1.2.3:8443/", "https://11.1.2.3:9200/", "https://[fe80::1]/", "https://[::1]:443/",
		"https://[::2]:80/", "http://hook.test/", "http://x.hook.test:8080/", "http://hook.tests:8080/", "http://ollama:11435/", "http://2130706433:9200/", "http://127.1:9200/",
		"http://a@127.0.0.1:9200/", "http://[::ffff:127.0.0.1]:9200/", "http://ollama.:11434/",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (door_refuses(&door, str_from(good[i])))
			fail_msg("%s %s", good[i], door_refuses(&door, str_from(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!door_refuses(&door, str_from(bad[i])))
			fail_msg("%s was taken", bad[i]);
}

static void a_list_that_cannot_be_read_names_its_setting(void **state)
{
	static const char *const bad[] = {
		"x", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:0", "127.0.0.1:65536", "10.0.0.0/33:443", "10.0.0.0/0:443", "10.0.0.0/:443", "10.0.0.0/x:443", "fd00::/8:443",
		"[fd00::/129]:443", "[fd00::/8:443", "[example.org]:443", "example.org/8:443", "127.1:80", "http://x:80", "a b:80", "x:80;y:80", "[]:80", "[:1", "[:80", "]:80", "*:80",
	};
	struct door d;
	struct str why, many = STR("a:1");

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (door_open(&d, m, str_from(bad[i]), STR(""), &why))
			fail_msg("%s was taken", bad[i]);
		assert_has(why, "OUTBOUND_ALLOW");
	}
	for (int i = 1; i < DOOR_LISTED_MOST; i++)
		many = mem_strf(m, "%.*s,a:1", STR_FMT(many));
	assert_true(door_open(&d, m, many, STR(""), &why));
	assert_false(door_open(&d, m, mem_strf(m, "%.*s,a:1", STR_FMT(many)), STR(""), &why));
	assert_false(door_open(&d, m, STR(""), STR("/nowhere/ca.pem"), &why));
	assert_has(why, "OUTBOUND_CA_FILE");
}

static const char *judge(const char *text)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return address_refuses((const struct sockaddr *)&four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return address_refuses((const struct sockaddr *)&six);
}

/* Each net by its first and last address, and the neighbours outside. */
static void an_address_is_public_or_is_said_what_it_is(void **state)
{
	static const char *const nets[][2] = {
		{ "0.0.0.0", "0.255.255.255" }, { "10.0.0.0", "10.255.255.255" }, { "100.64.0.0", "100.127.255.255" }, { "127.0.0.0", "127.255.255.255" },
		{ "169.254.0.0", "169.254.255.255" }, { "172.16.0.0", "172.31.255.255" }, { "192.0.0.0", "192.0.0.255" }, { "192.0.2.0", "192.0.2.255" },
		{ "192.31.196.0", "192.31.196.255" }, { "192.52.193.0", "192.52.193.255" }, { "192.88.99.0", "192.88.99.255" }, { "192.168.0.0", "192.168.255.255" },
		{ "192.175.48.0", "192.175.48.255" }, { "198.18.0.0", "198.19.255.255" }, { "198.51.100.0", "198.51.100.255" }, { "203.0.113.0", "203.0.113.255" },
		{ "224.0.0.0", "239.255.255.255" }, { "240.0.0.0", "255.255.255.255" },
		{ "::", "::1" }, { "::7f00:1", "::ffff:ffff" }, { "::ffff:0:0", "::ffff:ffff:ffff" }, { "::ffff:0:7f00:1", "::ffff:0:a00:1" }, { "64:ff9b::a00:0", "64:ff9b::aff:ffff" },
		{ "64:ff9b::7f00:1", "64:ff9b::ffff:ffff" }, { "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff" }, { "100::", "100::ffff:ffff:ffff:ffff" },
		{ "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff" }, { "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" }, { "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff" }, { "3ffe::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }, { "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "4000::", "5f00::1" }, { "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }, { "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }, { "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	static const char *const good[] = {
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
		"191.255.255.255", "192.0.1.0", "192.0.3.0", "192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
		"192.175.47.255", "192.175.49.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8",
		"2000::", "2001:200::", "2001:db7::1", "2001:db9::1", "2003::", "2606:4700:4700::1111", "2620:4f:7fff::1", "2620:4f:8001::1", "3ffd::1", "3fff:1000::", "64:ff9b::808:808",
	};
	struct sockaddr_un local = { .sun_family = AF_UNIX };

	(void)state;
	for (size_t i = 0; i < COUNT(nets); i++)
		for (int k = 0; k < 2; k++)
			if (!judge(nets[i][k]))
				fail_msg("%s passes for public", nets[i][k]);
	for (size_t i = 0; i < COUNT(good); i++)
		if (judge(good[i]))
			fail_msg("%s passes for %s", good[i], judge(good[i]));
	assert_non_null(address_refuses((const struct sockaddr *)&local));
}

/* What is refused is refused again when it is sent, with the reason, and nothing is connected to. */
static void a_call_is_judged_before_it_is_made(void **state)
{
	struct http_call c = { .url = STR("https://127.0.0.1:443/"), .connect_ms = 100, .total_ms = 100 };
	struct http_reply reply;

	(void)state;
	assert_int_equal(door_call(&closed, m, &c, &reply), E_TARGET);
	assert_string_equal(reply.fault, "must not lead to an address that is not public");
	assert_int_equal(reply.status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_public_address_by_https_is_taken, up, down),
		cmocka_unit_test_setup_teardown(any_disguise_of_another_is_refused, up, down),
		cmocka_unit_test_setup_teardown(a_url_has_an_end, up, down),
		cmocka_unit_test_setup_teardown(what_is_listed_is_taken_as_it_is_listed, up, down),
		cmocka_unit_test_setup_teardown(a_list_that_cannot_be_read_names_its_setting, up, down),
		cmocka_unit_test_setup_teardown(an_address_is_public_or_is_said_what_it_is, up, down),
		cmocka_unit_test_setup_teardown(a_call_is_judged_before_it_is_made, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The rule for URLs that requests go to: what it takes, libcurl reads in the same way, and an address in it is a public one. */
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/core/door.h"

static void agrees(const char *z);
static char *part(CURLU *u, CURLUPart what);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mem *m = mem_new(ARENA);
	struct str rest = fuzz_str(data, n), first = fuzz_line(&rest), why;
	struct door closed = { 0 }, door;

	if (!door_refuses(&closed, first))
		agrees(mem_strz(m, first));
	if (!memchr(data, 0, n) && door_open(&door, m, first, STR(""), &why)) /* or the first line is a list, and the second a URL */
		HOLDS(!door_refuses(&closed, rest) ? !door_refuses(&door, rest) : true);
	mem_free(m);
	return 0;
}

static void agrees(const char *z)
{
	CURLU *u = curl_url();
	char *host, *port, *scheme;
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	HOLDS(curl_url_set(u, CURLUPART_URL, z, 0) == CURLUE_OK);
	scheme = part(u, CURLUPART_SCHEME);
	host = part(u, CURLUPART_HOST);
	port = part(u, CURLUPART_PORT);
	HOLDS(scheme && strcmp(scheme, "https") == 0);
	HOLDS(!part(u, CURLUPART_USER) && !part(u, CURLUPART_PASSWORD) && !part(u, CURLUPART_FRAGMENT) && !part(u, CURLUPART_ZONEID));
	HOLDS(!port || strcmp(port, "443") == 0 || strcmp(port, "8443") == 0);
	HOLDS(host && (host[0] == '[' || strncasecmp(strstr(z, "://") + 3, host, strlen(host)) == 0)); /* an IPv6 address comes back in its shortest form */
	if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
		HOLDS(!address_refuses((const struct sockaddr *)&four));
	if (host[0] == '[') {
		host[strlen(host) - 1] = '\0';
		HOLDS(inet_pton(AF_INET6, host + 1, &six.sin6_addr) == 1 && !address_refuses((const struct sockaddr *)&six));
	}
	curl_free(scheme), curl_free(host), curl_free(port);
	curl_url_cleanup(u);
}

static char *part(CURLU *u, CURLUPart what)
{
	char *text = NULL;

	return curl_url_get(u, what, &text, 0) == CURLUE_OK ? text : NULL;
}

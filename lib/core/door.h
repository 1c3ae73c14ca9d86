#ifndef CORE_DOOR_H
#define CORE_DOOR_H
#include "lib/ext/http.h"

/* The one door by which requests leave for other hosts. A URL that a person gave (a webhook, a model's address, a git host) leads to public addresses
 * by https on port 443 or 8443, or it leads nowhere. Twice: by what is written (door_refuses), and by the address that is about to be connected to,
 * so that a name which points elsewhere a moment later gains nothing. What an operator lists is let through as it is listed. */
enum { DOOR_LISTED_MOST = 32, DOOR_URL_MOST = 2000 };

/* One entry of OUTBOUND_ALLOW: a name, or addresses, and a port. It covers URLs in which that name or such an address is written. */
struct door_listed {
	struct str name;       /* absent: by address */
	int family, bits;
	unsigned char net[16];
	int64_t port;
};

struct door {
	struct door_listed listed[DOOR_LISTED_MOST];
	size_t n;
	const char *ca_file;   /* NULL: the system's authorities alone */
};

/* What is written in a URL, as far as it matters here. */
struct door_target {
	bool plain;
	struct str host;       /* an IPv6 address without its brackets */
	int family;            /* of an address; 0: a name */
	unsigned char address[16];
	int64_t port;
	const struct door_listed *listed; /* by which it is let through; NULL: it has to be public */
};

/* `allow` as in the setting: host:port, 10.0.0.0/8:443, [fd00::/8]:443, separated by commas. false: *why names the setting. */
bool door_open(struct door *d, struct mem *m, struct str allow, struct str ca_file, struct str *why);
const char *door_refuses(const struct door *d, struct str url); /* what is wrong with it, to be read after "url"; NULL: nothing */
const char *door_aim(const struct door *d, struct str url, struct door_target *t); /* the same, and what is written there */
bool door_lets(const struct door_target *t, const struct sockaddr *to);
const char *address_refuses(const struct sockaddr *to); /* what it is instead of public; NULL: public */

/* Sends, when the URL and then the address pass. Headers, times and sizes are the caller's. Waits until it is over. */
enum err door_call(const struct door *d, struct mem *m, const struct http_call *c, struct http_reply *out) MUST_CHECK;

#endif

/* Where requests may go. The rules stand in nets.def and below. */
#include "lib/core/door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/check.h"

static const unsigned char *bytes_of(const struct sockaddr *to); /* NULL: not of the internet */
static const char *read_url(const struct door *d, struct str url, struct door_target *t);
static bool is_written_well(struct str url);
static bool cut_authority(struct str *rest, bool *plain);
static const char *read_host(struct str *rest, struct door_target *t);
static const char *read_name(struct door_target *t);
static bool is_label(struct str s);
static bool is_number(struct str s);
static bool read_port(struct str text, int64_t *port);
static const char *judge(const struct door_target *t);
static const char *judge_address(int family, const unsigned char *address);
static const struct door_listed *find_listed(const struct door *d, const struct door_target *t);
static bool read_listed(struct mem *m, struct str entry, struct door_listed *l);
static bool read_net(struct mem *m, struct str bits, struct door_listed *l);
static bool is_within(const unsigned char *address, const unsigned char *net, int bits);
static size_t width(int family) { return family == AF_INET ? 4 : 16; }

bool door_open(struct door *d, struct mem *m, struct str allow, struct str ca_file, struct str *why)
{
	struct str entry;

	*d = (struct door){ .ca_file = ca_file.n ? mem_strz(m, ca_file) : NULL };
	if (d->ca_file && access(d->ca_file, R_OK) != 0) {
		*why = mem_strf(m, "OUTBOUND_CA_FILE: \"%s\" cannot be read", d->ca_file);
		return false;
	}
	while (allow.n && str_cut(&allow, ',', &entry)) {
		entry = str_trim(entry);
		if (entry.n && (d->n == DOOR_LISTED_MOST || !read_listed(m, entry, &d->listed[d->n++]))) {
			*why = mem_strf(m, "OUTBOUND_ALLOW: \"%.*s\" is not like host:port, 10.0.0.0/8:443 or [fd00::/8]:443, or is one too many", STR_FMT(entry));
			return false;
		}
	}
	return true;
}

const char *door_aim(const struct door *d, struct str url, struct door_target *t)
{
	const char *fault = read_url(d, url, t);

	return fault ? fault : judge(t);
}

const char *door_refuses(const struct door *d, struct str url)
{
	struct door_target t;

	return door_aim(d, url, &t);
}

/* A listed name is the operator's word for whatever it leads to; a listed address is that address. */
bool door_lets(const struct door_target *t, const struct sockaddr *to)
{
	const unsigned char *address = bytes_of(to);

	if (!t->listed)
		return !address_refuses(to);
	if (t->listed->name.p)
		return true;
	return address && to->sa_family == t->family && memcmp(address, t->address, width(t->family)) == 0;
}

const char *address_refuses(const struct sockaddr *to)
{
	const unsigned char *address = bytes_of(to);

	return address ? judge_address(to->sa_family, address) : "not of the internet";
}

static const unsigned char *bytes_of(const struct sockaddr *to)
{
	const struct sockaddr_in *four = (const void *)to;
	const struct sockaddr_in6 *six = (const void *)to;

	return to->sa_family == AF_INET ? (const void *)&four->sin_addr : to->sa_family == AF_INET6 ? six->sin6_addr.s6_addr : NULL;
}

/* RFC 3986, and less: nothing that two readers could read in two ways. */
static const char *read_url(const struct door *d, struct str url, struct door_target *t)
{
	struct str rest = url;
	const char *fault;
	size_t at;

	*t = (struct door_target){ 0 };
	if (url.n > DOOR_URL_MOST)
		return "is too long";
	if (!is_written_well(url))
		return "must be written in the letters of a URL, without blanks and without a fragment";
	if (!cut_authority(&rest, &t->plain))
		return "must begin with https://";
	if (str_find(rest, '@', &at))
		return "must not hold a name or password";
	fault = read_host(&rest, t);
	if (fault)
		return fault;
	t->port = t->plain ? 80 : 443;
	if (rest.n && !(rest.p[0] == ':' && read_port(str_skip(rest, 1), &t->port)))
		return "must have a port that is a plain number, or none";
	t->listed = find_listed(d, t);
	return NULL;
}

static bool is_written_well(struct str url)
{
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~' || strchr("\"#<>\\^`{|}", url.p[i]))
			return false;
	return true;
}

/* What stands between the scheme and the path. */
static bool cut_authority(struct str *rest, bool *plain)
{
	size_t n, end;

	*plain = rest->n >= 7 && str_is_nocase(str_head(*rest, 7), STR("http://"));
	n = *plain ? 7 : 8;
	if (!*plain && !(rest->n >= n && str_is_nocase(str_head(*rest, n), STR("https://"))))
		return false;
	for (end = n; end < rest->n && rest->p[end] != '/' && rest->p[end] != '?';)
		end++;
	*rest = str_skip(str_head(*rest, end), n);
	return true;
}

/* Takes the host off the front; what stays is the port. */
static const char *read_host(struct str *rest, struct door_target *t)
{
	char text[INET6_ADDRSTRLEN] = "";
	size_t at;

	if (!rest->n || rest->p[0] != '[') {
		t->host = str_find(*rest, ':', &at) ? str_head(*rest, at) : *rest;
		*rest = str_skip(*rest, t->host.n);
		return read_name(t);
	}
	if (!str_find(*rest, ']', &at) || at - 1 >= sizeof text)
		return "must hold an IPv6 address in its brackets";
	t->host = str_skip(str_head(*rest, at), 1);
	memcpy(text, t->host.p, t->host.n);
	*rest = str_skip(*rest, at + 1);
	t->family = AF_INET6;
	return inet_pton(AF_INET6, text, t->address) == 1 ? NULL : "must hold an IPv6 address in its brackets";
}

/* A name whose last part is a number is an IPv4 address to most readers, whatever its shape; only the usual one is taken. */
static const char *read_name(struct door_target *t)
{
	char text[INET_ADDRSTRLEN] = "";
	struct str rest = t->host, label;
	bool labels = t->host.n >= 1 && t->host.n <= 253;

	while (labels && str_cut(&rest, '.', &label))
		labels = is_label(label);
	if (!labels)
		return "must hold the name of a host, in ASCII";
	if (!is_number(label))
		return NULL;
	t->family = AF_INET;
	if (t->host.n < sizeof text)
		memcpy(text, t->host.p, t->host.n);
	return inet_pton(AF_INET, text, t->address) == 1 ? NULL : "must write an IPv4 address as four decimal numbers";
}

static bool is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", s.p[i]))
			return false;
	return s.n >= 1 && s.n <= 63 && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

static bool is_number(struct str s)
{
	size_t digits = 0;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	return digits == s.n || (s.n >= 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x');
}

static bool read_port(struct str s, int64_t *port)
{
	return s.n && s.p[0] >= '1' && s.p[0] <= '9' && str_to_int(s, port) && *port <= 65535;
}

static const char *judge(const struct door_target *t)
{
	size_t at;

	if (t->listed)
		return NULL;
	if (t->plain)
		return "must begin with https://";
	if (t->port != 443 && t->port != 8443)
		return "must have port 443 or 8443";
	if (t->family)
		return judge_address(t->family, t->address) ? "must not lead to an address that is not public" : NULL;
	return str_find(t->host, '.', &at) ? NULL : "must hold a full name, not that of a host nearby";
}

static const char *judge_address(int family, const unsigned char *a)
{
	static const struct { int family; const char *first; int bits; const char *what; } nets[] = {
#define NET(family, first, bits, what) { family == 4 ? AF_INET : AF_INET6, first, bits, what },
#include "lib/core/nets.def"
#undef NET
	};
	static const unsigned char nat64[16] = { 0x00, 0x64, 0xff, 0x9b }, global[16] = { 0x20 };
	unsigned char net[16];

	if (family == AF_INET6 && is_within(a, nat64, 96)) /* how a host without IPv4 reaches it (RFC 6052) */
		return judge_address(AF_INET, a + 12);
	if (family == AF_INET6 && !is_within(a, global, 3))
		return "not of the public IPv6 internet";
	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
		CHECK(inet_pton(nets[i].family, nets[i].first, net) == 1);
		if (nets[i].family == family && is_within(a, net, nets[i].bits))
			return nets[i].what;
	}
	return NULL;
}

static const struct door_listed *find_listed(const struct door *d, const struct door_target *t)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct door_listed *l = &d->listed[i];

		if (l->port == t->port && (l->name.p ? !t->family && str_is_nocase(l->name, t->host) : l->family == t->family && is_within(t->address, l->net, l->bits)))
			return l;
	}
	return NULL;
}

/* "host:port", "address/bits:port", "[address/bits]:port"; without bits it is that address alone. */
static bool read_listed(struct mem *m, struct str entry, struct door_listed *l)
{
	bool six = entry.p[0] == '[';
	size_t at = entry.n;

	while (at && entry.p[at - 1] != ':')
		at--;
	if (at < (six ? 4 : 2) || (six && entry.p[at - 2] != ']') || !read_port(str_skip(entry, at), &l->port))
		return false;
	l->family = six ? AF_INET6 : AF_INET;
	return read_net(m, six ? str_skip(str_head(entry, at - 2), 1) : str_head(entry, at - 1), l);
}

static bool read_net(struct mem *m, struct str bits, struct door_listed *l)
{
	int64_t most = (int64_t)width(l->family) * 8, n = most;
	struct door_target t = { 0 };

	str_cut(&bits, '/', &t.host);
	if (inet_pton(l->family, mem_strz(m, t.host), l->net) != 1) {
		l->name = mem_copy(m, t.host);
		return l->family == AF_INET && !bits.p && !read_name(&t) && !t.family;
	}
	l->bits = !bits.p || (str_to_int(bits, &n) && n >= 1 && n <= most) ? (int)n : 0;
	return l->bits > 0;
}

static bool is_within(const unsigned char *address, const unsigned char *net, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	return memcmp(address, net, (size_t)whole) == 0 && (!rest || (address[whole] ^ net[whole]) >> (8 - rest) == 0);
}

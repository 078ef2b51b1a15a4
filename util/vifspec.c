/* SPDX-License-Identifier: GPL-2.0-only */
/* vifspec.c: reading network interfaces of configurations. */
#include "util/spec.h"
#include "util/vifspec.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RATE_US_DEFAULT 50000
#define MTU_MIN 68	/* the least that IPv4 works with, RFC 791 */
#define MTU_MAX 65535

#define IFNAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+@"

struct reader {
	struct vif_spec spec;
	struct spec_source from;
};

#define bad(r, ...) spec_bad(&(r)->from, __VA_ARGS__)

/* ---- values -------------------------------------------------------------------------------------- */

/* Digits, with an optional fraction: 1.5 of unit 1000000 is 1500000. */
static int read_scaled(const char **p, uint64_t unit, uint64_t *ret_value)
{
	uint64_t n = 0, fraction = 0, place = unit;
	const char *s = *p;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > UINT32_MAX)
			return -EINVAL;
	}
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s); s++) {
			place /= 10;
			fraction += place * (uint64_t)(*s - '0');
		}
	*p = s;
	*ret_value = n * unit + fraction;
	return 0;
}

static uint64_t unit_of(const char *text)
{
	switch (text[strspn(text, "0123456789.")]) {
	case 'G':
		return 1000000000;
	case 'M':
		return 1000000;
	case 'K':
		return 1000;
	default:
		return 1;
	}
}

static int read_interval(const char *p, uint64_t *ret_us)
{
	static const struct {
		const char *suffix;
		uint64_t unit;
	} suffixes[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 } };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const char *s = p;

		if (!read_scaled(&s, suffixes[i].unit, ret_us) && !strcmp(s, suffixes[i].suffix))
			return *ret_us && *ret_us <= UINT32_MAX ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int vif_rate_parse(const char *text, uint32_t *ret_bytes, uint32_t *ret_us)
{
	uint64_t unit = unit_of(text), per_s, us = RATE_US_DEFAULT, bytes;
	const char *p = text;

	if (read_scaled(&p, unit, &per_s) || !per_s || per_s > 1ULL << 43)
		return -EINVAL;
	if (unit > 1)
		p++;
	if (*p == 'b')
		per_s /= 8;
	else if (*p != 'B')
		return -EINVAL;
	p++;
	if (strncmp(p, "/s", 2))
		return -EINVAL;
	p += 2;
	if (*p && (*p++ != '@' || read_interval(p, &us)))
		return -EINVAL;
	/* Divided first where the product would not fit. */
	bytes = per_s < UINT32_MAX ? per_s * us / 1000000 : per_s / 1000000 * us;
	if (!bytes || bytes > UINT32_MAX)
		return -EINVAL;
	*ret_bytes = (uint32_t)bytes;
	*ret_us = (uint32_t)us;
	return 0;
}

static int mac_parse(const char *text, uint8_t ret_mac[6])
{
	uint8_t mac[6];

	for (int i = 0; i < 6; i++) {
		const char *p = text + 3 * i;

		if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]) ||
		    p[2] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		mac[i] = (uint8_t)strtoul((char[]){ p[0], p[1], 0 }, NULL, 16);
	}
	memcpy(ret_mac, mac, sizeof(mac));
	return 0;
}

void vif_default_mac(const char *uuid, uint32_t devid, uint8_t ret_mac[6])
{
	uint32_t h = 2166136261U;	/* FNV-1a */

	for (; *uuid; uuid++)
		h = (h ^ (uint8_t)tolower((unsigned char)*uuid)) * 16777619U;
	for (int i = 0; i < 4; i++)
		h = (h ^ (devid >> 8 * i & 0xff)) * 16777619U;
	ret_mac[0] = 0x00;		/* the range of Xen's, IEEE OUI 00:16:3e */
	ret_mac[1] = 0x16;
	ret_mac[2] = 0x3e;
	ret_mac[3] = (uint8_t)(h >> 16 & 0x7f);
	ret_mac[4] = (uint8_t)(h >> 8);
	ret_mac[5] = (uint8_t)h;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* What the kernel takes as an interface's name, IFNAMSIZ being 16, less what has a meaning elsewhere. */
static int set_ifname(struct reader *r, char **field, const char *key, const char *value)
{
	size_t len = strlen(value);

	if (!len || len > 15 || strspn(value, IFNAME_CHARS) < len || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return bad(r, -EINVAL, "%s '%.64s' is not the name of an interface", key, value);
	return spec_set_string(&r->from, field, key, value);
}

static int set_mac(struct reader *r, const char *value)
{
	if (mac_parse(value, r->spec.mac) || (r->spec.mac[0] & 1))
		return bad(r, -EINVAL, "mac '%.64s' is not the address of an interface such as "
			"00:16:3e:12:34:56", value);
	r->spec.has_mac = true;
	return 0;
}

static int set_bridge(struct reader *r, const char *value)
{
	return set_ifname(r, &r->spec.bridge, "bridge", value);
}

static int set_vifname(struct reader *r, const char *value)
{
	return set_ifname(r, &r->spec.vifname, "vifname", value);
}

static int set_gatewaydev(struct reader *r, const char *value)
{
	return set_ifname(r, &r->spec.gatewaydev, "gatewaydev", value);
}

static int set_script(struct reader *r, const char *value)
{
	if (!*value)
		return bad(r, -EINVAL, "script is empty");
	return spec_set_string(&r->from, &r->spec.script, "script", value);
}

/* Addresses, separated by spaces, each with an optional prefix length. */
static int set_ip(struct reader *r, const char *value)
{
	char copy[512], *save, *word, *slash, *end;
	uint8_t addr[16];
	unsigned long bits;
	bool any = false;

	if (strlen(value) >= sizeof(copy))
		return bad(r, -EINVAL, "ip is longer than %zu characters", sizeof(copy) - 1);
	strcpy(copy, value);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		bool v6 = strchr(word, ':') != NULL;

		slash = strchr(word, '/');
		if (slash)
			*slash++ = '\0';
		bits = slash && isdigit((unsigned char)*slash) ? strtoul(slash, &end, 10) : 0;
		if (inet_pton(v6 ? AF_INET6 : AF_INET, word, addr) != 1 ||
		    (slash && (!isdigit((unsigned char)*slash) || *end || bits > (v6 ? 128 : 32))))
			return bad(r, -EINVAL, "ip '%.64s' is not an address such as 10.0.0.7", word);
		any = true;
	}
	if (!any)
		return bad(r, -EINVAL, "ip is empty");
	return spec_set_string(&r->from, &r->spec.ip, "ip", value);
}

static int set_rate(struct reader *r, const char *value)
{
	if (vif_rate_parse(value, &r->spec.rate_bytes, &r->spec.rate_us))
		return bad(r, -EINVAL, "rate '%.64s' is not a rate such as 10Mb/s or 1MB/s@20ms", value);
	return 0;
}

static int read_count(const char *value, unsigned long min, unsigned long max, unsigned long *ret_n)
{
	char *end;

	if (!isdigit((unsigned char)*value))
		return -EINVAL;
	errno = 0;
	*ret_n = strtoul(value, &end, 10);
	return *end || errno || *ret_n < min || *ret_n > max ? -EINVAL : 0;
}

static int set_mtu(struct reader *r, const char *value)
{
	unsigned long n;

	if (read_count(value, MTU_MIN, MTU_MAX, &n))
		return bad(r, -EINVAL, "mtu '%.32s' is not a number from %d to %d", value, MTU_MIN,
			MTU_MAX);
	r->spec.mtu = (uint32_t)n;
	return 0;
}

static int set_devid(struct reader *r, const char *value)
{
	unsigned long n;

	if (read_count(value, 0, 255, &n))
		return bad(r, -EINVAL, "devid '%.32s' is not a number from 0 to 255", value);
	r->spec.devid = (int32_t)n;
	return 0;
}

static int set_type(struct reader *r, const char *value)
{
	if (strcmp(value, "vif") && strcmp(value, "netfront") && strcmp(value, "ioemu"))
		return bad(r, -EINVAL, "type '%.32s' is not vif", value);
	return 0;
}

static int set_model(struct reader *r, const char *value)
{
	return 0;	/* of an emulated card: a paravirtual guest has none */
}

static int set_backend(struct reader *r, const char *value)
{
	if (*value && strcmp(value, "0") && strcmp(value, "Domain-0"))
		return bad(r, -EOPNOTSUPP, "backend '%.64s': only domain 0 serves networks", value);
	return 0;
}

static const struct {
	const char *key;
	int (*set)(struct reader *r, const char *value);
} keys[] = {
	{ "mac", set_mac }, { "bridge", set_bridge }, { "script", set_script }, { "ip", set_ip },
	{ "rate", set_rate }, { "vifname", set_vifname }, { "mtu", set_mtu }, { "devid", set_devid },
	{ "type", set_type }, { "model", set_model }, { "backend", set_backend },
	{ "gatewaydev", set_gatewaydev }, { "accel", set_model }, { "trusted", set_model },
};

static int take_field(struct reader *r, char *field)
{
	char *eq = strchr(field, '=');

	if (!*field)
		return 0;
	if (!eq)
		return bad(r, -EINVAL, "'%.64s' is not KEY=VALUE", field);
	*eq = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(field, keys[i].key))
			return keys[i].set(r, eq + 1);
	return bad(r, -EINVAL, "unknown key '%.64s'", field);
}

int vif_spec_parse(const char *text, struct vif_spec *ret_spec, char *why, size_t size)
{
	struct reader r = { .spec.devid = -1, .from = { "vif", text, why, size } };
	char *copy = strdup(text), *p = copy, *next, *end;
	int rc = copy ? 0 : bad(&r, -ENOMEM, "out of memory");

	for (; !rc && p; p = next) {
		next = strchr(p, ',');
		if (next)
			*next++ = '\0';
		p += strspn(p, " \t\n");
		for (end = p + strlen(p); end > p && isspace((unsigned char)end[-1]);)
			*--end = '\0';
		rc = take_field(&r, p);
	}
	free(copy);
	if (rc)
		vif_spec_clear(&r.spec);
	*ret_spec = r.spec;
	return rc;
}

void vif_spec_clear(struct vif_spec *spec)
{
	free(spec->bridge);
	free(spec->script);
	free(spec->ip);
	free(spec->vifname);
	free(spec->gatewaydev);
	memset(spec, 0, sizeof(*spec));
	spec->devid = -1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* diskspec.c: reading disks of configurations. */
#include "util/diskspec.h"
#include "util/spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_MAX 1024	/* of any field but a path, which may have 4095 */
#define PATH_LIMIT 4095

static const char *const backing_names[] = {
	[DISK_AUTO] = "auto", [DISK_PHY] = "phy", [DISK_FILE] = "file", [DISK_QCOW2] = "qcow2",
};

static const char *const access_names[] = { [DISK_RO] = "r", [DISK_RW] = "w", [DISK_SHARED] = "w!" };

const char *disk_backing_name(enum disk_backing b)
{
	return backing_names[b];
}

const char *disk_access_name(enum disk_access a)
{
	return access_names[a];
}

/* What is being read; the text is a copy that we cut into pieces. */
struct reader {
	struct disk_spec spec;
	struct spec_source from;
	bool xm;		/* a type before the path: fields come in xm's order */
	bool access_seen, format_seen;
};

#define bad(r, ...) spec_bad(&(r)->from, __VA_ARGS__)

/* ---- device numbers ------------------------------------------------------------------------------ */

#define XVD_MAJOR   202
#define EXTENDED    (1U << 28)
#define DISKS_MAX   (1U << 20)

struct vdev_family {
	const char *prefix;
	bool letters;			/* disks are a, b, ... z, aa, ...; else numbers */
	unsigned int disks, parts;	/* so many in the old numbering; more: the extended one */
	uint32_t base[2];		/* of the first two disks and of the next two, for hd */
};

static const struct vdev_family families[] = {
	{ "xvd", true, 16, 16, { XVD_MAJOR << 8 } },
	{ "sd", true, 16, 16, { 8 << 8 } },
	{ "hd", true, 4, 64, { 3 << 8, 22 << 8 } },
	{ "d", false, 16, 16, { XVD_MAJOR << 8 } },
};

static int read_number(const char **p, uint32_t max, uint32_t *ret_value)
{
	uint64_t n = 0;
	const char *s = *p;

	if (!isdigit((unsigned char)*s) || (s[0] == '0' && isdigit((unsigned char)s[1])))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > max)
			return -EINVAL;
	}
	*p = s;
	*ret_value = (uint32_t)n;
	return 0;
}

static int read_letters(const char **p, uint32_t *ret_disk)
{
	uint64_t n = 0;
	const char *s = *p;

	if (!islower((unsigned char)*s))
		return -EINVAL;
	for (; islower((unsigned char)*s); s++) {
		n = n * 26 + (uint64_t)(*s - 'a' + 1);
		if (n > DISKS_MAX)
			return -EINVAL;
	}
	*p = s;
	*ret_disk = (uint32_t)n - 1;
	return 0;
}

static int family_number(const struct vdev_family *f, const char *p, uint32_t *ret_devid)
{
	uint32_t disk, part = 0;
	bool old;

	if (f->letters ? read_letters(&p, &disk) : read_number(&p, DISKS_MAX - 1, &disk))
		return -EINVAL;
	if (*p == 'p' && !f->letters && p[1])
		p++;
	if (*p && (read_number(&p, 255, &part) || !part || *p))
		return -EINVAL;
	old = disk < f->disks && part < f->parts;
	if (!old && f->base[0] != XVD_MAJOR << 8)
		return -EINVAL;
	if (!old)
		*ret_devid = EXTENDED | disk << 8 | part;
	else if (f->base[1])
		*ret_devid = f->base[disk / 2] | disk % 2 << 6 | part;
	else
		*ret_devid = f->base[0] | disk << 4 | part;
	return 0;
}

int disk_vdev_number(const char *vdev, uint32_t *ret_devid)
{
	unsigned long n;
	char *end;

	if (!strncmp(vdev, "/dev/", 5))
		vdev += 5;
	if (isdigit((unsigned char)*vdev)) {
		errno = 0;
		n = strtoul(vdev, &end, 0);
		if (*end || errno || n > UINT32_MAX / 8)
			return -EINVAL;
		*ret_devid = (uint32_t)n;
		return 0;
	}
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct vdev_family *f = &families[i];
		size_t len = strlen(f->prefix);

		if (!strncmp(vdev, f->prefix, len) && !family_number(f, vdev + len, ret_devid))
			return 0;
	}
	return -EINVAL;
}

/* ---- fields -------------------------------------------------------------------------------------- */

static int set_string(struct reader *r, char **field, const char *name, const char *value, size_t max)
{
	if (!*field && strlen(value) > max)
		return bad(r, -EINVAL, "%s is longer than %zu characters", name, max);
	return spec_set_string(&r->from, field, name, value);
}

static int set_path(struct reader *r, const char *value)
{
	if (!*value)
		return 0;	/* an empty drive */
	if (*value != '/')
		return bad(r, -EINVAL, "'%.200s' is not an absolute path", value);
	return set_string(r, &r->spec.path, "the path", value, PATH_LIMIT);
}

static int set_vdev(struct reader *r, const char *value)
{
	char name[64];
	const char *colon = strchr(value, ':');
	int rc;

	snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - value) : 63, value);
	if (colon && strcmp(colon, ":cdrom") && strcmp(colon, ":disk"))
		return bad(r, -EINVAL, "'%.32s' behind the device's name is not :cdrom or :disk", colon);
	if (colon)
		r->spec.cdrom = !strcmp(colon, ":cdrom");
	if (disk_vdev_number(name, &r->spec.devid))
		return bad(r, -EINVAL, "'%.63s' is not the name of a virtual disk such as xvda or xvdb1",
			name);
	rc = set_string(r, &r->spec.vdev, "the virtual disk", name, FIELD_MAX);
	return rc;
}

static int set_access(struct reader *r, const char *value)
{
	static const struct {
		const char *word;
		enum disk_access access;
	} words[] = {
		{ "r", DISK_RO }, { "ro", DISK_RO }, { "w", DISK_RW }, { "rw", DISK_RW },
		{ "w!", DISK_SHARED }, { "rw!", DISK_SHARED }, { "!", DISK_SHARED },
	};

	if (r->access_seen)
		return bad(r, -EINVAL, "access is given twice");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(value, words[i].word)) {
			r->spec.access = words[i].access;
			r->access_seen = true;
			return 0;
		}
	}
	return bad(r, -EINVAL, "access '%.32s' is none of r, w and w!", value);
}

/* Formats of xl and types of xm: the same words. */
static const struct {
	const char *word;
	enum disk_backing backing;
	bool type;		/* may stand before a path with a colon */
	bool cannot;
} formats[] = {
	{ "phy", DISK_PHY, true }, { "file", DISK_FILE, true }, { "raw", DISK_AUTO, true },
	{ "qcow2", DISK_QCOW2, true }, { "aio", DISK_AUTO, true },
	{ "qcow", DISK_AUTO, true, true }, { "vhd", DISK_AUTO, true, true },
	{ "qed", DISK_AUTO, true, true }, { "vmdk", DISK_AUTO, true, true },
	{ "ram", DISK_AUTO, true, true },
};

static int set_format(struct reader *r, const char *value)
{
	if (r->format_seen)
		return bad(r, -EINVAL, "the format is given twice");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(value, formats[i].word))
			continue;
		if (formats[i].cannot)
			return bad(r, -EOPNOTSUPP, "format %s is not supported; raw and qcow2 are",
				value);
		r->spec.backing = formats[i].backing;
		r->format_seen = true;
		return 0;
	}
	return bad(r, -EINVAL, "'%.32s' is not a format; raw and qcow2 are", value);
}

static int set_devtype(struct reader *r, const char *value)
{
	if (strcmp(value, "cdrom") && strcmp(value, "disk"))
		return bad(r, -EINVAL, "devtype '%.32s' is not cdrom or disk", value);
	r->spec.cdrom = !strcmp(value, "cdrom");
	return 0;
}

static int set_backend(struct reader *r, const char *value)
{
	if (*value && strcmp(value, "0") && strcmp(value, "Domain-0"))
		return bad(r, -EOPNOTSUPP, "backend domain '%.64s': only domain 0 serves disks", value);
	return 0;
}

static int set_backendtype(struct reader *r, const char *value)
{
	if (strcmp(value, "phy") && strcmp(value, "qdisk") && strcmp(value, "tap"))
		return bad(r, -EINVAL, "backendtype '%.32s' is not known", value);
	return 0;	/* our own choice serves all of them */
}

static int set_script(struct reader *r, const char *value)
{
	return set_string(r, &r->spec.script, "the script", value, PATH_LIMIT);
}

static const struct {
	const char *key;
	int (*set)(struct reader *r, const char *value);
} options[] = {
	{ "target", set_path }, { "format", set_format }, { "vdev", set_vdev },
	{ "access", set_access }, { "devtype", set_devtype }, { "backend", set_backend },
	{ "backendtype", set_backendtype }, { "script", set_script },
};

static int set_flag(struct reader *r, const char *word)
{
	if (!strcmp(word, "cdrom"))
		r->spec.cdrom = true;
	else if (!strcmp(word, "discard") || !strcmp(word, "no-discard"))
		r->spec.discard = *word == 'd';
	else if (!strcmp(word, "direct-io-safe"))
		r->spec.direct_io_safe = true;
	else if (strcmp(word, "removable") && strcmp(word, "removable=1"))
		return -ENOENT;
	return 0;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

/* "phy:", "tap:aio:", "tap2:qcow2:" before the path. */
static int take_types(struct reader *r, char **p)
{
	for (;;) {
		size_t len = strspn(*p, "abcdefghijklmnopqrstuvwxyz0123456789-");
		char word[16];

		if (!len || len >= sizeof(word) || (*p)[len] != ':')
			return 0;
		memcpy(word, *p, len);
		word[len] = '\0';
		r->xm = true;
		*p += len + 1;
		if (!strcmp(word, "tap") || !strcmp(word, "tap2") || !strcmp(word, "tapdisk"))
			continue;
		return set_format(r, word);
	}
}

/* A path of xm's types may lack the slash: phy:sda1 means /dev/sda1. */
static int take_path(struct reader *r, const char *value)
{
	char full[PATH_LIMIT + 8];

	if (r->spec.backing != DISK_PHY || !*value || *value == '/')
		return set_path(r, value);
	snprintf(full, sizeof(full), "/dev/%s", value);
	return set_path(r, full);
}

static int take_protocol(struct reader *r, const char *value)
{
	if (*value && strcmp(value, "x86_64-abi"))
		return bad(r, -EINVAL, "protocol '%.32s' is not x86_64-abi", value);
	return 0;
}

static int take_positional(struct reader *r, unsigned int index, const char *value)
{
	static int (*const xm_order[])(struct reader *, const char *) = {
		take_path, set_vdev, set_access, set_backend, take_protocol,
	};
	static int (*const xl_order[])(struct reader *, const char *) = {
		take_path, set_format, set_vdev, set_access,
	};
	unsigned int count = r->xm ? 5 : 4;

	if (index >= count)
		return bad(r, -EINVAL, "'%.64s' is one field too many", value);
	if (!*value)
		return 0;
	return (r->xm ? xm_order : xl_order)[index](r, value);
}

/* KEY=VALUE, or a flag; -ENOENT: neither, so it is positional. */
static int take_option(struct reader *r, const char *field)
{
	const char *eq = strchr(field, '=');
	size_t len = eq ? (size_t)(eq - field) : 0;

	if (!eq || strspn(field, "abcdefghijklmnopqrstuvwxyz-") < len)
		return set_flag(r, field);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strlen(options[i].key) == len && !strncmp(field, options[i].key, len))
			return options[i].set(r, eq + 1);
	return set_flag(r, field) ? bad(r, -EINVAL, "unknown key '%.*s'", (int)len, field) : 0;
}

static int take_fields(struct reader *r, char *p)
{
	unsigned int index = 0;
	char *next, *end;
	int rc;

	rc = take_types(r, &p);
	for (; !rc && p; p = next) {
		while (*p == ' ' || *p == '\t')
			p++;
		next = strchr(p, ',');
		if (next && strncmp(p, "target=", 7))	/* which takes all that follows */
			*next++ = '\0';
		else
			next = NULL;
		end = p + strlen(p);
		while (end > p && isspace((unsigned char)end[-1]))
			*--end = '\0';
		rc = take_option(r, p);
		if (rc == -ENOENT)
			rc = take_positional(r, index++, p);
	}
	return rc;
}

static int check_whole(struct reader *r)
{
	struct disk_spec *s = &r->spec;

	if (!s->vdev)
		return bad(r, -EINVAL, "the virtual disk's name (such as xvda) is missing");
	if (!s->path && !s->cdrom)
		return bad(r, -EINVAL, "the path is missing");
	if (s->cdrom && r->access_seen && s->access != DISK_RO)
		return bad(r, -EINVAL, "a cdrom cannot be written; access must be r");
	if (!r->access_seen)
		s->access = s->cdrom ? DISK_RO : DISK_RW;
	return 0;
}

int disk_spec_parse(const char *text, struct disk_spec *ret_spec, char *why, size_t size)
{
	struct reader r = { .from = { "disk", text, why, size } };
	char *copy = strdup(text);
	int rc = copy ? take_fields(&r, copy) : bad(&r, -ENOMEM, "out of memory");

	free(copy);
	if (!rc)
		rc = check_whole(&r);
	if (rc)
		disk_spec_clear(&r.spec);
	*ret_spec = r.spec;
	return rc;
}

void disk_spec_clear(struct disk_spec *spec)
{
	free(spec->path);
	free(spec->vdev);
	free(spec->script);
	memset(spec, 0, sizeof(*spec));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hvcspec.c: reading the lines of serial= and channel=. */
#include "util/hvcspec.h"
#include "util/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#define NAME_MAX_LEN 64

static const char *const kind_names[] = {
	[HVC_CONSOLE] = "console", [HVC_PTY] = "pty", [HVC_SOCKET] = "socket",
};

struct reader {
	struct hvc_spec spec;
	struct spec_source from;
	char *connection, *backend;
};

const char *hvc_kind_name(enum hvc_kind kind)
{
	return kind_names[kind];
}

void hvc_spec_clear(struct hvc_spec *spec)
{
	free(spec->name);
	free(spec->path);
	memset(spec, 0, sizeof(*spec));
}

int serial_spec_parse(const char *text, struct hvc_spec *ret_spec, char *why, size_t size)
{
	struct spec_source from = { "serial", text, why, size };

	memset(ret_spec, 0, sizeof(*ret_spec));
	if (strcmp(text, "pty") != 0)
		return spec_bad(&from, -EINVAL, "only pty is possible (what is to be connected to a socket is a "
			"channel)");
	return 0;
}

static int check(struct reader *r)
{
	struct hvc_spec *s = &r->spec;
	size_t len = s->name ? strlen(s->name) : 0;

	if (r->backend && strcmp(r->backend, "0") && strcmp(r->backend, "Domain-0"))
		return spec_bad(&r->from, -EINVAL, "only domain 0 can be its backend");
	if (!len || len > NAME_MAX_LEN)
		return spec_bad(&r->from, -EINVAL, "name, by which the guest finds it, is %s",
			len ? "too long" : "missing");
	for (const char *c = s->name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return spec_bad(&r->from, -EINVAL, "its name has a control character");
	if (!r->connection)
		return spec_bad(&r->from, -EINVAL, "connection is missing: pty or socket");
	if (!strcasecmp(r->connection, "pty"))
		s->kind = HVC_PTY;
	else if (!strcasecmp(r->connection, "socket"))
		s->kind = HVC_SOCKET;
	else
		return spec_bad(&r->from, -EINVAL, "connection is neither pty nor socket");
	if (s->kind == HVC_PTY && s->path)
		return spec_bad(&r->from, -EINVAL, "a pty has no path");
	if (s->kind == HVC_SOCKET && (!s->path || *s->path != '/'))
		return spec_bad(&r->from, -EINVAL, "path is %s", s->path ? "not absolute" : "missing");
	if (s->path && strlen(s->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return spec_bad(&r->from, -ENAMETOOLONG, "path is too long for a socket");
	return 0;
}

int channel_spec_parse(const char *text, struct hvc_spec *ret_spec, char *why, size_t size)
{
	struct reader r = { .from = { "channel", text, why, size } };
	const struct spec_key keys[] = {
		{ "name", &r.spec.name }, { "path", &r.spec.path }, { "connection", &r.connection },
		{ "backend", &r.backend },
	};
	int rc = spec_pairs(&r.from, text, keys, sizeof(keys) / sizeof(keys[0]));

	if (!rc)
		rc = check(&r);
	free(r.connection);
	free(r.backend);
	if (rc)
		hvc_spec_clear(&r.spec);
	*ret_spec = r.spec;
	return rc;
}

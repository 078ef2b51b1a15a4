/* SPDX-License-Identifier: GPL-2.0-only */
/* vfbspec.c: reading framebuffers of configurations. */
#include "util/vfbspec.h"
#include "util/spec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct vfb_spec spec;
	struct spec_source from;
	char *vnc, *sdl, *opengl, *display, *unused, *type;
};

void vfb_spec_clear(struct vfb_spec *s)
{
	if (s->passwd)
		explicit_bzero(s->passwd, strlen(s->passwd));
	free(s->listen);
	free(s->passwd);
	free(s->keymap);
	memset(s, 0, sizeof(*s));
}

const char *vfb_spec_listen(const struct vfb_spec *s)
{
	return s->listen ? s->listen : "127.0.0.1";
}

/* text NULL: not given. */
static int read_bool(struct reader *r, const char *name, const char *text, bool otherwise, bool *ret_value)
{
	*ret_value = otherwise;
	if (!text)
		return 0;
	if (strcmp(text, "0") && strcmp(text, "1"))
		return spec_bad(&r->from, -EINVAL, "%s is neither 0 nor 1", name);
	*ret_value = *text == '1';
	return 0;
}

static int read_display(struct reader *r, const char *text)
{
	char *end;
	unsigned long n;

	if (!text)
		return 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n > VNC_DISPLAY_MAX)
		return spec_bad(&r->from, -EINVAL, "the display is not a number up to %d", VNC_DISPLAY_MAX);
	r->spec.display = (int)n;
	return 0;
}

/* "ADDRESS" or "ADDRESS:DISPLAY"; only IPv4, so the colon is that one. */
static int read_listen(struct reader *r)
{
	char *listen = r->spec.listen, *colon = listen ? strchr(listen, ':') : NULL;
	struct in_addr in;

	if (colon && r->display)
		return spec_bad(&r->from, -EINVAL, "the display is given twice, in vnclisten and in vncdisplay");
	if (colon)
		*colon = '\0';
	if (listen && inet_pton(AF_INET, listen, &in) != 1)
		return spec_bad(&r->from, -EINVAL, "vnclisten is not an IPv4 address");
	if (listen && ntohl(in.s_addr) >> 24 != 127 && !r->spec.passwd)
		return spec_bad(&r->from, -EINVAL, "vnclisten is reached from other hosts: a vncpasswd is needed");
	return read_display(r, colon ? colon + 1 : r->display);
}

static int check(struct reader *r)
{
	bool vnc = true, sdl = false, opengl = false;
	const char *keymap;
	int rc = read_bool(r, "vnc", r->vnc, true, &vnc);

	if (!rc && r->type && strcmp(r->type, "vnc"))	/* of old configurations */
		rc = spec_bad(&r->from, -EINVAL, "type is not vnc");
	if (!rc)
		rc = read_bool(r, "sdl", r->sdl, false, &sdl);
	if (!rc)
		rc = read_bool(r, "opengl", r->opengl, false, &opengl);
	if (!rc)
		rc = read_bool(r, "vncunused", r->unused, !r->display, &r->spec.unused);
	if (!rc && (sdl || opengl || !vnc))
		rc = spec_bad(&r->from, -EINVAL, "VNC is the only way to see it");
	if (!rc && r->spec.passwd && !*r->spec.passwd) {
		free(r->spec.passwd);
		r->spec.passwd = NULL;
	}
	if (!rc)
		rc = read_listen(r);
	keymap = r->spec.keymap;
	if (!rc && keymap && (!*keymap || keymap[strspn(keymap, "abcdefghijklmnopqrstuvwxyz-0123456789")]))
		rc = spec_bad(&r->from, -EINVAL, "keymap is not a name such as en-us");
	return rc;
}

int vfb_spec_parse(const char *text, struct vfb_spec *ret_spec, char *why, size_t size)
{
	/* Messages must not repeat the text: the password is in it. */
	struct reader r = { .from = { "vfb", "...", why, size } };
	const struct spec_key keys[] = {
		{ "vnc", &r.vnc }, { "vnclisten", &r.spec.listen }, { "vncpasswd", &r.spec.passwd },
		{ "vncdisplay", &r.display }, { "vncunused", &r.unused }, { "keymap", &r.spec.keymap },
		{ "sdl", &r.sdl }, { "opengl", &r.opengl }, { "type", &r.type },
	};
	int rc = *text ? spec_pairs(&r.from, text, keys, sizeof(keys) / sizeof(keys[0])) : 0;

	if (!rc)
		rc = check(&r);
	free(r.vnc);
	free(r.sdl);
	free(r.opengl);
	free(r.display);
	free(r.unused);
	free(r.type);
	if (rc)
		vfb_spec_clear(&r.spec);
	*ret_spec = r.spec;
	return rc;
}

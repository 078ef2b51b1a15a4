/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_vncviewer.c: vncviewer: where a domain's framebuffer is to be seen, or a viewer that shows it. */
#include "xm/cmds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VIEWER "vncviewer"

static bool in_path(const char *program)
{
	const char *dirs = getenv("PATH");
	char path[4096];
	size_t len;

	for (; dirs && *dirs; dirs += len + (dirs[len] == ':')) {
		len = strcspn(dirs, ":");
		snprintf(path, sizeof(path), "%.*s/%s", (int)len, dirs, program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* On the viewer's standard input, where -autopass has it look. */
static int give_password(struct xm_run *x)
{
	struct json_object *d = NULL, *list;
	const char *text = NULL;
	int fds[2], rc = xm_call(x, "domain.info", xm_params("domain", x->argv[0]), &d);
	ssize_t n;

	if (rc)
		return rc;
	list = xm_get(xm_get(d, "config"), "vfb");
	if (json_object_is_type(list, json_type_array) && json_object_array_length(list))
		text = strstr(json_object_get_string(json_object_array_get_idx(list, 0)), "vncpasswd=");
	text = text ? text + strlen("vncpasswd=") : "";
	if (pipe(fds) < 0)
		rc = xm_error("Cannot give the password: %s", strerror(errno));
	if (!rc) {
		n = write(fds[1], text, strcspn(text, ","));
		if (n < 0 || write(fds[1], "\n", 1) != 1 || dup2(fds[0], STDIN_FILENO) < 0)
			rc = xm_error("Cannot give the password: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
	}
	json_object_put(d);
	return rc;
}

static int start_viewer(struct xm_run *x, const char *host, int port)
{
	bool autopass = xm_opt(x, "autopass") != NULL;
	char where[64];
	int rc = autopass ? give_password(x) : XM_OK;

	if (rc)
		return rc;
	snprintf(where, sizeof(where), "%s::%d", host, port);
	fflush(stdout);
	if (autopass)
		execlp(VIEWER, VIEWER, "-autopass", where, (char *)NULL);
	else
		execlp(VIEWER, VIEWER, where, (char *)NULL);
	return xm_error("Cannot start %s: %s", VIEWER, strerror(errno));
}

static int run_vncviewer(struct xm_run *x)
{
	struct json_object *params = xm_params("domain", x->argv[0]), *list = NULL, *o;
	const char *host;
	int rc, port;

	json_object_object_add(params, "class", json_object_new_string("vfb"));
	rc = xm_call(x, "device.list", params, &list);
	if (rc)
		return rc;
	o = json_object_is_type(list, json_type_array) && json_object_array_length(list)
		? json_object_array_get_idx(list, 0) : NULL;
	port = (int)xm_int(o, "port", 0);
	host = xm_string(o, "listen", "127.0.0.1");
	if (!strcmp(host, "0.0.0.0"))
		host = "127.0.0.1";
	if (!o || !port)
		rc = xm_error("Domain '%s' has no framebuffer.", x->argv[0]);
	else if (!xm_bool(o, "serving"))
		rc = xm_error("The QEMU of domain '%s''s framebuffer has ended.", x->argv[0]);
	else if (x->json)
		xm_print_json(stdout, o);
	else if (xm_opt(x, "print") || !in_path(VIEWER))
		printf("%s:%d\n", host, port);
	else
		rc = start_viewer(x, host, port);
	json_object_put(list);
	return rc;
}

const struct xm_cmd cmd_vncviewer = {
	.name = "vncviewer", .min = 1, .max = 1, .domains = true, .json = true,
	.usage = "[-ap] <Domain>", .help = "show a domain's framebuffer, or say where it is",
	.opts = {
		{ 'a', "autopass", NULL, "give the viewer the password of the configuration" },
		{ 'p', "print", NULL, "only say where it is; also what is done when there is no vncviewer" },
	},
	.run = run_vncviewer,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* vifscript.c: the environment and the words of the classic hotplug scripts. */
#include "xend/vifscript.h"
#include "xend/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

/* The node below the backend, or NULL; free(). */
static char *node_read(const char *back, const char *name)
{
	struct xs_handle *xs = xs_open(0);
	char path[160], *value;

	if (!xs)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", back, name);
	value = xs_read(xs, XBT_NULL, path, NULL);
	xs_close(xs);
	return value;
}

/* A script may fail by its exit code, or end well and have said so in the store. */
static int outcome(int rc, const char *script, const char *back, const char *said, char *why, size_t size)
{
	char *status = node_read(back, "hotplug-status");
	char *error = node_read(back, "hotplug-error");

	if (!rc && status && !strcmp(status, "error"))
		rc = -EIO;
	if (rc == -EIO)
		snprintf(why, size, "%.200s says: %.200s", script,
			error && *error ? error : *said ? said : "nothing, but failed");
	else if (rc)
		snprintf(why, size, "cannot run %.200s: %s", script, strerror(-rc));
	free(status);
	free(error);
	return rc;
}

int vifscript_run(const struct be_vif *vif, const char *action, char *why, size_t size)
{
	const char *const argv[] = { vif->script, action, "type_if=vif", NULL };
	char back[64], name[16], said[256];
	int rc;

	snprintf(back, sizeof(back), "/local/domain/0/backend/vif/%u/%u", vif->domid, vif->devid);
	snprintf(name, sizeof(name), "vif%u.%u", vif->domid, vif->devid);
	setenv("XENBUS_PATH", back, 1);
	setenv("XENBUS_BASE_PATH", "backend", 1);
	setenv("XENBUS_TYPE", "vif", 1);
	setenv("script", vif->script, 1);
	setenv("vif", name, 1);
	if (vif->gatewaydev)
		setenv("netdev", vif->gatewaydev, 1);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
	rc = run_program(argv, said, sizeof(said));
	return outcome(rc, vif->script, back, said, why, size);
}

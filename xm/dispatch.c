/* SPDX-License-Identifier: GPL-2.0-only */
/* dispatch.c: from words to a command's run. */
#include "xm/xm.h"
#include "xm/rpc.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static int unknown(const char *word, int rc)
{
	const char *reason = xm_obsolete(word);

	if (reason)
		return xm_error("'xm %s' is not supported: %s.", word, reason);
	if (rc == -ENOTUNIQ)
		xm_error("Subcommand %s is ambiguous!", word);
	else
		xm_error("Subcommand %s not found!", word);
	fprintf(stderr, "Try 'xm help' for a list of subcommands.\n");
	return XM_FAILED;
}

/* "image create" is image-create, where "image" alone is no command. */
static int find_pair(char **argv, const struct xm_cmd **ret_cmd, bool *ret_alias)
{
	char both[64];

	if (!argv[1] || snprintf(both, sizeof(both), "%s-%s", argv[0], argv[1]) >= (int)sizeof(both) ||
	    xm_find(xm_table, both, ret_cmd, ret_alias) || strcmp((*ret_cmd)->name, both) != 0)
		return -ENOENT;
	return 0;
}

int xm_dispatch(int argc, char **argv)
{
	struct xm_run x = { 0 };
	bool alias;
	int rc = xm_find(xm_table, argv[0], &x.cmd, &alias);

	if (rc && !find_pair(argv, &x.cmd, &alias)) {
		rc = 0;
		argc--;
		argv++;
	}
	if (rc)
		return unknown(argv[0], rc);
	if (alias)
		fprintf(stderr, "Command %s is deprecated.  Please use xm %s instead.\n", argv[0],
			x.cmd->name);
	rc = xm_args(&x, argc - 1, argv + 1);
	if (rc < 0) {
		xm_usage(x.cmd, stdout);
		return XM_FAILED;	/* as the classic tool does */
	}
	if (rc == XM_OK)
		rc = x.cmd->run(&x);
	rpc_close(x.rpc);
	if (fflush(stdout) != 0 && rc == XM_OK)
		rc = xm_error("Cannot write the output: %s", strerror(errno));
	return rc;
}

int xm_main(int argc, char **argv)
{
	/* A peer that is gone is an error of write(), not the end of us. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		xm_help(stderr, false);
		return XM_FAILED;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		xm_help(stdout, false);
		return XM_OK;
	}
	return xm_dispatch(argc - 1, argv + 1);
}

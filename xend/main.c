/* SPDX-License-Identifier: GPL-2.0-only */
/* main.c: xend, the domain management daemon. */
#include "xend/daemon.h"

int main(int argc, char **argv)
{
	struct options options;
	int rc = options_parse(argc, argv, &options);

	return rc >= 0 ? rc : daemon_main(&options, &backend_xen);
}

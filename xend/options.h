/* SPDX-License-Identifier: GPL-2.0-only */
/* options.h: xend's command line. */
#ifndef XEND_OPTIONS_H
#define XEND_OPTIONS_H

#include <stdbool.h>

#include "xend/core.h"

struct options {
	bool foreground, verbose;
	const char *config, *socket, *state_dir, *log_dir, *dump_dir, *pidfile, *image_dir;
	unsigned int antiloop_s, dom0_min_mib;
	enum autoballoon autoballoon;
	struct be_network network;	/* its bridge's name counts if it has an address */
	struct migrate_options migrate;
	bool network_late;
	const char *qemu;
	unsigned int console_scrollback_kib, console_log_kib, console_log_keep;
};

/* -1: go on; else the exit code, everything that there was to say has been said. */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif

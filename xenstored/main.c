/* SPDX-License-Identifier: GPL-2.0-only */
/* main.c: xenstored, the store daemon. */
#include "xenstored/daemon.h"

int main(int argc, char **argv)
{
	return daemon_main(argc, argv);
}

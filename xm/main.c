/* SPDX-License-Identifier: GPL-2.0-only */
/* main.c: xm, the command line of the toolstack. */
#include "xm/xm.h"

int main(int argc, char **argv)
{
	return xm_main(argc, argv);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* daemon.h: xenstored from start to end. */
#ifndef XENSTORED_DAEMON_H
#define XENSTORED_DAEMON_H

int daemon_main(int argc, char **argv);

#endif

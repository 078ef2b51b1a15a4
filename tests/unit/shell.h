/* SPDX-License-Identifier: GPL-2.0-only */
/* shell.h: shell commands for tests that make files and disks. */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

/* Runs it in the folder; the test fails if a command of it does. */
void sh_in(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

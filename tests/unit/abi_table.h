/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows that abi_table.c makes and abi_test.c compares. */
#ifndef ABI_TABLE_H
#define ABI_TABLE_H

#include <stddef.h>

struct abi_row {
	const char *name; /* NULL ends the table */
	long long value;
	const char *text;
};

extern const struct abi_row abi_ours[], abi_libxen[];

#endif /* ABI_TABLE_H */

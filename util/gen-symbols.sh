#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Prints an assembly table of the text symbols of $1, sorted by address, for backtraces:
# a count, then (address, pointer to name) pairs, then the names.
set -eu
nm -n "$1" | awk 'BEGIN { n = 0 }
$2 ~ /^[tT]$/ { addr[n] = $1; name[n++] = $3 }
END {
	print ".section .rodata.symbols,\"a\"\n.globl hv_symbols\n.balign 8\nhv_symbols:"
	print ".quad " n + 0
	off = 0
	for (i = 0; i < n; i++) { print ".quad 0x" addr[i] ", .Lnames + " off; off += length(name[i]) + 1 }
	print ".Lnames:"
	for (i = 0; i < n; i++) print ".asciz \"" name[i] "\""
}'

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# archive.sh LIB PREFIX OUT.a OBJECT...: a static library. Names that do not begin with PREFIX are
# shared by its objects only; they become LIB__NAME, so that they cannot clash with the program's.
set -eu

lib=$1 prefix=$2 out=$3
shift 3
dir=$out.d
rm -rf "$dir" "$out"
mkdir -p "$dir"
nm -g --defined-only "$@" | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort -u |
	sed -n "/^$prefix/!s/.*/& ${lib}__&/p" > "$dir/names"
for o; do
	objcopy --redefine-syms="$dir/names" "$o" "$dir/${o##*/}"
done
ar rcs "$out" "$dir"/*.o
rm -rf "$dir"

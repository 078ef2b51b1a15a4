#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# uninstall.sh MODEL DESTDIR SYSCONFDIR BOOTDIR: remove from DESTDIR what lies in MODEL, a fresh
# installation of the same tree, and the folders that this leaves empty and that are ours by name.
set -eu
model=${1:?} dest=$2 etc=${3:?} boot=${4:?}

rm -f "$dest$boot"/xen-pv/vmlinux-*
(cd "$model" && find . ! -type d) | while read -r file; do
	file=${file#.}
	case $file in
	"$etc"/grub.d/* | "$etc"/kernel/*) ;;           # programs, not configuration
	"$etc"/*)
		rm -f "$dest$file.new"
		if [ -e "$dest$file" ] && ! cmp -s "$model$file" "$dest$file"; then
			echo "  kept    $dest$file, which was edited"
			continue
		fi
		;;
	esac
	rm -f "$dest$file"
done
(cd "$model" && find . -depth -type d -name 'xen*') | while read -r folder; do
	rmdir "$dest${folder#.}" 2>/dev/null || true
done
# xen/scripts is ours, though not by its own name
rmdir "$dest$etc/xen/scripts" "$dest$etc/xen" 2>/dev/null || true

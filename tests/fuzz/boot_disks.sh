#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# boot_disks.sh SEEDS OUT: small disks for boot_fuzz: each menu of SEEDS in an ext2 or ext4 file system, alone,
# in a partition of an MBR, in a logical one, and of a GPT.
set -e
seeds=$1 out=$2
rm -rf "$out.new"
mkdir -p "$out.new/tree/boot/grub" "$out.new/tree/boot/loader/entries"
head -c 3000 /dev/zero | tr '\0' k > "$out.new/tree/boot/vmlinuz"
head -c 2000 /dev/zero | tr '\0' r > "$out.new/tree/boot/initrd.img"
ln -s boot/vmlinuz "$out.new/tree/vmlinuz"
ln -s boot/initrd.img "$out.new/tree/initrd.img"
ln -s round "$out.new/tree/boot/round"

# fs NAME TYPE OPTIONS: the tree as a file system of 128 KiB
fs() {
	mke2fs -q -F -t "$2" -O "$3" -b 1024 -N 24 -m 0 -U 11111111-2222-3333-4444-555555555555 \
	    -d "$out.new/tree" "$out.new/$1" 128
}
# in_part NAME START: sfdisk's lines on stdin, the file system from that sector on
in_part() {
	truncate -s 256K "$out.new/$1"
	sfdisk -q "$out.new/$1" 2>/dev/null >&2
	dd if="$out.new/whole.img" of="$out.new/$1" bs=512 seek="$2" conv=notrunc status=none
}
cp "$seeds/debian.cfg" "$out.new/tree/boot/grub/grub.cfg"
fs whole.img ext4 ^has_journal
fs old.img ext2 none
printf 'label: dos\nstart=32, size=256, type=83\n' | in_part mbr.img 32
printf 'label: dos\nstart=16, size=400, type=5\nstart=64, size=256, type=83\n' | in_part logical.img 64
printf 'label: gpt\nstart=64, size=256\n' | in_part gpt.img 64
rm "$out.new/tree/boot/grub/grub.cfg"
cp "$seeds/entry.conf" "$out.new/tree/boot/loader/entries/"
fs bls.img ext4 ^has_journal
rm -r "$out.new/tree"
rm -rf "$out"
mv "$out.new" "$out"

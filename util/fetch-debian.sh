#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fetch-debian.sh LIST DIR: download the Debian packages named in LIST and unpack them below
# DIR/root, without installing anything. Works as any user. Afterwards DIR/vmlinuz, DIR/modules
# and DIR/xen are what the images are made of. DEB_CACHE names a folder that keeps the archives.
set -eu

list=$(realpath "${1:?usage: fetch-debian.sh LIST DIR}")
dir=${2:?usage: fetch-debian.sh LIST DIR}
mkdir -p "$dir"
dir=$(realpath "$dir")
cache=${DEB_CACHE:-$dir/archives}
mkdir -p "$cache"

# A package index of our own, for where the system's is absent or out of date.
own_index() {
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
	apt_own="-o Dir::State::lists=$dir/apt/lists -o Dir::Cache=$dir/apt/cache"
	# shellcheck disable=SC2086
	apt-get -q $apt_own -o APT::Sandbox::User= update
}

apt_own=
names() {
	for n in $(sed -e 's/#.*//' "$list"); do
		case $n in
		@*)	# shellcheck disable=SC2086
			apt-cache $apt_own depends "${n#@}" | sed -n 's/^ *Depends: \([^<]*\)$/\1/p' |
				head -n 1 ;;
		*)	echo "$n" ;;
		esac
	done
}

download() {
	packages=$(names) || return 1
	# shellcheck disable=SC2086
	(cd "$cache" && apt-get -q $apt_own -o APT::Sandbox::User= download $packages) || return 1
}

download || { own_index && download; } || {
	echo "fetch-debian: cannot download: $(sed -e 's/#.*//' "$list" | tr '\n' ' ')" >&2
	exit 1
}

rm -rf "$dir/root.new" && mkdir -p "$dir/root.new"
for p in $packages; do
	# The newest archive of that name: a kept cache may hold older ones.
	# shellcheck disable=SC2012
	deb=$(ls -t "$cache/${p}"_*.deb | head -n 1)
	want=$(apt-cache $apt_own show "$p" | sed -n 's/^Version: //p' | head -n 1)
	for f in "$cache/${p}"_*.deb; do
		[ "$(dpkg-deb -f "$f" Version)" = "$want" ] && deb=$f
	done
	echo "  DEB     ${deb##*/}"
	dpkg-deb -x "$deb" "$dir/root.new"
done
rm -rf "$dir/root" && mv "$dir/root.new" "$dir/root"

kernel=$(cd "$dir/root/boot" && ls vmlinuz-* | head -n 1)
ln -sfn "root/boot/$kernel" "$dir/vmlinuz"
ln -sfn "root/lib/modules/${kernel#vmlinuz-}" "$dir/modules"
for f in "$dir"/root/boot/xen-*-amd64.gz; do
	gzip -dc "$f" > "$dir/xen"
done
rm -rf "$dir/apt"

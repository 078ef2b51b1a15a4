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
		*:*)	;;
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

# The kernel of another suite: an index of that suite alone, from the mirror that the system uses.
newer_index() {
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: ${1%%-*}" |
		head -n 1)
	mkdir -p "$dir/apt-newer/lists/partial" "$dir/apt-newer/cache/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"${uri:-http://deb.debian.org/debian} $1 main" > "$dir/apt-newer/sources.list"
	apt_own="-o Dir::State::lists=$dir/apt-newer/lists -o Dir::Cache=$dir/apt-newer/cache
		-o Dir::Etc::sourcelist=$dir/apt-newer/sources.list -o Dir::Etc::sourceparts=/dev/null
		-o APT::Get::List-Cleanup=0 -o Acquire::Retries=1 -o Acquire::http::Timeout=20"
	# shellcheck disable=SC2086
	apt-get -q $apt_own -o APT::Sandbox::User= update > "$dir/apt-newer/log" 2>&1
}

newer() {
	suite=${1%%:*} meta=${1#*:@}
	newer_index "$suite" || { echo "no index of $suite: $(tail -n 1 "$dir/apt-newer/log")"; return 1; }
	# shellcheck disable=SC2086
	n=$(apt-cache $apt_own depends "$meta" 2>&1 | sed -n 's/^ *Depends: \(linux-image-[^<]*\)$/\1/p' |
		head -n 1)
	[ -n "$n" ] || { echo "$suite has no $meta"; return 1; }
	# shellcheck disable=SC2086
	(cd "$cache" && apt-get -q $apt_own -o APT::Sandbox::User= download "$n" \
		> "$dir/apt-newer/log" 2>&1) ||
		{ echo "cannot download $n of $suite: $(tail -n 1 "$dir/apt-newer/log")"; return 1; }
	# shellcheck disable=SC2012
	deb=$(ls -t "$cache/${n}"_*.deb | head -n 1)
	rm -rf "$dir/newer" && mkdir "$dir/newer"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir/newer" --wildcards './boot/vmlinuz-*' ||
		{ echo "no kernel in ${deb##*/}"; return 1; }
	ln -sfn "newer/boot/$(cd "$dir/newer/boot" && ls vmlinuz-*)" "$dir/vmlinuz-newer"
}

rm -f "$dir/vmlinuz-newer" "$dir/vmlinuz-newer.missing"
for n in $(sed -e 's/#.*//' "$list" | grep : || true); do
	if why=$(newer "$n"); then
		echo "  DEB     $(readlink "$dir/vmlinuz-newer") of ${n%%:*}"
	else
		echo "$why" > "$dir/vmlinuz-newer.missing"
		echo "fetch-debian: $why" >&2
	fi
done
rm -rf "$dir/apt" "$dir/apt-newer"

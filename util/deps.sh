#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# deps.sh LIST: install the Debian packages named in LIST that are missing, as root or through sudo.
# With --check, only say what is missing.
set -eu

check=
[ "${1:-}" = --check ] && { check=1; shift; }
list=${1:?usage: deps.sh [--check] LIST}

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "deps: this is not a Debian system; the packages meant are listed in $list" >&2
	exit 1
fi

wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list")
have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^[ih]i  *//p')
missing=$(printf '%s\n' "$have" "== " "$wanted" |
	awk '/^== /{w=1; next} !w{h[$1]=1; next} !($1 in h){print $1}' | tr '\n' ' ')
missing=${missing% }
[ -n "$missing" ] || exit 0

echo "deps: missing Debian packages: $missing${check:+ (make deps installs them)}"
[ -z "$check" ] || exit 1

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	as_root="sudo"
else
	cat >&2 <<-END
	deps: installing them needs root, and this is user $(id -un) without sudo. As root, run:

	    apt-get update && apt-get install --no-install-recommends $missing

	END
	exit 1
fi

run() { ${as_root} env DEBIAN_FRONTEND=noninteractive "$@"; }
run apt-get -q update
# shellcheck disable=SC2086
run apt-get -q install -y --no-install-recommends $missing

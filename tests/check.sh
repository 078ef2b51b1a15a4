#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh NAME=COMMAND...: run the parts of `make check` one after the other, each in a shell, and
# end with one line that sums up what they counted in lines "NAME: N passed, N failed, N skipped".
# A part that counts nothing is one test: whether it succeeded.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 table=

for part in "$@"; do
	name=${part%%=*} command=${part#*=}
	printf '\n==== %s: %s\n' "$name" "$command"
	start=$SECONDS
	bash -c "set -o pipefail; $command" 2>&1 | tee "$log"
	rc=${PIPESTATUS[0]}
	read -r p f s < <(awk '
		match($0, /[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/) && /^[a-z0-9-]+: / {
			split(substr($0, RSTART), n, " "); p += n[1]; f += n[3]; s += n[5]; seen = 1 }
		END { if (seen) print p, f, s; else print "none" }' "$log")
	if [ "$p" = none ]; then
		p=$((rc == 0)) f=$((rc != 0)) s=0
	elif [ "$rc" != 0 ] && [ "$f" = 0 ]; then
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	table+=$(printf '  %-10s %5d passed %4d failed %4d skipped %6d s' "$name" "$p" "$f" "$s" \
		$((SECONDS - start)))$'\n'
done

printf '\n%s' "$table"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the unit test programs given and prints one total, "unit: N passed, N failed, N skipped".
passed=0 failed=0 skipped=0
for t in "$@"; do
	log="$t.log"
	if CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$t" >"$log" 2>&1; then rc=0; else rc=$?; fi
	ok=$(grep -c '^ok ' "$log")
	sk=$(grep -c '^ok .*# SKIP' "$log")
	bad=$(grep -c '^not ok ' "$log")
	if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
	if [ "$rc" = 0 ] && [ "$((ok + bad))" = 0 ]; then
		echo "$t: ran no test" >>"$log"; bad=1
	fi
	if [ "$bad" != 0 ]; then
		echo "FAIL $t (status $rc, log $log)"
		cat "$log"
	else
		echo "ok   $t ($ok cases)"
	fi
	passed=$((passed + ok - sk)) failed=$((failed + bad)) skipped=$((skipped + sk))
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

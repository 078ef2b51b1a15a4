#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the unit test programs given and prints one total, "unit: N passed, N failed, N skipped".
passed=0 failed=0 skipped=0
for t in "$@"; do
	log="$t.log"
	if CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$t" >"$log" 2>&1; then rc=0; else rc=$?; fi
	ok=$(grep -v '# SKIP' "$log" | grep -c '^ok ')
	# cmocka calls these "not ok"
	sk=$(grep -c '^\(not \)\?ok .*# SKIP' "$log")
	bad=$(grep -v '# SKIP' "$log" | grep -c '^not ok ')
	if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
	if [ "$rc" = 0 ] && [ "$((ok + sk + bad))" = 0 ]; then
		echo "$t: ran no test" >>"$log"; bad=1
	fi
	if [ "$bad" != 0 ]; then
		echo "FAIL $t (status $rc, log $log)"
		cat "$log"
	else
		echo "ok   $t ($ok cases$(sed -n 's/^.*ok .*# SKIP \(.*\)/, \1 skipped/p' "$log" | tr -d '\n'))"
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + sk))
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

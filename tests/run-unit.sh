#!/usr/bin/env bash
# Runs the unit test programs given as arguments; closes with how many tests passed and failed. A crash counts as a failure.
set -euo pipefail
passed=0 failed=0
for program in "$@"; do
	out=$("$program" 2>&1) || true
	ok=$(grep -c '^\[       OK \]' <<<"$out" || true)
	bad=$(grep -c '^\[  FAILED  \].*[0-9] test(s)' <<<"$out" || true)
	total=$(sed -n 's/^\[==========\].*Running \([0-9]*\) test.*/\1/p' <<<"$out" | head -1)
	passed=$((passed + ok))
	if [ "$bad" -gt 0 ] || [ "${total:-x}" != "$ok" ]; then
		failed=$((failed + ${total:-1} - ok))
		[ "${total:-0}" -gt "$ok" ] || failed=$((failed + 1))
		printf '%s\n' "$out"
	fi
done
echo "unit: $passed passed, $failed failed"
[ "$failed" = 0 ]

# shellcheck shell=bash
# What the checks look at: the tree they are started in, without what git does not keep. Needs no git, so that copies can be checked as well.
set -euo pipefail
# shellcheck disable=SC2034 # for those who source this
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

# every_file [find's conditions ...]: paths from the root, a line each. The seeds of fuzzing are bytes, not text.
every_file() {
	find . \( -name .git -o -name node_modules -o -path ./build -o -path ./var -o -path ./tests/fuzz/corpus \) -prune -o -type f "$@" -print |
		sed 's|^\./||' | sort
}

product_files() { every_file \( -path './lib/*' -o -path './cgi-bin/*' \) \( -name '*.[ch]' -o -name '*.def' \); }
c_files() { every_file \( -path './lib/*' -o -path './cgi-bin/*' -o -path './tests/*' \) -name '*.[ch]'; }
bash_files() {
	every_file \( -path './ops/*' -o -path './tests/*' -o -path './.ci/*' \) |
		xargs -rd '\n' grep -lE '^#!/(usr/)?bin/(env )?(ba)?sh|^# shellcheck shell=' || true
}
# shellcheck disable=SC2016 # for make to expand
printed_files() { make -s --eval='printed-files:;@printf "%s\n" $(PRINTED)' printed-files; }

# hits GREP-OPTIONS: file:line:text of what grep finds in the files named on stdin
hits() { xargs -rd '\n' grep -HnI "$@" || true; }

# complain FILE:LINE WHAT: one finding. A check ends with verdict, which is false after the first.
findings=0
complain() {
	echo "$1: $2"
	findings=$((findings + 1))
}
fail() { findings=$((findings + 1)); } # a program of its own has said what it found
verdict() { ((findings == 0)); }

# complain_all WHAT: the same of every hit on stdin
complain_all() {
	local file line rest
	while IFS=: read -r file line rest; do
		complain "$file:$line" "$1: ${rest:0:80}"
	done
}

# each FUNCTION: calls it with every line of stdin
each() {
	local line
	while read -r line; do
		"$1" "$line"
	done
}

# shellcheck shell=bash
# Processes by id, never by name: a record holds the id and the moment of birth, so that a reused id is not mistaken for ours.
# The supervised programs source a copy of this file, with STATE_DIR set.

# born PID: its start time in clock ticks since boot.
born() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	stat=${stat##*) }
	# shellcheck disable=SC2086 # fields
	set -- $stat
	[[ $1 != Z ]] && echo "${20}"
}

# record NAME: this very process, which the program then replaces by exec.
record() { echo "$$ $(born $$)" >"$STATE_DIR/pid/$1"; }

# recorded NAME: prints the id when that process still lives.
recorded() {
	local pid birth
	read -r pid birth 2>/dev/null <"$STATE_DIR/pid/$1" || return 1
	[[ $pid =~ ^[0-9]+$ && $(born "$pid") == "$birth" ]] && echo "$pid"
}

# family NAME: the recorded process and everything in its session; the leader may be dead, but then its id must not be taken by another.
family() {
	local pid birth now
	read -r pid birth 2>/dev/null <"$STATE_DIR/pid/$1" || return 0
	[[ $pid =~ ^[0-9]+$ ]] || return 0
	now=$(born "$pid" || true)
	[[ -z $now || $now == "$birth" ]] || return 0
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v sid="$pid" '{ id = $1; sub(/^.*\) /, ""); if ($1 != "Z" && $4 == sid) print id }'
}

# stop_family NAME SIGNAL SECONDS: asks the leader (or the orphans), waits, then kills what is left.
stop_family() {
	local left end=$((SECONDS + $3))
	left=$(recorded "$1" || family "$1")
	[[ -n $left ]] || return 0
	# shellcheck disable=SC2086 # a list of ids
	kill -"$2" $left 2>/dev/null || true
	while left=$(family "$1") && [[ -n $left ]] && ((SECONDS < end)); do sleep 0.1; done
	# shellcheck disable=SC2086
	[[ -z $left ]] || kill -KILL $left 2>/dev/null || true
}

# PostgreSQL believes a lock file whose id is alive, whoever has that id now; ours is the one that stands in our data folder.
drop_stale_lock() {
	local pid
	pid=$(head -n 1 "$STATE_DIR/pg/postmaster.pid" 2>/dev/null) || return 0
	[[ $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$STATE_DIR/pg" ]] || rm -f "$STATE_DIR/pg/postmaster.pid" "$STATE_DIR/run/pg/.s.PGSQL.5432.lock"
}

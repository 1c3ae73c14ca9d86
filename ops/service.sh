# shellcheck shell=bash
# Supervision: one s6 tree per state folder, its service folders, and bringing them up and down.

# shellcheck source=ops/process.sh
. "$OPS/process.sh"

# --- what runs -----------------------------------------------------------------------------------------------------------------------

# The settings of the programs, by the table they read them from.
program_settings() { sed -n "s/^SETTING(\([A-Z_]*\),.*/\1/p" "$ROOT/lib/core/settings.def"; }

services() {
	local name
	for name in "${SERVICES[@]}"; do
		[[ $name == postgres ]] && ! is_private || echo "$name"
	done
}

# program_environment PROGRAM: all it gets, one NAME=value a line.
program_environment() {
	local name key
	printf '%s\n' "PATH=/usr/bin:/bin" "LC_ALL=C.UTF-8" "TZ=UTC" "STATE_DIR=$STATE_DIR" "LISTEN=$LISTEN" "HTTPS_PORT=$HTTPS_PORT" \
		"HTTP_PORT=$HTTP_PORT" "PUBLIC_URL=$PUBLIC_URL" "DB_CONNINFO=$(conninfo "$1")"
	for key in ${KEYS_OF[$1]}; do echo "${key^^}_KEY_FILE=$STATE_DIR/secrets/$1/$key.key"; done
	[[ $1 != api || ! -e $STATE_DIR/secrets/api/rotation.key ]] || echo "ROTATION_KEY_FILE=$STATE_DIR/secrets/api/rotation.key"
	while read -r name; do
		case $name in STATE_DIR | LISTEN | *_PORT | PUBLIC_URL | DB_CONNINFO | *_KEY_FILE | READY_FD) continue ;; esac
		[[ -z ${!name-} ]] || echo "$name=${!name}"
	done < <(program_settings && printf "%s\n" ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS)
}

# service_user NAME: the words that change user, none when everything is one user's.
service_user() {
	is_root || return 0
	case $1 in
	postgres) echo "s6-applyuidgid -u $(id -u postgres) -g $(id -g postgres) -G $(group_id) " ;;
	nginx) ;; # its master opens the ports and the key, its workers are la-web
	*) echo "s6-setuidgid $(user_of "$1") " ;;
	esac
}

service_command() {
	local words=()
	case $1 in
	postgres) printf 'exec %s%s -D %s' "$(service_user postgres)" "$(pg postgres)" "$PGDATA_DIR" ;;
	nginx) printf 'exec nginx -e stderr -p %s/ -c %s/nginx.conf' "$NGINX" "$NGINX" ;;
	*)
		mapfile -t words < <(program_environment "$1")
		printf 'cd %s/empty\nexec env -i READY_FD=3 %s %s%s/bin/%s' "$RUN" "${words[*]@Q}" "$(service_user "$1")" "$STATE_DIR" "$1"
		;;
	esac
}

down_signal() {
	case $1 in postgres) echo SIGINT ;; nginx) echo SIGQUIT ;; *) echo SIGTERM ;; esac
}

run_script() {
	cat <<-END
		#!/bin/bash
		# Written by every start: runs $1 under supervision, after anything that an earlier, killed one left behind.
		exec 2>&1
		umask 0077
		ulimit -c 0
		STATE_DIR=$STATE_DIR
		. $STATE_DIR/bin/process.sh
		stop_family $1 $(down_signal "$1") 10
		$([[ $1 != postgres ]] || echo "drop_stale_lock")
		record $1
		$(service_command "$1")
	END
}

finish_script() {
	cat <<-END
		#!/bin/bash
		# Written by every start: whatever $1 left running when it died ends here.
		STATE_DIR=$STATE_DIR
		. $STATE_DIR/bin/process.sh
		stop_family $1 KILL 2
	END
}

# nginx writes whole request lines into its error log; query strings may hold secrets.
log_script() {
	local filter='' log="s6-log -b n10 s1000000 $STATE_DIR/log/$1"
	[[ $1 != nginx ]] || filter="sed -u 's/?[^ \"]*//g' | "
	printf '#!/bin/bash\n# Written by every start: keeps ten files of a megabyte.\numask 0077\nexec %s%s\n' "$(service_user log)" \
		"$(if [[ -n $filter ]]; then printf 'bash -c %q' "${filter}exec $log"; else echo "$log"; fi)"
}

# Writes one service folder; succeeds when its run script changed.
write_service() {
	local dir=$TREE/$1
	folder state 0750 "$dir"
	folder state 0750 "$dir/log"
	log_script "$1" | put 0550 "$dir/log/run" || true
	finish_script "$1" | put 0550 "$dir/finish" || true
	down_signal "$1" | put 0440 "$dir/down-signal" || true
	! is_program "$1" || echo 3 | put 0440 "$dir/notification-fd" || true
	run_script "$1" | put 0550 "$dir/run"
}

# The copy that the written scripts source.
write_process_helper() { put 0444 "$STATE_DIR/bin/process.sh" <"$OPS/process.sh" || true; }

# --- asking --------------------------------------------------------------------------------------------------------------------------

is_supervised() { recorded s6-svscan >/dev/null; }

is_up() { s6-svok "$TREE/$1" 2>/dev/null && [[ $(s6-svstat -o up "$TREE/$1" 2>/dev/null) == true ]]; }

pid_of() { s6-svstat -o pid "$TREE/$1" 2>/dev/null || echo -1; }

# What runs in the folders of the tree; a person who looks around in there is none of it.
tree_members() {
	local cwd path
	for path in /proc/[0-9]*; do
		cwd=$(readlink "$path/cwd" 2>/dev/null) || continue
		[[ $cwd == "$TREE" || $cwd == "$TREE"/* ]] || continue
		case $(readlink "$path/exe" 2>/dev/null) in */s6-* | */nginx | */sed) echo "${path#/proc/}" ;; esac
	done
}

# The postmaster of our data folder, when one runs without supervision.
stray_postmaster() {
	local pid
	pid=$(head -n 1 "$PGDATA_DIR/postmaster.pid" 2>/dev/null) || return 0
	[[ $pid =~ ^[0-9]+$ && $(readlink "/proc/$pid/exe" 2>/dev/null) == */postgres && $(readlink "/proc/$pid/cwd") == "$PGDATA_DIR" ]] || return 0
	echo "$pid"
}

has_leftovers() {
	[[ -n $(tree_members) || -n $(stray_postmaster) ]] && return
	local name
	for name in "${SERVICES[@]}" s6-svscan; do [[ -z $(family "$name") ]] || return 0; done
	return 1
}

# --- up ------------------------------------------------------------------------------------------------------------------------------

# A daemon must not hold the lock, nor the pipes of whoever started us.
close_inherited() {
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		((fd < 3 || fd == 255)) || eval "exec $fd>&-"
	done
}

start_supervisor() {
	local name
	if is_supervised; then
		already supervisor "running (process $(recorded s6-svscan))"
		return
	fi
	# Each is brought up in its turn; once all have been, the files go and s6 starts them by itself.
	while read -r name; do : >"$TREE/$name/down"; done < <(services)
	# shellcheck disable=SC2016 # expanded by the inner shell
	(
		cd /
		close_inherited
		exec </dev/null >>"$STATE_DIR/log/s6.log" 2>&1
		exec env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 STATE_DIR="$STATE_DIR" setsid \
			bash -c '. "$STATE_DIR/bin/process.sh"; record s6-svscan; echo $$ >"$STATE_DIR/pid/supervisor.pid"; exec s6-svscan "$STATE_DIR/s6"'
	) &
	while read -r name; do
		until_true 10 s6-svok "$TREE/$name" || die "the supervisor did not come up" "$(tail -n 3 "$STATE_DIR/log/s6.log")"
	done < <(services)
	say supervisor "started (process $(recorded s6-svscan))"
}

# bring_up NAME: and wait until it says that it is ready, where it can say so.
bring_up() {
	local wait=-u
	if is_up "$1"; then
		already "$1" "running (process $(pid_of "$1"))"
		return
	fi
	[[ ! -f $TREE/$1/notification-fd ]] || wait=-U
	s6-svc -u "$TREE/$1"
	s6-svwait "$wait" -t 30000 "$TREE/$1" 2>/dev/null || fail_service "$1" 'did not become ready'
	say "$1" "started (process $(pid_of "$1"))"
}

# The last words of a service that failed, and where to look further.
fail_service() {
	local lines
	mapfile -t lines < <(tail -n 15 "$STATE_DIR/log/$1/current" 2>/dev/null | cut -c1-300)
	die "$1 $2; its last words:" "${lines[@]}" '' "More: make logs, make doctor; the log is $STATE_DIR/log/$1/current"
}

# --- down ----------------------------------------------------------------------------------------------------------------------------

take_down() {
	local limit=15000
	s6-svok "$TREE/$1" 2>/dev/null || return 0
	[[ $1 != postgres ]] || limit=60000
	if is_up "$1"; then
		s6-svc -wD -T "$limit" -d "$TREE/$1" 2>/dev/null || true
		say "$1" 'stopped'
	else
		s6-svc -d "$TREE/$1" 2>/dev/null || true
	fi
}

end_supervisor() {
	local pid
	if pid=$(recorded s6-svscan); then
		s6-svscanctl -t "$TREE" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
		until_true 10 gone s6-svscan || kill -KILL "$pid" 2>/dev/null || true
		say supervisor 'stopped'
	fi
}

gone() { ! recorded "$1" >/dev/null; }

# Whatever is left: asked first, killed after ten seconds.
end_leftovers() {
	local name pid left
	while read -r name; do
		[[ -z $(family "$name") ]] || say "$name" 'ending what was left of it'
		stop_family "$name" "$(down_signal "$name")" 10
	done < <(services | tac)
	if pid=$(stray_postmaster) && [[ -n $pid ]]; then
		kill -INT "$pid" 2>/dev/null || true
		until_true 60 no_stray_postmaster || kill -QUIT "$pid" 2>/dev/null || true
	fi
	left=$(tree_members)
	[[ -n $left ]] || return 0
	# shellcheck disable=SC2086 # a list of ids
	kill -TERM $left 2>/dev/null || true
	until_true 5 no_tree_members && return
	# shellcheck disable=SC2046
	kill -KILL $(tree_members) 2>/dev/null || true
}

no_stray_postmaster() { [[ -z $(stray_postmaster) ]]; }

no_tree_members() { [[ -z $(tree_members) ]]; }

stop_everything() {
	local name
	while read -r name; do take_down "$name"; done < <(services | tac)
	end_supervisor
	end_leftovers
	! has_leftovers || die "something of $STATE_DIR would not end: $(tree_members | paste -sd ' ')"
	rm -rf "$RUN"/migrate.*
	rm -f "$STATE_DIR"/pid/* "$RUN"/*.sock "$RUN"/shared-*
}

# --- reloading -----------------------------------------------------------------------------------------------------------------------

# has_others PID LIST: whether a process has a child that is not in the list.
has_others() { pgrep -P "$1" | grep -qvxF -f <(printf '%s\n' "$2"); }

# nginx starts workers of a new generation when it takes a configuration, and keeps the old ones when it cannot.
reload_front() {
	local pid before
	pid=$(pid_of nginx)
	before=$(pgrep -P "$pid" || true)
	s6-svc -h "$TREE/nginx"
	until_true 10 has_others "$pid" "$before" || fail_service nginx 'did not take its new configuration and goes on with the old one'
	say nginx 'took its new configuration'
}

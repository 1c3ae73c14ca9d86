# shellcheck shell=bash
# What every operating verb shares: settings (environment, then .env, then defaults), plain words on the terminal, small helpers.
set -euo pipefail
umask 027
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
OPS=$ROOT/ops
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin

# --- words ---------------------------------------------------------------------------------------------------------------------------

BOLD='' RED='' GREEN='' YELLOW='' DIM='' PLAIN=''
# shellcheck disable=SC2034 # the verbs use them
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' DIM=$'\e[2m' PLAIN=$'\e[0m'
fi

# say WHAT TEXT: one line about one thing.
say() { printf '%s%-12s%s %s\n' "$BOLD" "$1" "$PLAIN" "$2"; }

already() { printf '%s%-12s already %s%s\n' "$DIM" "$1" "$2" "$PLAIN"; }

warn() { printf '%swarning%s      %s\n' "$YELLOW" "$PLAIN" "$1" >&2; }

# die TEXT...: each argument is a line; the last ones say how to mend it.
die() {
	printf '%serror%s        %s\n' "$RED" "$PLAIN" "$1" >&2
	shift
	local line
	for line; do printf '             %s\n' "$line" >&2; done
	exit 1
}

# --- settings ------------------------------------------------------------------------------------------------------------------------

# Lines are NAME=value, optionally quoted; what the environment says wins.
load_dotenv() {
	local file=$1 line name value number=0
	[[ -f $file ]] || return 0
	while IFS= read -r line || [[ -n $line ]]; do
		number=$((number + 1))
		line=${line#"${line%%[![:space:]]*}"}
		line=${line%"${line##*[![:space:]]}"}
		[[ -z $line || $line == '#'* ]] && continue
		line=${line#export }
		name=${line%%=*} value=${line#*=}
		[[ $line == *=* && $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || die "$file, line $number is not NAME=value"
		[[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
		[[ -v $name ]] || printf -v "$name" '%s' "$value"
	done <"$file"
}

# words TEXT: its words, parted by commas or blanks, one a line; a * is just a word.
words() { tr -s ", \t" "\n" <<<"$1" | sed "/^$/d"; }

absolute() { realpath -m -- "$1"; }

# The ports of what runs in this state folder, for the verbs that only look at it: they need not be told again.
known_ports() {
	local https http
	[[ ${0##*/} != run ]] || return 0
	{ read -r https && read -r http; } 2>/dev/null <"$STATE_DIR/pid/ports" || return 0
	: "${HTTPS_PORT:=$https}" "${HTTP_PORT:=$http}"
}

default_settings() {
	: "${STATE_DIR:=var}" "${BIN:=build/plain/bin}" "${GEN_DIR:=build/gen}" "${STATIC_DIR:=build/static}" "${SQL_DIR:=sql}"
	known_ports
	: "${LISTEN:=127.0.0.1}" "${HTTPS_PORT:=8443}" "${HTTP_PORT:=8080}" "${SERVER_NAMES:=}" "${TRUSTED_PROXIES:=}"
	: "${PUBLIC_URL:=https://localhost:$HTTPS_PORT}" "${ADMIN_EMAIL:=admin@localhost}" "${ADMIN_PASSWORD_FILE:=}"
	: "${CONN_PER_ADDRESS:=64}" "${AUTH_BURST:=20}" "${BKG_DB_DSN:=}" "${TLS_CERT_FILE:=}" "${TLS_KEY_FILE:=}"
	if [[ -z ${AUTH_RPS:-} ]]; then
		AUTH_RPS=5
		[[ ${RATE_LIMIT_RPS:-} != 0 ]] || AUTH_RPS=0
	fi
	PUBLIC_URL=${PUBLIC_URL%/}
	local name
	for name in STATE_DIR BIN GEN_DIR STATIC_DIR SQL_DIR; do
		[[ ${!name} == /* ]] || printf -v "$name" '%s' "$ROOT/${!name}"
	done
	# shellcheck disable=SC2034 # the parts use it
	STATE_NAME=$STATE_DIR # before links are followed
	place_state "$(absolute "$STATE_DIR")"
}

# shellcheck disable=SC2034 # the parts use them
place_state() {
	STATE_DIR=$1 RUN=$1/run PGDATA_DIR=$1/pg PG_SOCKETS=$1/run/pg NGINX=$1/nginx TREE=$1/s6
	DSN_SERVICE=$1/secrets/database.service
}

check_port() {
	if [[ ! $2 =~ ^[1-9][0-9]{0,4}$ ]] || ((10#$2 > 65535)); then die "$1=$2 is not a port" "Choose one between 1024 and 65535."; fi
}

check_number() { [[ $2 =~ ^[0-9]{1,6}$ ]] || die "$1=$2 is not a whole number"; }

# A value that ends up in a configuration file must not be able to say more than itself.
check_plain() {
	local plain='^[]A-Za-z0-9.,:/_*[ %@+~-]*$'
	[[ $2 =~ $plain ]] || die "$1 has a character that cannot be used there"
}

check_settings() {
	check_port HTTPS_PORT "$HTTPS_PORT"
	check_port HTTP_PORT "$HTTP_PORT"
	[[ $HTTPS_PORT != "$HTTP_PORT" ]] || die "HTTPS_PORT and HTTP_PORT are both $HTTP_PORT" "Give one of them another number."
	check_number CONN_PER_ADDRESS "$CONN_PER_ADDRESS"
	check_number AUTH_RPS "$AUTH_RPS"
	check_number AUTH_BURST "$AUTH_BURST"
	local name
	for name in LISTEN SERVER_NAMES TRUSTED_PROXIES PUBLIC_URL TLS_CERT_FILE TLS_KEY_FILE ADMIN_EMAIL STATE_DIR; do
		check_plain "$name" "${!name}"
	done
	[[ $PUBLIC_URL =~ ^https?://[^/]+$ ]] || die "PUBLIC_URL=$PUBLIC_URL is not like https://host or https://host:port"
	[[ $STATE_DIR != *[[:space:]]* ]] || die "STATE_DIR may not have a space in it: $STATE_DIR"
	if [[ -n $TLS_CERT_FILE || -n $TLS_KEY_FILE ]]; then
		[[ -r $TLS_CERT_FILE && -r $TLS_KEY_FILE ]] || die 'TLS_CERT_FILE and TLS_KEY_FILE must both name a readable file'
	fi
	check_state_path
}

# A unix socket's path has 107 bytes; the longest under STATE_DIR is PostgreSQL's, and the programs take a STATE_DIR of 80.
check_state_path() {
	((${#STATE_DIR} <= 80)) || die "STATE_DIR is too long: $STATE_DIR" \
		"Unix sockets take paths of at most 107 bytes, so STATE_DIR may have 80; this one has ${#STATE_DIR}." \
		'Set a shorter one, for example STATE_DIR=/var/lib/life-agent, here or in .env.'
}

# --- who runs what -------------------------------------------------------------------------------------------------------------------

# The programs by name, in the order they start, with their role in the database and their keys: the table that they read themselves.
PROGRAMS=() KEYS=()
declare -A ROLES KEYS_OF
# shellcheck disable=SC2034 # the parts use them
read_programs() {
	local name role keys key
	while read -r name role keys; do
		PROGRAMS+=("$name")
		ROLES[$name]=$role KEYS_OF[$name]=$keys
		for key in $keys; do [[ " ${KEYS[*]} " == *" $key "* ]] || KEYS+=("$key"); done
	done < <(sed -nE 's/^PROGRAM\(([a-z]+), *[A-Z]+, *([a-z_]+), *"([a-z ]*)".*/\1 \2 \3/p' "$ROOT/lib/base/program.def")
	SERVICES=(postgres "${PROGRAMS[@]}" nginx)
}

is_program() { [[ -n ${ROLES[${1:-none}]-} ]]; }

is_root() { ((EUID == 0)); }

# user_of PART: the system user a part runs as.
user_of() {
	if ! is_root; then
		id -un
		return
	fi
	case $1 in
	postgres) echo postgres ;;
	nginx) echo la-web ;;
	log) echo la-log ;;
	*) if is_program "$1"; then echo "la-$1"; else echo root; fi ;;
	esac
}

group_of_all() { if is_root; then echo life-agent; else id -gn; fi; }

# as PART COMMAND...: runs it as that part's user. PostgreSQL's user gets our group for as long as the command runs.
as() {
	local part=$1
	shift
	if ! is_root || [[ $part == root ]]; then
		"$@"
	elif [[ $part == postgres ]]; then
		s6-applyuidgid -u "$(id -u postgres)" -g "$(id -g postgres)" -G "$(group_id)" "$@"
	else
		s6-setuidgid "$(user_of "$part")" "$@"
	fi
}

group_id() { getent group life-agent | cut -d: -f3; }

# --- files ---------------------------------------------------------------------------------------------------------------------------

# own PART MODE PATH: the user of PART, our group, and that mode.
own() {
	if is_root; then chown "$(user_of "$1"):$(group_of_all)" "$3"; fi
	chmod "$2" "$3"
}

# folder PART MODE PATH
folder() {
	[[ -d $3 ]] || mkdir -p "$3"
	own "$@"
}

# put MODE PATH: writes standard input there at once or not at all; fails (1) when nothing changed.
put() {
	local fresh=$2.new
	(umask 077 && cat >"$fresh") || die "cannot write $2"
	if [[ -f $2 ]] && cmp -s "$fresh" "$2"; then
		rm -f "$fresh"
		return 1
	fi
	chmod "$1" "$fresh"
	mv -f "$fresh" "$2"
}

marker() { echo "$STATE_DIR/.life-agent"; }

have_state() { [[ -f $(marker) ]]; }

need_state() { have_state || die "nothing has been started yet in $STATE_DIR" 'Start it with: make run'; }

# Nobody else starts, stops or reloads this state folder meanwhile. Daemons must not inherit descriptor 9.
lock_state() {
	exec 9>>"$RUN/ops.lock"
	flock -n 9 && return
	say lock "waiting for another command on $STATE_DIR"
	flock -w 120 9 || die "another command has been busy with $STATE_DIR for two minutes" "Look for it with: fuser -v $RUN/ops.lock"
}

# until_true SECONDS COMMAND...: tries ten times a second.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

need_commands() {
	local name missing=()
	for name; do command -v "$name" >/dev/null || missing+=("$name"); done
	((${#missing[@]} == 0)) || die "not found: ${missing[*]}" 'Install what is missing with: ops/install'
}

load_dotenv "$ROOT/.env"
default_settings
read_programs
# Secrets stay in this shell; no child inherits them.
export -n API_TOKENS BKG_DB_DSN CAVE_ROTATION_WEBHOOK_SECRET 2>/dev/null || true
# shellcheck source=ops/state.sh
. "$OPS/state.sh"
# shellcheck source=ops/front.sh
. "$OPS/front.sh"
# shellcheck source=ops/database.sh
. "$OPS/database.sh"
# shellcheck source=ops/service.sh
. "$OPS/service.sh"

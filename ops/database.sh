# shellcheck shell=bash
# PostgreSQL: the private cluster, or somebody else's server named by BKG_DB_DSN, and one way to run SQL on either.

DATABASE=life_agent

is_private() { [[ -z $BKG_DB_DSN ]]; }

# --- the private cluster ---------------------------------------------------------------------------------------------------------------

# pg PROGRAM: the path of one of PostgreSQL's programs, of the version that made the cluster.
pg() {
	local version
	version=$(cat "$PGDATA_DIR/PG_VERSION" 2>/dev/null || echo 15)
	echo "${PG_BIN:-/usr/lib/postgresql/$version/bin}/$1"
}

make_cluster() {
	if [[ -f $PGDATA_DIR/PG_VERSION ]]; then
		already database 'made'
	else
		[[ -x $(pg initdb) ]] || die "$(pg initdb) is not there" 'Install what is missing with: ops/install'
		local fresh=$PGDATA_DIR.new out
		rm -rf "$fresh"
		folder postgres 0700 "$fresh"
		out=$(cd / && as postgres "$(pg initdb)" --pgdata="$fresh" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
			--auth-local=peer --auth-host=scram-sha-256 --no-instructions 2>&1) || die 'PostgreSQL could not make its cluster:' "$out"
		mv "$fresh" "$PGDATA_DIR"
		say database "made a private cluster in $PGDATA_DIR"
	fi
	write_cluster
}

cluster_settings() {
	cat <<-END
		# Written by every start; changes belong into ops/database.sh.
		listen_addresses = ''
		port = 5432
		unix_socket_directories = '$PG_SOCKETS'
		unix_socket_permissions = 0770
		$(! is_root || echo "unix_socket_group = 'life-agent'")
		max_connections = 100
		shared_buffers = 128MB
		jit = off
		fsync = on
		password_encryption = scram-sha-256
		timezone = 'UTC'
		log_timezone = 'UTC'
		log_destination = stderr
		logging_collector = off
		log_line_prefix = '%m [%p] %q%u@%d '
		log_statement = none
		log_parameter_max_length = 0
		log_parameter_max_length_on_error = 0
	END
}

# Who on this machine may be which role: the programs theirs, PostgreSQL's own user the superuser; nobody by password, nobody by network.
cluster_identities() {
	echo '# map user role'
	if is_root; then
		local name
		for name in "${PROGRAMS[@]}"; do echo "life_agent $(user_of "$name") $(role_of "$name")"; done
		echo 'life_agent postgres postgres'
	else
		local role
		for role in "${ROLES[@]}" postgres; do echo "life_agent \"$(id -un)\" $role"; done
	fi
}

write_cluster() {
	local changed=false
	cluster_settings | put 0440 "$PGDATA_DIR/postgresql.conf" && changed=true
	cluster_identities | put 0440 "$PGDATA_DIR/pg_ident.conf" && changed=true
	printf '%s\n' "local $DATABASE $(IFS=, && echo "${ROLES[*]}") peer map=life_agent" 'local all postgres peer map=life_agent' |
		put 0440 "$PGDATA_DIR/pg_hba.conf" && changed=true
	local name
	for name in postgresql pg_ident pg_hba; do own postgres 0440 "$PGDATA_DIR/$name.conf"; done
	if $changed && is_up postgres; then s6-svc -h "$STATE_DIR/s6/postgres"; fi
}

cluster_answers() { "$(pg pg_isready)" -q -h "$PG_SOCKETS" -t 2; }

make_database() {
	[[ -z $(DATABASE=postgres sql -A -t <<<"select 1 from pg_database where datname = '$DATABASE'") ]] || return 0
	DATABASE=postgres sql <<<"create database $DATABASE template template0 encoding 'UTF8' locale 'C.UTF-8'"
}

# --- running SQL ---------------------------------------------------------------------------------------------------------------------

# sql ARGUMENTS...: psql as the one who may create roles, stopping at the first error. Values go through standard input, never here.
# Relative paths start at SQL_FOLDER.
sql() {
	local psql=(psql -X -q --no-password -v ON_ERROR_STOP=1)
	if is_private; then
		as postgres env -i -C "${SQL_FOLDER:-/}" PATH="$PATH" LC_ALL=C.UTF-8 PGCONNECT_TIMEOUT=5 PGOPTIONS='-c client_min_messages=warning' \
			"${psql[@]}" -h "$PG_SOCKETS" -p 5432 -U postgres -d "$DATABASE" "$@"
	else
		env -C "${SQL_FOLDER:-/}" PGSERVICEFILE="$DSN_SERVICE" PGSERVICE=life-agent PGCONNECT_TIMEOUT=10 PGOPTIONS='-c client_min_messages=warning' \
			"${psql[@]}" "$@"
	fi
}

# --- somebody else's server ------------------------------------------------------------------------------------------------------------

decode() {
	local text=${1//\\/\\\\}
	printf '%b' "${text//%/\\x}"
}

# Prints a connection URI as name=value lines.
uri_fields() {
	local rest=${1#*://} parameters='' who='' item hosts=() ports=()
	[[ $rest != *'?'* ]] || { parameters=${rest#*\?} && rest=${rest%%\?*}; }
	[[ $rest != */* ]] || echo "dbname=$(decode "${rest#*/}")"
	rest=${rest%%/*}
	[[ $rest != *@* ]] || { who=${rest%@*} && rest=${rest##*@}; }
	[[ -z ${who%%:*} ]] || echo "user=$(decode "${who%%:*}")"
	[[ $who != *:* ]] || echo "password=$(decode "${who#*:}")"
	while read -r item; do
		if [[ $item =~ ^(\[[0-9a-fA-F:.]+\]|[^:]*)(:([0-9]*))?$ ]]; then
			item=${BASH_REMATCH[1]#[} && ports+=("${BASH_REMATCH[3]}")
			hosts+=("$(decode "${item%]}")")
		fi
	done < <(words "$rest")
	local IFS=,
	((${#hosts[@]} == 0)) || echo "host=${hosts[*]}"
	[[ ${ports[*]-} != *[0-9]* ]] || echo "port=${ports[*]}"
	while IFS= read -r item; do
		[[ -z $item ]] || echo "${item%%=*}=$(decode "${item#*=}")"
	done < <(tr "&" "\n" <<<"$parameters")
}

# Prints a key=value connection string as name=value lines.
keyword_fields() {
	local rest=$1 value pattern="^[[:space:]]*([a-z_]+)[[:space:]]*=[[:space:]]*('([^'\\\\]|\\\\.)*'|([^[:space:]'\\\\]|\\\\.)*)(.*)\$"
	while [[ $rest =~ $pattern ]]; do
		value=${BASH_REMATCH[2]} rest=${BASH_REMATCH[5]}
		[[ $value != "'"* ]] || value=${value:1:-1}
		# shellcheck disable=SC2001 # a group
		echo "${BASH_REMATCH[1]}=$(sed 's/\\\(.\)/\1/g' <<<"$value")"
	done
	[[ -z ${rest//[[:space:]]/} ]] || return 1
}

dsn_fields() {
	if [[ $BKG_DB_DSN =~ ^postgres(ql)?:// ]]; then uri_fields "$BKG_DB_DSN"; else keyword_fields "$BKG_DB_DSN"; fi
}

# A service file keeps the DSN's password out of every argument list and environment.
write_dsn() {
	local fields
	fields=$(dsn_fields) || fields=""
	if [[ $BKG_DB_DSN == *$'\n'* || -z $fields ]] || grep -qvE "^[a-z_]+=" <<<"$fields"; then
		die 'BKG_DB_DSN is neither a postgresql:// address nor a list of key=value' 'Its format is that of libpq; see "Connection Strings" in its manual.'
	fi
	! grep -q '^service=' <<<"$fields" || die 'BKG_DB_DSN may not name a service file' 'Write its host, port, dbname and user instead.'
	printf '[life-agent]\n%s\n' "$fields" | put 0400 "$DSN_SERVICE" || true
	local out
	out=$(sql -c 'select' 2>&1) || die 'the server of BKG_DB_DSN cannot be used:' "${out//$'\n'/ }"
	say database "uses the server of BKG_DB_DSN"
}

quoted() {
	local text=${1//\\/\\\\}
	printf "'%s'" "${text//\'/\\\'}"
}

# Where the DSN leads, without who goes there: what it says itself, else what psql found.
dsn_place() {
	local name value found
	found=$(dsn_fields | grep -vE '^(user|password|passfile|application_name|options)=' || true)
	while IFS='=' read -r name value; do
		grep -q "^$name=" <<<"$found" || found+=$'\n'"$name=$value"
	done < <(printf '%s\n' '\echo host=:HOST' '\echo port=:PORT' '\echo dbname=:DBNAME' | sql -A -t -f -)
	while IFS='=' read -r name value; do
		[[ -z $name ]] || printf '%s=%s ' "$name" "$(quoted "$value")"
	done <<<"$found"
}

role_of() { echo "${ROLES[$1]}"; }

passfile() { echo "$STATE_DIR/secrets/$1/database.pass"; }

# conninfo PROGRAM: how it reaches the database; holds no secret.
conninfo() {
	if is_private; then
		printf "host=%s port=5432 dbname=%s user=%s application_name=life-agent-%s" "$PG_SOCKETS" "$DATABASE" "$(role_of "$1")" "$1"
	else
		printf "connect_timeout=5 %suser=%s passfile=%s application_name=life-agent-%s" "$(dsn_place)" "$(role_of "$1")" "$(quoted "$(passfile "$1")")" "$1"
	fi
}

can_sign_in() {
	[[ -f $(passfile "$1") ]] && psql -X -q --no-password -d "$(conninfo "$1")" -c 'select' >/dev/null 2>&1
}

# Gives each program's role a password that only its own file knows; the server is sent its SCRAM verifier, not the password.
make_passwords() {
	local program role password made=()
	for program in "${PROGRAMS[@]}"; do
		can_sign_in "$program" && continue
		role=$(role_of "$program")
		password=$(openssl rand -hex 32)
		echo "*:*:*:$role:$password" | put 0400 "$(passfile "$program")" || true
		printf '%s\n%s\n' "$password" "$password" | PGSERVICEFILE=$DSN_SERVICE PGSERVICE=life-agent \
			setsid -w psql -X -q -v ON_ERROR_STOP=1 -c "\\password $role" >/dev/null 2>&1 || die "the role $role could not be given a password"
		can_sign_in "$program" || die "the role $role cannot sign in at the server of BKG_DB_DSN" "Its pg_hba.conf must allow $role by scram-sha-256."
		made+=("$role")
	done
	for program in "${PROGRAMS[@]}"; do own "$program" 0400 "$(passfile "$program")"; done
	if ((${#made[@]})); then say passwords "drew those of ${made[*]}"; fi
}

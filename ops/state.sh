# shellcheck shell=bash
# The state folder: its users, its shape, its secrets and certificate, and the copies of programs and pages that the service runs from.

# --- users ---------------------------------------------------------------------------------------------------------------------------

make_users() {
	is_root || return 0
	local made=() name
	getent group life-agent >/dev/null || { groupadd --system life-agent && made+=('group life-agent'); }
	for name in "${PROGRAMS[@]/#/la-}" la-web la-log; do
		getent passwd "$name" >/dev/null && continue
		useradd --system --gid life-agent --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$name"
		made+=("$name")
	done
	if ((${#made[@]})); then say users "made ${made[*]}"; else already users 'there'; fi
}

# --- shape ---------------------------------------------------------------------------------------------------------------------------

# reachable PATH: whether the service users may walk down to it, as far as it exists.
reachable() {
	local path=$1
	until [[ -d $path ]]; do path=$(dirname "$path"); done
	as "${PROGRAMS[0]}" test -x "$path"
}

# A tree under a closed home (/root is 0700) cannot hold files for other users: then its state moves and a link stays.
move_state_if_closed() {
	is_root && ! reachable "$STATE_DIR" || return 0
	[[ $STATE_NAME == "$ROOT"/* && ! -e $STATE_NAME ]] || die "the service users cannot reach $STATE_DIR: a folder above it is closed to them" \
		'Set a STATE_DIR elsewhere, for example STATE_DIR=/var/lib/life-agent, here or in .env.'
	place_state "/var/lib/life-agent/${STATE_NAME##*/}-$(sha256sum <<<"$STATE_NAME" | cut -c1-8)"
	check_state_path
	install -d -m 0755 /var/lib/life-agent
	mkdir -p "$STATE_DIR" "$(dirname "$STATE_NAME")"
	ln -s "$STATE_DIR" "$STATE_NAME"
	say state "moved to $STATE_DIR, because the service users cannot enter $ROOT; $STATE_NAME points there"
}

check_state_owner() {
	local owner
	owner=$(stat -c %u "$STATE_DIR")
	((owner == EUID)) || die "$STATE_DIR belongs to $(id -un "$owner" 2>/dev/null || echo "user $owner")" \
		'Run this as that user, or choose another STATE_DIR.'
}

make_layout() {
	move_state_if_closed
	if [[ -d $STATE_DIR ]]; then
		check_state_owner
		have_state || [[ -z $(ls -A "$STATE_DIR") ]] || die "$STATE_DIR has files in it that are not Life-Agent's" 'Choose another STATE_DIR.'
	fi
	local fresh=true name shared=0750
	have_state && fresh=false
	is_root && shared=1770
	for name in '' pid secrets "${PROGRAMS[@]/#/secrets/}" tls bin nginx log s6; do folder state 0750 "$STATE_DIR${name:+/$name}"; done
	folder state "$shared" "$RUN" # the programs bind their sockets in it; sticky, so none removes another's
	folder state 0555 "$RUN/empty"
	folder postgres 0750 "$RUN/pg"
	folder audit 0750 "$STATE_DIR/audit" # the api reads checkpoints and public keys there, and nothing else
	folder nginx 0700 "$STATE_DIR/nginx/tmp"
	for name in "${SERVICES[@]}"; do folder log 0700 "$STATE_DIR/log/$name"; done
	echo 'The state folder of one Life-Agent instance; made and removed by its own commands.' | put 0440 "$(marker)" || true
	if $fresh; then say state "made $STATE_DIR"; else already state "in $STATE_DIR"; fi
}

# --- secrets -------------------------------------------------------------------------------------------------------------------------

# A key of few different digits, or the same half twice, was typed and not drawn.
is_weak_key() {
	local hex=${1,,} digit kinds=0
	for digit in {0..9} {a..f}; do [[ $hex != *"$digit"* ]] || kinds=$((kinds + 1)); done
	((kinds < 8)) || [[ ${hex:0:32} == "${hex:32}" || $hex == 0123456789abcdef* ]]
}

# The shapes of the key files: up to four keys by name, newest first, or one without a name.
has_names() { [[ $1 == jwt || $1 == audit || $1 == checkpoint ]]; }

key_pattern() { if has_names "$1"; then echo '^[A-Za-z0-9._-]{1,31}:([0-9a-f]{64})$'; else echo '^([0-9a-f]{64})$'; fi; }

# secret_fault FILE KIND: prints what is wrong with it, or nothing.
secret_fault() {
	local mode line keys=0 pattern
	[[ -f $1 ]] || { echo 'is not there' && return; }
	mode=$(stat -c %a "$1")
	[[ $mode == 400 ]] || { echo "has mode $mode and must have 400 (mend: chmod 0400 $1)" && return; }
	pattern=$(key_pattern "$2")
	while IFS= read -r line || [[ -n $line ]]; do
		[[ -n $line ]] || continue
		[[ $line =~ $pattern ]] || { echo "has a line that is not $(if has_names "$2"; then echo 'name:'; fi)64 hexadecimal digits" && return; }
		if is_weak_key "${BASH_REMATCH[1]}"; then echo 'has a key that anybody could guess' && return; fi
		keys=$((keys + 1))
	done <"$1"
	((keys > 0)) || echo 'is empty'
	((keys <= $(if has_names "$2"; then echo 4; else echo 1; fi))) || echo 'holds too many keys'
}

# loss_of KIND: what a new key of that kind takes away.
loss_of() {
	case $1 in
	factor) echo 'second factors then work by their recovery codes alone' ;;
	audit | checkpoint) echo 'what the old one signed does not verify any more' ;;
	*) echo 'that signs everybody out' ;;
	esac
}

check_secret() {
	local fault
	fault=$(secret_fault "$1" "$2")
	[[ -z $fault ]] || die "the secret $1 $fault" "A new one is drawn by the next start when the file is removed; $(loss_of "$2")."
}

# deal PROGRAM FILE NAME: the program's own copy, readable by nobody else.
deal() {
	local copy=$STATE_DIR/secrets/$1/$3
	if ! cmp -s "$2" "$copy"; then
		(umask 077 && cat "$2" >"$copy.new") && mv -f "$copy.new" "$copy"
		DEALT+=("$1")
	fi
	own "$1" 0400 "$copy"
	check_secret "$copy" "${3%.key}"
}

# A signing key has a name of its own, so that it can be told from the one that follows it.
draw_key() { echo "$(if has_names "$1"; then echo "${1:0:1}$(openssl rand -hex 4):"; fi)$(openssl rand -hex 32)"; }

make_secrets() {
	local name file made=()
	# shellcheck disable=SC2153 # lib.sh reads KEYS
	for name in "${KEYS[@]}"; do
		file=$STATE_DIR/secrets/$name.key
		[[ -e $file ]] || { draw_key "$name" | put 0400 "$file" && made+=("$name.key"); }
	done
	deal_secrets
	if ((${#made[@]})); then say secrets "drew ${made[*]}"; else already secrets 'drawn'; fi
}

# The key that other installations sign with is theirs to give, in Base64, by CAVE_ROTATION_WEBHOOK_SECRET or the file it names with _FILE. Without it
# nobody's word is taken.
take_rotation_key() {
	local file=$STATE_DIR/secrets/rotation.key text=${CAVE_ROTATION_WEBHOOK_SECRET-} hex
	[[ -z ${CAVE_ROTATION_WEBHOOK_SECRET_FILE-} ]] || text=$(<"$CAVE_ROTATION_WEBHOOK_SECRET_FILE")
	if [[ -z $text ]]; then
		rm -f "$file" "$STATE_DIR/secrets/api/rotation.key"
		return
	fi
	hex=$(base64 -d <<<"$text" 2>/dev/null | od -An -v -tx1 | tr -d ' \n') || hex=''
	[[ $hex =~ ^[0-9a-f]{64}$ ]] || die 'CAVE_ROTATION_WEBHOOK_SECRET is not Base64 of 32 bytes' 'Draw one with: openssl rand -base64 32'
	put 0400 "$file" <<<"$hex" || true
	deal api "$file" rotation.key
}

# JWT_KEY_FILE, REFRESH_KEY_FILE ... name an operator's own keys, for instances that share a database.
key_file() { local own=${1^^}_KEY_FILE && echo "${!own:-$STATE_DIR/secrets/$1.key}"; }

deal_secrets() {
	DEALT=()
	local name key other
	for key in "${KEYS[@]}"; do
		check_secret "$(key_file "$key")" "$key"
		for other in "${KEYS[@]}"; do
			[[ $other == "$key" ]] || ! cmp -s "$(key_file "$key")" "$(key_file "$other")" ||
				die "$(key_file "$key") and $(key_file "$other") are the same key" 'Each purpose needs a key of its own: remove one file and start again.'
		done
	done
	for name in "${PROGRAMS[@]}"; do
		for key in ${KEYS_OF[$name]}; do deal "$name" "$(key_file "$key")" "$key.key"; done
	done
	take_rotation_key
}

# --- certificate ---------------------------------------------------------------------------------------------------------------------

# Every name this instance answers to, one a line.
server_names() {
	local name host=${PUBLIC_URL#*://}
	if [[ $host == '['* ]]; then host=${host%%]*}]; else host=${host%%:*}; fi
	{
		printf '%s\n' localhost 127.0.0.1 '[::1]' "$(hostname)" "$host"
		words "$SERVER_NAMES"
		while read -r name; do
			case $name in '*' | 0.0.0.0 | :: | '[::]') ;; *:*) [[ $name == '['* ]] && echo "$name" || echo "[$name]" ;; *) echo "$name" ;; esac
		done < <(words "$LISTEN")
	} | grep -E '^(\*\.)?[A-Za-z0-9._-]+$|^\[[0-9A-Fa-f:.]+\]$' | awk '!seen[$0]++'
}

certificate_names() {
	local name names=()
	while read -r name; do
		if [[ $name == '['* ]]; then
			name=${name#[}
			names+=("IP:${name%]}")
		elif [[ $name =~ ^[0-9.]+$ ]]; then
			names+=("IP:$name")
		else
			names+=("DNS:$name")
		fi
	done < <(server_names)
	local IFS=,
	echo "${names[*]}"
}

own_certificate() { [[ -z $TLS_CERT_FILE ]]; }

certificate() { if own_certificate; then echo "$STATE_DIR/tls/cert.pem"; else absolute "$TLS_CERT_FILE"; fi; }

certificate_key() { if own_certificate; then echo "$STATE_DIR/tls/key.pem"; else absolute "$TLS_KEY_FILE"; fi; }

make_certificate() {
	if ! own_certificate; then
		already certificate "given: $TLS_CERT_FILE"
		return
	fi
	local tls=$STATE_DIR/tls names
	names=$(certificate_names)
	if [[ -f $tls/key.pem && $(cat "$tls/names" 2>/dev/null) == "$names" ]] && openssl x509 -in "$tls/cert.pem" -noout -checkend 2592000 >/dev/null 2>&1; then
		already certificate 'made'
		return
	fi
	(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj '/CN=localhost/O=Life-Agent' \
		-addext "subjectAltName=$names" -addext extendedKeyUsage=serverAuth -keyout "$tls/key.new" -out "$tls/cert.new" 2>/dev/null) ||
		die 'openssl could not make a certificate' "Names asked for: $names"
	own "$(if [[ -n ${IN_CONTAINER-} ]]; then echo nginx; else echo state; fi)" 0400 "$tls/key.new"
	own state 0444 "$tls/cert.new"
	mv -f "$tls/key.new" "$tls/key.pem"
	mv -f "$tls/cert.new" "$tls/cert.pem"
	echo "$names" | put 0440 "$tls/names" || true
	say certificate "made a self-signed one for a year: $tls/cert.pem"
}

# --- what is served and run ----------------------------------------------------------------------------------------------------------

check_built() {
	local name
	for name in "${PROGRAMS[@]}"; do
		[[ -x $BIN/$name ]] || die "$BIN/$name has not been built" 'Build it with: make'
	done
}

# The service runs from copies, so that a rebuild or a clean of the tree changes nothing under its feet. Names the changed ones in CHANGED.
publish_programs() {
	local name
	check_built
	CHANGED=()
	for name in "${PROGRAMS[@]}"; do
		put 0755 "$STATE_DIR/bin/$name" <"$BIN/$name" || continue
		CHANGED+=("$name")
	done
	if ((${#CHANGED[@]})); then say programs "took ${CHANGED[*]} from ${BIN#"$ROOT"/}"; else already programs "taken from ${BIN#"$ROOT"/}"; fi
}

# shellcheck disable=SC2153 # lib.sh sets STATIC_DIR
# The folders a page may come from: later ones add to and win over earlier ones.
web_sources() {
	local path
	for path in "$GEN_DIR/openapi.json" "$GEN_DIR/openapi.yaml" "$ROOT/docs/openapi.json" "$ROOT/docs/openapi.yaml" "$ROOT/docs/reference" "$STATIC_DIR"; do
		[[ ! -e $path ]] || echo "$path"
	done
}

fill_web() {
	local to=$1 path file
	while read -r path; do
		if [[ $path == "$STATIC_DIR" ]]; then cp -R "$path/." "$to/"; else cp -R "$path" "$to/"; fi
	done < <(web_sources)
	while IFS= read -r file; do
		[[ -f $file.gz ]] || gzip -9 -n -k "$file"
	done < <(find "$to" -type f -size +1k \( -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.json' -o -name '*.yaml' -o -name '*.md' -o -name '*.svg' \))
	find "$to" -type d -exec chmod 0755 {} +
	find "$to" -type f -exec chmod 0644 {} +
}

publish_web() {
	local sources stamp to old
	mapfile -t sources < <(web_sources)
	stamp=$({ ((${#sources[@]})) && find "${sources[@]}" -type f -printf '%p %s %T@\n'; } | sort | sha256sum | cut -c1-12)
	to=$STATE_DIR/www.$stamp
	if [[ $(readlink "$STATE_DIR/www" 2>/dev/null) == "${to##*/}" ]]; then
		already pages 'published'
		return
	fi
	rm -rf "$to" "$to.new"
	mkdir "$to.new"
	fill_web "$to.new"
	mv "$to.new" "$to"
	ln -sfn "${to##*/}" "$STATE_DIR/www.link"
	mv -T "$STATE_DIR/www.link" "$STATE_DIR/www"
	for old in "$STATE_DIR"/www.*; do [[ $old == "$to" ]] || rm -rf "$old"; done
	say pages "published $(find "$to" -type f ! -name '*.gz' | wc -l) files"
}

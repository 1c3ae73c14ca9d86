# shellcheck shell=bash
# nginx: its configuration from nginx/nginx.conf.in and the printed locations, the ports it takes, and the way to ask it whether all is well.

# --- addresses -----------------------------------------------------------------------------------------------------------------------

has_ipv6_loopback() { grep -qE '^0{31}1 .* lo$' /proc/net/if_inet6 2>/dev/null; }

has_ipv6() { grep -q . /proc/net/if_inet6 2>/dev/null; }

loopbacks() {
	echo 127.0.0.1
	! has_ipv6_loopback || echo '[::1]'
}

# The addresses LISTEN stands for, one a line, in nginx's writing.
# shellcheck disable=SC2153 # lib.sh sets LISTEN
listen_addresses() {
	local name
	while read -r name; do
		case $name in
		127.0.0.1 | localhost) loopbacks ;;
		'*') echo 0.0.0.0 && { ! has_ipv6 || echo '[::]'; } ;;
		'['*) echo "$name" ;;
		*:*) echo "[$name]" ;;
		*) echo "$name" ;;
		esac
	done < <(words "$LISTEN") | awk '!seen[$0]++'
}

endpoints() {
	local address
	while read -r address; do echo "$address:$HTTPS_PORT"; done < <(listen_addresses)
	while read -r address; do echo "$address:$HTTP_PORT"; done < <(loopbacks)
}

# One `listen` line per endpoint; the argument goes to the end of each.
listen_lines() {
	local endpoint
	while read -r endpoint; do
		if [[ $endpoint == *":$HTTPS_PORT" ]]; then
			echo "		listen $endpoint ssl http2$1;"
		else
			echo "		listen $endpoint$1;"
		fi
	done < <(endpoints)
}

# --- ports -------------------------------------------------------------------------------------------------------------------------

# The inodes of sockets that listen on a port.
listening_inodes() {
	local hex
	hex=$(printf '%04X' "$1")
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }'
}

# Names the process that holds a socket, as far as we may know.
holder_of() {
	local fd pid
	fd=$(find /proc/[0-9]*/fd -lname "socket:\[$1\]" 2>/dev/null | head -n 1) || true
	pid=${fd#/proc/}
	pid=${pid%%/*}
	if [[ -n $pid ]]; then echo "process $pid, $(cat "/proc/$pid/comm" 2>/dev/null)"; else echo 'a process of another user'; fi
}

ports_held() { cat "$STATE_DIR/pid/ports" 2>/dev/null || true; }

check_ports() {
	local setting port inode
	for setting in HTTPS_PORT HTTP_PORT; do
		port=${!setting}
		! ports_held | grep -qx "$port" || continue
		inode=$(listening_inodes "$port" | head -n 1)
		[[ -z $inode ]] || die "port $port is in use ($(holder_of "$inode"))" "Nothing was started. Stop that one, or choose another: make run $setting=<port>"
	done
}

# --- configuration -----------------------------------------------------------------------------------------------------------------

# render FILE: prints it with every @NAME@ replaced.
render() {
	local text name
	text=$(<"$1")
	while read -r name; do
		[[ -v $name ]] || die "$1 names @$name@, which nothing sets"
		text=${text//"@$name@"/"${!name}"}
	done < <(grep -oE '@[A-Z_]+@' "$1" | tr -d @ | sort -u)
	printf '%s\n' "$text"
}

# Every error_page of the template needs its printed pair of locations.
check_printed() {
	local code
	[[ -f $GEN_DIR/locations.conf && -f $GEN_DIR/errors.conf ]] || die "$GEN_DIR/locations.conf or errors.conf has not been printed" 'Print them with: make'
	while read -r code; do
		if ! grep -q "location @e$code " "$GEN_DIR/errors.conf" || ! grep -q "location @e${code}p " "$GEN_DIR/errors.conf"; then
			die "$GEN_DIR/errors.conf has no locations @e$code and @e${code}p" "nginx/nginx.conf.in shows what it must hold."
		fi
	done < <(sed -n "s/.*\(@e\|early\/\)\([0-9]*\)[$]problem.*/\2/p" "$ROOT/nginx/nginx.conf.in")
}

trusted_lines() {
	local name
	while read -r name; do echo "	set_real_ip_from $name;"; done < <(words "$TRUSTED_PROXIES")
	[[ -z $TRUSTED_PROXIES ]] || printf '\treal_ip_header X-Forwarded-For;\n\treal_ip_recursive on;\n'
}

limit_lines() {
	((CONN_PER_ADDRESS == 0)) || echo "		limit_conn address $CONN_PER_ADDRESS;"
	((AUTH_RPS == 0)) || echo "		limit_req zone=auth burst=$AUTH_BURST nodelay;"
}

# shellcheck disable=SC2034 # render takes them by name
front_values() {
	CERTIFICATE=$(certificate)
	CERTIFICATE_KEY=$(certificate_key)
	NAMES=$(server_names | paste -sd ' ')
	LISTENS=$(listen_lines '')
	LISTENS_DEFAULT=$(listen_lines ' default_server')
	TRUSTED=$(trusted_lines)
	LIMITS=$(limit_lines)
	AUTH_RATE=$((AUTH_RPS > 0 ? AUTH_RPS : 1))
	USER_LINE='' PID_FILE=$STATE_DIR/pid/nginx.master
	if [[ -n ${IN_CONTAINER-} ]]; then
		PID_FILE=$NGINX/tmp/nginx.pid # all of nginx is la-web there
	elif is_root; then
		USER_LINE="user $(user_of nginx) $(group_of_all);"
	fi
	FILES=8192
	(($(ulimit -H -n) >= FILES)) || FILES=$(ulimit -H -n)
}

# Writes everything nginx reads; succeeds when something changed.
write_front() {
	local changed=1 name
	check_printed
	front_values
	for name in locations errors; do put 0444 "$NGINX/$name.conf" <"$GEN_DIR/$name.conf" && changed=0; done
	for name in fastcgi early headers api auth; do put 0444 "$NGINX/$name.conf" <"$ROOT/nginx/$name.conf" && changed=0; done
	render "$ROOT/nginx/nginx.conf.in" | put 0444 "$NGINX/nginx.conf" && changed=0
	cat "$CERTIFICATE" "$CERTIFICATE_KEY" | sha256sum | put 0400 "$NGINX/certificate.sha256" && changed=0
	return "$changed"
}

test_front() {
	local out part=root
	[[ -z ${IN_CONTAINER-} ]] || part=nginx # what the test creates must belong to the one who runs it later
	out=$(as "$part" nginx -e stderr -t -q -p "$NGINX/" -c "$NGINX/nginx.conf" 2>&1) || die 'nginx refuses its configuration:' "$out"
}

# --- health --------------------------------------------------------------------------------------------------------------------------

# The address of this machine where HTTPS_PORT answers.
near_address() {
	local first
	first=$(listen_addresses | head -n 1)
	case $first in 0.0.0.0) echo 127.0.0.1 ;; '[::]') echo '[::1]' ;; *) echo "$first" ;; esac
}

# ask PATH: prints the body, then a line with the status (000 when nobody answers).
ask() {
	curl -q --silent --insecure --noproxy '*' --max-time 5 --connect-to "localhost:$HTTPS_PORT:$(near_address):$HTTPS_PORT" \
		--write-out '\n%{http_code}\n' "https://localhost:$HTTPS_PORT$1" 2>/dev/null || true
}

is_healthy() { [[ $(ask /healthz | tail -n 1) == 200 ]]; }

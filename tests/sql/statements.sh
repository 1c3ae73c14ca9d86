# shellcheck shell=bash
# Every printed statement is prepared as each program that uses it, and gives every column that its operation promises. Sourced by run.

# as_role ROLE: psql as that role, with that role's own settings.
as_role() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -U "$1" -d "$DATABASE"; }

prepares() { as_role "$(role_of "$1")" <<<"prepare s as $2;"; }

# columns STATEMENT: the names of what it gives.
columns() {
	local text
	text=$(statements | awk -F'\t' -v name="$1" '$1 == name { print $2; print $3 }')
	[[ -n $text ]] || { echo "no statement $1" >&2 && return 1; }
	as_role "$(role_of "$(tail -n 1 <<<"$text" | awk '{ print $1 }')")" <<<"$(head -n 1 <<<"$text" | sed -E 's/\$[0-9]+/null/g') \\gdesc" | cut -d'|' -f1
}

# Pairs of schema and statement: rows that a handler hands to reply_row, reply_page or put_row.
replies() {
	awk '/^enum err [a-z_]+\(struct req/ { op = $3; sub(/\(.*/, "", op) }
		/^[a-z].*\)$/ { last = "" }
		{ line = $0
		  if (line ~ /reply_(row|page)\(/) while (match(line, /sql_[a-z_]+\(/)) { print "op " op " " substr(line, RSTART + 4, RLENGTH - 5); line = substr(line, RSTART + RLENGTH) }
		  if (match(line, /rows = sql_[a-z_]+\(/)) last = substr(line, RSTART + 11, RLENGTH - 12)
		  if (last != "" && match(line, /put_row\(r, &[a-z_]+_schema/)) print "schema " substr(line, RSTART + 12, RLENGTH - 19) " " last }' cgi-bin/api/*.c cgi-bin/auth/*.c
}

# schema_of op|schema NAME: the names of its fields.
schema_of() {
	local name=$2
	if [[ $1 == op ]]; then
		name=$(awk -F', *' -v op="$2" '/^ROUTE\(/ && $3 == op { print $10 }' cgi-bin/routes.def)
	fi
	awk -v name="$name" 'index($0, "SCHEMA(" name ",") { on = 1 } on && match($0, /F_[A-Z]+ *\("[a-z_]+"/) { s = substr($0, RSTART, RLENGTH); gsub(/.*\("|"/, "", s); print s } on && /\);/ { exit }' cgi-bin/*/*.c
}

gives() {
	local want have
	want=$(schema_of "$1" "$2" | sort)
	have=$(columns "$3" | sort) || return 1
	[[ -n $want ]] || { echo "no schema for $1 $2" && return 1; }
	[[ -z $(comm -23 <(echo "$want") <(echo "$have")) ]] || { echo "not given: $(comm -23 <(echo "$want") <(echo "$have") | xargs)" && return 1; }
}

while IFS=$'\t' read -r name text programs _; do
	for program in $programs; do ok "$name is prepared as $program" prepares "$program" "$text"; done
done < <(statements)
while read -r kind name statement; do
	ok "$statement gives every column of $name" gives "$kind" "$name" "$statement"
done < <(replies)

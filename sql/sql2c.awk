# Prints the typed C wrappers of every named statement: awk -v part=h|c -v migration=N -f sql/sql2c.awk sql/queries/*.sql
# A statement starts at "-- name: x   programs: a b [writes] [ends]" and ends at ";". Its parameters are :name, typed where they first stand as :name::type.
BEGIN {
	kind["text"] = kind["uuid"] = kind["text[]"] = kind["integer[]"] = kind["jsonb"] = kind["timestamptz"] = "text"; kind["bigint"] = kind["integer"] = "num"; kind["boolean"] = "flag"
	ctype["text"] = "struct str"; ctype["num"] = "struct num"; ctype["flag"] = "struct flag"
	print "/* Printed from sql/queries by sql/sql2c.awk. */"
	if (part == "h") print "#ifndef GEN_SQL_H\n#define GEN_SQL_H\n#include \"lib/base/program.h\"\n#include \"lib/ext/db.h\"\n\nenum { SQL_MIGRATION = " migration " };\nextern const struct stmt *const sql_stmts[];\nextern const size_t sql_n_stmts;\n"
	else print "#include \"build/gen/sql.h\"\n"
}
/^-- name: / {
	name = $3; text = ""; n = 0; programs = ""; writes = 0; ends = 0
	delete at; delete type
	for (i = 5; i <= NF; i++) if ($i == "writes") writes = 1; else if ($i == "ends") ends = 1; else programs = programs (programs ? " | " : "") "1u << PROGRAM_" $i
	next
}
/^--/ || name == "" { next }
{ text = text (text == "" ? "" : " ") squeeze($0) }
/;[ \t]*$/ { finish(); name = "" }
END {
	if (part == "h") { print "#endif"; exit bad }
	print "const struct stmt *const sql_stmts[] = {"
	for (i = 0; i < total; i++) print "\t&stmt_" all[i] ","
	print "};\nconst size_t sql_n_stmts = sizeof sql_stmts / sizeof *sql_stmts;"
	exit bad
}
function squeeze(s) { gsub(/[ \t]+/, " ", s); sub(/^ /, "", s); sub(/ $/, "", s); return s }
function finish(   out, rest, word, t, i) {
	sub(/;$/, "", text); rest = text; out = ""
	while (match(rest, /:+[a-z_]+/)) {
		word = substr(rest, RSTART, RLENGTH); out = out substr(rest, 1, RSTART - 1); rest = substr(rest, RSTART + RLENGTH)
		if (word ~ /^::/) { out = out word; continue }
		word = substr(word, 2)
		if (!(word in at)) {
			at[word] = ++n; names[n] = word
			if (!match(rest, /^::[a-z]+(\[\])?/)) fail("parameter :" word " has no type where it first stands")
			t = substr(rest, 3, RLENGTH - 2)
			if (!(t in kind)) fail("parameter :" word " has unknown type " t)
			type[word] = kind[t]; sqltype[word] = t
		}
		# every use carries the type, so that PostgreSQL never guesses
		out = out "$" at[word] (rest ~ /^::/ ? "" : "::" sqltype[word])
	}
	text = out rest
	if (programs == "") fail("statement " name " names no program")
	if (text ~ /^(insert|update|delete) /) writes = 1
	if (text ~ /"/) gsub(/"/, "\\\"", text)
	all[total++] = name
	if (part == "h") print_h(); else print_c()
}
function print_h(   i) {
	print "extern const struct stmt stmt_" name ";\nstruct sql_" name "_args {"
	for (i = 1; i <= n; i++) print "\t" ctype[type[names[i]]] " " names[i] ";"
	if (!n) print "\tchar none;"
	print "};\nstruct rows *sql_" name "_run(struct db *db, const struct sql_" name "_args *a);"
	print "#define sql_" name "(db, ...) sql_" name "_run((db), &(struct sql_" name "_args){ __VA_ARGS__ })\n"
}
function print_c(   i) {
	print "const struct stmt stmt_" name " = { \"" name "\",\n\t\"" text "\",\n\t" n ", " (writes ? "true" : "false") ", " (ends ? "true" : "false") ", " programs " };\n"
	print "struct rows *sql_" name "_run(struct db *db, const struct sql_" name "_args *a)\n{"
	if (n) {
		print "\tconst struct arg args[] = {"
		for (i = 1; i <= n; i++) print "\t\targ_" type[names[i]] "(a->" names[i] "),"
		print "\t};\n\n\treturn db_run(db, &stmt_" name ", args);\n}\n"
	} else print "\t(void)a;\n\treturn db_run(db, &stmt_" name ", NULL);\n}\n"
}
function fail(what) { print FILENAME ":" FNR ": " what > "/dev/stderr"; bad = 1; exit 1 }

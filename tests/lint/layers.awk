# A file includes its own folder and lower ranks, by full path from the root; other libraries only in lib/ext, each header in one file.
BEGIN {
	rank["lib/base"] = 1; rank["lib/ext"] = 2; rank["build/gen"] = 3; rank["lib/core"] = 4; rank["cgi-bin"] = 6
	rank["lib/web"] = rank["lib/live"] = rank["lib/work"] = rank["lib/box"] = rank["lib/desk"] = 5 # siblings
	# What comes with the C library, the kernel and the compiler; any other header in <> is another library's.
	system_folder = "^(sys|linux|arpa|netinet|net|asm|sanitizer)/"
	n = split("assert ctype dirent dlfcn endian errno fcntl float ftw getopt glob grp inttypes iso646 limits locale malloc math netdb poll pthread " \
		"pwd sched semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings syslog " \
		"termios time uchar ucontext unistd wchar wctype", names, " ")
	for (i = 1; i <= n; i++) ours[names[i] ".h"] = 1
}
function folder(path) {
	if (path ~ /^cgi-bin\//) return "cgi-bin"
	return match(path, /^(lib|build)\/[a-z]+\/[a-z0-9_]+\.[a-z]+$/) ? substr(path, 1, index(substr(path, 7), "/") + 5) : ""
}
# db.c, db_link.c and db_rows.c are one wrapper of libpq.
function family(path) { sub(/.*\//, "", path); sub(/[_.].*/, "", path); return path }
function foreign(name) {
	if (folder(FILENAME) != "lib/ext") complain("<" name "> belongs to another library, which only lib/ext may include")
	else if (FILENAME ~ /\.h$/) complain("<" name "> in a header lets foreign types out of lib/ext")
	else if (name in home && home[name] != FILENAME && !(name == "libpq-fe.h" && family(FILENAME) == "db"))
		complain("<" name "> is included by " home[name] " already; one file speaks to a library")
	else if (!(name in home)) home[name] = FILENAME
}
FNR == 1 && !(folder(FILENAME) in rank) { complain("stands in a folder without a rank") }
/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
	if (!(name in ours) && name !~ system_folder) foreign(name)
	next
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name)
	from = folder(FILENAME); to = folder(name)
	if (!(to in rank) || name ~ /\.\./) complain("\"" name "\" is no path from the root into a folder with a rank")
	else if (from != to && rank[to] >= rank[from]) complain(from " may not include " to)
	next
}
/^[ \t]*#[ \t]*include/ { complain("an include that names no file") }

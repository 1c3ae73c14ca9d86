# Calls and texts that have no place in C. The list of calls is for tests too.
BEGIN {
	# Who may call malloc and free, each with its reason; everybody else's memory is an arena.
	heap["lib/base/mem.c"]     = "is the arena"
	heap["lib/base/buf.c"]     = "a buffer grows and outlives the request that began it"
	heap["lib/base/loop.c"]    = "a loop lives as long as its worker"
	heap["lib/web/via_loop.c"] = "connections outlive the requests that come by them"

	why["system"] = why["popen"] = "no shell is started from here"
	why["strcpy"] = why["strcat"] = why["sprintf"] = why["vsprintf"] = why["gets"] = "has no ceiling; take struct str, buf or snprintf"
	why["strncpy"] = why["strncat"] = "leaves the NUL to chance; take struct str, buf or snprintf"
	why["alloca"] = "has no ceiling; take the arena"
	why["strtok"] = "keeps hidden state; take str_cut"
	why["atoi"] = why["atol"] = "cannot fail; take str_to_int"
	why["rand"] = why["srand"] = "can be guessed; take rand_fill"
	why["tmpnam"] = why["mktemp"] = "can be raced; take mkstemp"
	for (name in why) names = names (names ? "|" : "") name
	word = "(^|[^A-Za-z0-9_])"
	banned = word "(" names ")[ \t]*\\("
	allocates = word "(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf)[ \t]*\\("
	compares = word "(memcmp|strcmp|strncmp|bcmp)[ \t]*\\("
	secrets = "^lib/(core/(token[a-z_]*|password|signature)|web/(sign_in|key_cache)|ext/(crypto|pass|jwt))\\.c$"
	sql = "(select|insert|update|delete|set|create|alter|drop|grant|truncate|with [A-Za-z_]+ as)[ \\\\]|(begin|commit|rollback)([ ;\\\\]|$)"
	shout = toupper(sql)
	sub(/\|\$\)$/, ")", shout) # a lone BEGIN is a name more often than a statement
}
function called(text,   name) {
	match(text, banned); name = substr(text, RSTART, RLENGTH)
	gsub(/[^A-Za-z0-9_]/, "", name)
	return name
}
{ text = code($0) }
text ~ banned { complain(called(text) "(): " why[called(text)]) }
text ~ word "goto[ \t]" && FILENAME !~ /^lib\/ext\// { complain("goto; only lib/ext may, to leave foreign code") }
FILENAME ~ /^tests\// { next }
FILENAME !~ /^lib\/ext\// && !(FILENAME in heap) && text ~ allocates { complain("heap memory outside its few owners (named in banned.awk); take the arena") }
FILENAME !~ /^lib\/(ext\/http\.[ch]|core\/door_call\.c)$/ && text ~ word "http_send[ \t]*\\(" { complain("a request that leaves past the door; take door_call") }
FILENAME ~ secrets && text ~ compares { complain("a comparison whose time tells about secrets; take secret_is") }
FILENAME ~ /\.[ch]$/ {
	for (i = 1; i <= literals; i++) # in lower or upper case alone: a sentence starts with one capital
		if (literal[i] ~ "^ *(" sql ")" || literal[i] ~ "^ *(" shout ")") complain("SQL in C; statements stand in sql/queries")
}

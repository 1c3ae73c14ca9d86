# For other awk files: code(line) is the line without comments and with every literal emptied; what stood in string literals is in literal[1..literals].
function code(line,   out, c, i, n, quote) {
	if (FNR == 1) in_comment = 0
	literals = 0; quote = ""; n = length(line)
	if (!in_comment && line !~ /["'\/]/) return line
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		if (in_comment) {
			if (c == "*" && substr(line, i + 1, 1) == "/") { in_comment = 0; i++; out = out " " }
		} else if (quote != "") {
			if (c == "\\") { if (quote == "\"") literal[literals] = literal[literals] substr(line, i, 2); i++ }
			else if (c == quote) { out = out c; quote = "" }
			else if (quote == "\"") literal[literals] = literal[literals] c
		} else if (c == "\"" || c == "'") {
			quote = c; out = out c
			if (c == "\"") literal[++literals] = ""
		} else if (c == "/" && substr(line, i + 1, 1) == "/") break
		else if (c == "/" && substr(line, i + 1, 1) == "*") { in_comment = 1; i++ }
		else out = out c
	}
	return out
}

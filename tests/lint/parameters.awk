# At most five parameters a function; needs c.awk. A signature is what stands at the left edge ahead of its "{".
BEGIN { most = 5 }
FNR == 1 { signature = ""; continued = 0 }
{ text = code($0) }
continued || text ~ /^[ \t]*#/ { continued = text ~ /\\$/; next }
text ~ /^\{/ || (text ~ /^[a-z].*\) *\{/ && text !~ /=/) { signature = signature " " text; judge(); signature = ""; next }
text ~ /^[}\t ]*$/ || text ~ /^}/ || text ~ /;[ \t]*$/ { signature = ""; next }
text ~ /^[a-zA-Z_]/ { signature = text; next }
signature != "" { signature = signature " " text }
function judge(   n, depth, i, c) {
	sub(/\{.*/, "", signature)
	if (signature ~ /=/ || !match(signature, /[a-zA-Z_0-9]+\(/)) return
	n = signature ~ /\( *(void)? *\)/ ? 0 : 1
	for (i = RSTART; i <= length(signature); i++) {
		c = substr(signature, i, 1)
		if (c == "(") depth++
		else if (c == ")" && --depth == 0) break
		else if (c == "," && depth == 1) n++
	}
	if (n > most) complain("a function of " n " parameters, more than " most)
}

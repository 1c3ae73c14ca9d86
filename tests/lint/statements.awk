# A named statement neither begins nor ends a transaction nor leaves a setting behind on a connection that others use after it.
/^[ \t]*--/ || /^[ \t]*$/ { next }
{
	if (text == "") started = FNR
	text = text " " tolower($0)
}
/;[ \t]*(--.*)?$/ {
	gsub(/[ \t]+/, " ", text)
	if (text ~ /^ (set|reset|discard|listen|load) /) complain_at(started, "a setting of the session would outlive the request")
	if (text ~ /^ (begin|commit|rollback|savepoint|start|abort|prepare|lock)[ ;]/) complain_at(started, "the framework alone opens and ends transactions")
	if (text ~ /set_config\([^)]*, *false *\)/) complain_at(started, "set_config(…, false) would outlive the request")
	text = ""
}

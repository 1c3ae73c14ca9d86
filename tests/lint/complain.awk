# For other awk files: complain(what) names the line at hand, and the exit status says whether there was one.
function complain(what) { complain_at(FNR, what) }
function complain_at(line, what) { print FILENAME ":" line ": " what; bad = 1 }
END { exit bad }

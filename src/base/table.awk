# SPDX-License-Identifier: MIT
# table.awk - reads a table (.def) for another awk program; give both with -f.
#
# A row is KIND(argument, ...). After next_row(), row_kind is the kind and row[1] to
# row[N] are the arguments, as they stand in the table.

# Read the whole file into `rest`, without comments and preprocessor lines.
function open_table(file,   line, text) {
	text = ""
	while ((got = getline line <file) > 0)
		if (line !~ /^#/)
			text = text line "\n"
	if (got < 0)
		fail(file ": cannot be read")
	close(file)
	while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\//))
		text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
	rest = text
}

function fail(why) {
	print why >"/dev/stderr"
	failed = 1
	exit 1
}

# Take the next row from `rest`; return the number of arguments, 0 at the end.
function next_row(   n, depth, quoted, at, c) {
	if (!match(rest, /HAK_[A-Z_]+\(/))
		return 0
	row_kind = substr(rest, RSTART, RLENGTH - 1)
	rest = substr(rest, RSTART + RLENGTH)
	n = 1
	row[1] = ""
	for (at = 1; at <= length(rest); at++) {
		c = substr(rest, at, 1)
		if (c == "\"")
			quoted = !quoted
		else if (!quoted && c == "(")
			depth++
		else if (!quoted && c == ")" && depth-- == 0)
			break
		if (!quoted && !depth && c == ",")
			row[++n] = ""
		else
			row[n] = row[n] c
	}
	rest = substr(rest, at + 1)
	for (at = 1; at <= n; at++)
		gsub(/^[ \t\n]+|[ \t\n]+$/, "", row[at])
	return n
}

# The text of one or more string literals.
function text_of(argument) {
	gsub(/"[ \t\n]+"/, "", argument)
	gsub(/^"|"$/, "", argument)
	return argument
}

# SPDX-License-Identifier: MIT
# manual.awk - fills a manual page in from the tables and the public header. Needs
# table.awk. Arguments: options.def, stats.def, modes.def, hakmem.h, the page.
#
# A line of the page that starts with @ stands for text from a table:
#   @option NAME    the start of an option's entry: name, values, text, default
#   @profile NAME   the defaults that are different in a profile
#   @statistics     the lines of the list of counters
#   @modes          the entries of the list of modes
#   @struct NAME    the declaration of a struct, without comments
# The page has every option, in the order of the table.

BEGIN {
	read_options(ARGV[1])
	read_list(ARGV[2], "HAK_STAT")
	read_list(ARGV[3], "HAK_MODE")
	header = ARGV[4]
	while ((got = getline line <ARGV[5]) > 0)
		if (line ~ /^@/)
			fill_in(line)
		else
			print line
	if (got < 0)
		fail(ARGV[5] ": cannot be read")
	if (written && written != options)
		fail(ARGV[5] ": no entry for " option_name[written + 1])
	exit 0
}

END {
	exit failed
}

# ---- The tables --------------------------------------------------------------

function read_options(file,   n, words) {
	profiles = split("speed balanced lean", profile_name, " ")
	open_table(file)
	while ((n = next_row())) {
		option_kind[++options] = row_kind
		option_name[options] = text_of(row[2])
		option_doc[options] = text_of(row[row_kind ~ /CHOICE/ ? 5 : n])
		if (row_kind == "HAK_NUMBER") {
			option_unit[options] = text_of(row[3])
			minimum[options] = row[4]
			maximum[options] = row[5]
			for (n = 1; n <= profiles; n++)
				preset[options, n] = row[5 + n]
		} else if (row_kind == "HAK_CHOICE") {
			read_words(row[4], row[6])
		}
	}
	if (!options)
		fail(file ": no options")
}

function read_words(value, words,   n, after) {
	after = rest
	rest = words
	while (next_row()) {
		word[options, ++n] = text_of(row[2])
		word_doc[options, n] = text_of(row[3])
		if (row[1] == value)
			preset[options] = n
	}
	nr_words[options] = n
	if (!preset[options])
		fail(option_name[options] ": no such default: " value)
	rest = after
}

# Rows of three columns: HAK_STAT(id, name, unit, doc), HAK_MODE(id, works, words).
function read_list(file, kind,   n, i) {
	open_table(file)
	list_rows[kind] = 0
	while ((n = next_row())) {
		for (i = 2; i <= n; i++)
			list[kind, list_rows[kind], i] = text_of(row[i])
		list_rows[kind]++
	}
}

# ---- Text as a manual page ---------------------------------------------------

function flush_line() {
	if (out_line ~ /^[.']/)
		out_line = "\\&" out_line
	if (out_line != "")
		print out_line
	out_line = ""
}

function add_word(text) {
	if (out_line != "" && length(out_line) + 1 + length(text) > 80)
		flush_line()
	out_line = out_line (out_line == "" ? "" : " ") text
}

function add_macro(macro, tail) {
	flush_line()
	print macro (tail == "" ? "" : " " tail)
}

# Print words; options, manual pages and constants get their macros.
function print_text(text,   n, i, words, core, tail, parts) {
	n = split(text, words, " ")
	for (i = 1; i <= n; i++) {
		core = tail = words[i]
		sub(/[.,;:]+$/, "", core)
		tail = substr(tail, length(core) + 1)
		if (core ~ /^HAKMEM_[A-Z_]+=[a-z]+$/) {
			split(core, parts, "=")
			add_macro(".Ev " parts[1] " Ns = Ns Cm " parts[2], tail)
		} else if (core ~ /^HAKMEM_[A-Z_]+$/)
			add_macro(".Ev " core, tail)
		else if (core ~ /^[a-z_0-9]+\([1-8]\)$/) {
			split(core, parts, /[()]/)
			add_macro(".Xr " parts[1] " " parts[2], tail)
		} else if (core ~ /^(MADV|RTLD|CAP|PROT)_[A-Z_]+$|^SIG[A-Z]+$/)
			add_macro(".Dv " core, tail)
		else if (core ~ /^\/[a-z]/)
			add_macro(".Pa " core, tail)
		else
			add_word(words[i])
	}
	flush_line()
}

function print_sentence(text) {
	print_text(toupper(substr(text, 1, 1)) substr(text, 2) ".")
}

# ---- What stands for a line with @ -------------------------------------------

function fill_in(line,   part) {
	split(line, part, " ")
	if (part[1] == "@option")
		print_option(part[2])
	else if (part[1] == "@profile")
		print_profile(part[2])
	else if (part[1] == "@statistics")
		print_statistics()
	else if (part[1] == "@modes")
		print_modes()
	else if (part[1] == "@struct")
		print_struct(part[2])
	else
		fail("unknown: " line)
}

function print_option(name,   o) {
	o = ++written
	if (option_name[o] != name)
		fail("entry of " name ", but the next option is " option_name[o])
	print ".It Ev " name " Ns = Ns " values_of(o)
	print_sentence(option_doc[o])
	if (option_kind[o] == "HAK_CHOICE")
		print_words(o)
	else if (option_kind[o] == "HAK_NUMBER")
		print_range(o)
}

# The values of an option, as the arguments of a macro.
function values_of(o,   i, text) {
	if (option_kind[o] == "HAK_LIST")
		return "Ar nodes"
	if (option_kind[o] == "HAK_NUMBER")
		return maximum[o] == 1 ? "Cm 0 | 1" : "Ar " option_unit[o]
	text = "Cm"
	for (i = 1; i <= nr_words[o]; i++)
		text = text (i > 1 ? " | " : " ") word[o, i]
	return text
}

function print_words(o,   i, widest) {
	for (i = 1; i <= nr_words[o]; i++)
		if (length(word[o, i]) > length(widest))
			widest = word[o, i]
	print ".Bl -tag -width " widest " -compact"
	for (i = 1; i <= nr_words[o]; i++) {
		print ".It Cm " word[o, i]
		print_text((preset[o] == i ? "the default: " : "") \
			word_doc[o, i] ".")
	}
	print ".El"
}

function print_range(o,   i, text, others) {
	if (maximum[o] > 1)
		text = "From " minimum[o] " to " maximum[o] "; "
	for (i = 1; i <= profiles; i++)
		if (preset[o, i] != preset[o, 2])
			others = others ",\n" preset[o, i] " in\n.Cm " profile_name[i]
	print text preset[o, 2] " by default" others (others ? " ." : ".")
}

# ".Ev A / is 1, / .Ev B / is 2." The last line may go on: no newline is needed.
function print_profile(name,   p, o, n, lines) {
	for (p = 1; p <= profiles && profile_name[p] != name; p++)
		;
	if (p > profiles)
		fail("no such profile: " name)
	for (o = 1; o <= options; o++)
		if (preset[o, p] != preset[o, 2])
			lines[++n] = ".Ev " option_name[o] "\nis " preset[o, p]
	for (o = 1; o <= n; o++)
		print lines[o] (o == n ? "." : o == n - 1 ? " and" : ",")
}

function print_statistics(   i) {
	for (i = 0; i < list_rows["HAK_STAT"]; i++) {
		out_line = ".It " list["HAK_STAT", i, 2]
		out_line = out_line " Ta " list["HAK_STAT", i, 3]
		print out_line " Ta " list["HAK_STAT", i, 4]
		out_line = ""
	}
}

function print_modes(   i) {
	for (i = 0; i < list_rows["HAK_MODE"]; i++) {
		print ".It " i
		print_text(list["HAK_MODE", i, 3])
	}
}

function print_struct(name,   line, inside) {
	while ((getline line <header) > 0) {
		if (line == "struct " name " {")
			inside = 1
		if (!inside)
			continue
		# A comment of more lines than one starts on the line of a field.
		if (in_comment) {
			in_comment = line !~ /\*\//
			continue
		}
		in_comment = line ~ /\/\*/ && line !~ /\*\//
		sub(/[ \t]*\/\*.*/, "", line)
		sub(/^\t/, "        ", line)
		gsub(/HAKMEM_FIELD/, "volatile", line)
		gsub(/HAKMEM_CONST/, "const", line)
		if (line != "")
			print line
		if (line == "};")
			break
	}
	close(header)
	if (!inside)
		fail("no such struct: " name)
}

# SPDX-License-Identifier: MIT
# journey.awk - reads the assembly of the library's files, made with -O0 -g1,
# and follows the call graph down from free. journey.sh says what counts.
#
# Set with -v: root, the directory of the compiler; last, a pattern of files from
# which the way goes no further; dying, a pattern of functions that never return.
# A function that mentions another function's name has an edge to this function:
# a call, a pointer, or a table of pointers.

function name_of_file(line,   part, path) {
	split(line, part, "\"")
	path = part[2]
	# Behind the directory may stand the name, and behind the name its digest.
	if (part[4] != "")
		path = part[4] ~ /^\// ? part[4] : path "/" part[4]
	if (index(path, root "/") == 1)
		path = substr(path, length(root) + 2)
	gsub(/(^|\/)\.\//, "/", path)
	sub(/^\//, path ~ /^\/(usr|lib)/ ? "/" : "", path)
	return path
}

# A module is a .c file with the header of the same name.
function module_of(path) {
	sub(/\.[ch]$/, "", path)
	return path
}

function is_exempt(path) {
	return path == "" || path ~ /^(\/|src\/base\/|src\/os\/|arch\/)/
}

FNR == 1 {
	unit++
	at = ""
	split("", file)
}

$1 == ".file" && $2 ~ /^[0-9]+$/ {
	file[$2] = name_of_file($0)
	next
}

$1 == ".type" {
	split($0, part, /[ \t,]+/)
	typed[unit, part[3]] = part[4]
	next
}

$1 ~ /^[.]globa?l$/ || $1 == ".weak" {
	exported[unit, $2] = 1
	next
}

$1 == ".size" {
	at = ""
	next
}

# Within a function, a label is only a place to jump to.
/^[A-Za-z_.$][A-Za-z0-9_.$]*:/ {
	symbol = $1
	sub(/:.*/, "", symbol)
	if (at != "" && !((unit, symbol) in typed))
		next
	at = unit SUBSEP symbol
	defined[at] = 1
	if ((unit, symbol) in exported)
		global[symbol] = at
	if (typed[at] ~ /function/) {
		title[at] = symbol
		wanted = at
	}
	next
}

$1 == ".loc" {
	if (wanted != "")
		home[wanted] = file[$2]
	wanted = ""
	next
}

at == "" || $1 ~ /^[.](cfi|section|string|ascii|zero|p2align|align|set|text|data)/ { next }

{
	line = $0
	sub(/^[ \t]*[^ \t]+/, "", line)
	sub(/(#|\/\/) .*/, "", line)
	while (match(line, /[A-Za-z_.$][A-Za-z0-9_.$]*/)) {
		symbol = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if ((at, symbol) in mentioned)
			continue
		mentioned[at, symbol] = 1
		mentions[at] = mentions[at] " " symbol
	}
}

# The functions that a function or a table names, found through tables.
function edges_from(node,   from, i, count, list, to) {
	from = node
	sub(SUBSEP ".*", "", from)
	count = split(mentions[node], list, " ")
	for (i = 1; i <= count; i++) {
		to = from SUBSEP list[i]
		if (!(to in defined) && list[i] in global)
			to = global[list[i]]
		if (!(to in defined) || (start, to) in seen)
			continue
		seen[start, to] = 1
		if (!(to in title))
			edges_from(to)
		else if (to != start && !is_exempt(home[to]))
			edges[start] = edges[start] "\n" to
	}
}

# From the functions in queue[1..tail] to all below; before[] leads back.
function walk(cut,   head, i, count, list, to) {
	for (head = 1; head <= tail; head++) {
		if (cut && home[queue[head]] ~ last)
			continue
		count = split(edges[queue[head]], list, "\n")
		for (i = 2; i <= count; i++) {
			to = list[i]
			if (to in before || cut && title[to] ~ dying)
				continue
			before[to] = queue[head]
			queue[++tail] = to
		}
	}
}

function begin_walk(node) {
	split("", before)
	tail = 0
	if (node != "") {
		queue[++tail] = node
		before[node] = ""
	}
}

# Prints the modules of the last walk, and the number of calls between modules.
function print_way(what,   i, j, count, list, to, files, calls, entered, names) {
	for (i = 1; i <= tail; i++) {
		if (!(module_of(home[queue[i]]) in entered)) {
			entered[module_of(home[queue[i]])] = 1
			files++
			names = names " " module_of(home[queue[i]])
		}
		count = split(edges[queue[i]], list, "\n")
		for (j = 2; j <= count; j++)
			calls += list[j] in before && module_of(home[list[j]]) != \
				module_of(home[queue[i]])
	}
	print what ": " files " files, " tail " functions, " calls + 0 \
		" calls between files:" names
}

function path_to(node,   text) {
	for (; node != ""; node = before[node])
		text = " > " title[node] " (" home[node] ")" text
	return substr(text, 4)
}

# Prints the calls by which a module is entered again after it was left.
function find_entries(module,   i, j, count, list) {
	begin_walk("")
	for (i = 1; i <= reached; i++)
		if (module_of(home[all[i]]) == module) {
			queue[++tail] = all[i]
			before[all[i]] = ""
		}
	walk(0)
	for (i = 1; i <= tail; i++) {
		if (module_of(home[queue[i]]) == module)
			continue
		count = split(edges[queue[i]], list, "\n")
		for (j = 2; j <= count; j++)
			if (module_of(home[list[j]]) == module)
				print "again: " path_to(queue[i]) " > " title[list[j]] \
					" (" home[list[j]] ")"
	}
}

END {
	if (!("free" in global)) {
		print "again: there is no free"
		exit
	}
	for (start in title)
		edges_from(start)
	begin_walk(global["free"])
	walk(1)
	print_way("way")
	begin_walk(global["free"])
	walk(0)
	print_way("graph")
	reached = tail
	for (i = 1; i <= reached; i++)
		all[i] = queue[i]
	for (i = 1; i <= reached; i++)
		if (!(module_of(home[all[i]]) in done)) {
			done[module_of(home[all[i]])] = 1
			find_entries(module_of(home[all[i]]))
		}
}

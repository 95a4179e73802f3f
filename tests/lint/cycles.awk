# SPDX-License-Identifier: MIT
# cycles.awk - reads `nm -A -g -P` of object files and prints the cycles of the
# graph in which a file leads to those whose symbols it needs. Files that reach
# each other are printed once, as the shortest cycle among them.

# src/os/.libs/libhakmem_core_la-map.o: is src/os/map
function name_of(path) {
	sub(/:$/, "", path)
	sub(/\.libs\//, "", path)
	sub(/[^\/]*-/, "", path)
	sub(/\.o$/, "", path)
	return path
}

# From one file breadth first, so that before[] leads back by a shortest way.
function search(start,   queue, head, tail, from, to, i, count, list) {
	queue[++tail] = start
	while (head < tail) {
		from = queue[++head]
		count = split(needs[from], list, " ")
		for (i = 1; i <= count; i++) {
			to = list[i]
			if ((start, to) in steps)
				continue
			steps[start, to] = (head == 1 ? 0 : steps[start, from]) + 1
			before[start, to] = from
			if (to != start)
				queue[++tail] = to
		}
	}
}

function print_cycle(start,   at, from, edges) {
	at = start
	do {
		from = before[start, at]
		edges = "  " from " needs" symbols[from, at] ", which " at \
			" defines\n" edges
		at = from
	} while (at != start)
	printf "%s", edges
}

# The files that reach each other and this one; the shortest cycle's start.
function members(one,   j, other, shortest, list) {
	shortest = one
	for (j = 1; j <= files; j++) {
		other = file[j]
		if (!((one, other) in steps) || !((other, one) in steps))
			continue
		printed[other] = 1
		list = list " " other
		if (steps[other, other] < steps[shortest, shortest])
			shortest = other
	}
	print "cycle among" list ":"
	return shortest
}

{
	name = name_of($1)
	if (!(name in known)) {
		known[name] = 1
		file[++files] = name
	}
	if ($3 ~ /^[Uvw]$/)
		wanted[name] = wanted[name] " " $2
	else if (!($2 in owner))
		owner[$2] = name
}

END {
	for (i = 1; i <= files; i++) {
		count = split(wanted[file[i]], list, " ")
		for (j = 1; j <= count; j++) {
			if (!(list[j] in owner) || owner[list[j]] == file[i])
				continue
			to = owner[list[j]]
			if (!((file[i], to) in symbols))
				needs[file[i]] = needs[file[i]] " " to
			symbols[file[i], to] = symbols[file[i], to] " " list[j]
		}
	}
	for (i = 1; i <= files; i++)
		search(file[i])
	for (i = 1; i <= files; i++)
		if ((file[i], file[i]) in steps && !(file[i] in printed))
			print_cycle(members(file[i]))
}

# SPDX-License-Identifier: MIT
# stack.awk - reads gcc's -fcallgraph-info=su and prints, for each function
# that nobody calls, the bytes of the deepest chain below it and the chain.
# What libc takes is not in it. With -v skip=PATTERN, calls of functions of
# such names are left out.

function quoted(name) {
	if (!match($0, name ": \""))
		return ""
	value = substr($0, RSTART + RLENGTH)
	sub(/".*/, "", value)
	return value
}

/^node:/ {
	title = quoted("title")
	label = quoted("label")
	if (match(label, /[0-9]+ bytes/)) {
		bytes[title] = substr(label, RSTART) + 0
		if (label ~ /dynamic/ && label !~ /bounded/)
			print 0, "dynamic frame:", title
	}
}

/^edge:/ {
	from = quoted("sourcename")
	to = quoted("targetname")
	if (skip != "" && to ~ skip)
		next
	calls[from, ++callees[from]] = to
	called[to] = 1
}

function depth(f,   i, d, best, to) {
	if (f in done)
		return done[f]
	if (f in open) {
		print 0, "recursion:", f
		return 0
	}
	open[f] = 1
	best = 0
	for (i = 1; i <= callees[f]; i++) {
		to = calls[f, i]
		d = depth(to)
		if (d > best) {
			best = d
			next_of[f] = to
		}
	}
	delete open[f]
	return done[f] = best + bytes[f]
}

END {
	for (f in bytes) {
		d = depth(f)
		if (f in called && f !~ /^(malloc|free)$/)
			continue
		chain = f
		for (g = f; g in next_of; g = next_of[g])
			chain = chain " > " next_of[g]
		print d, chain
	}
}

# SPDX-License-Identifier: MIT
# fastpath.awk - walks objdump -d of one function along its hit path: from the
# entry on, no conditional jump taken, to the first return.
#
# Prints "N instructions" and one line for each call, push or way out of the
# function. The padding and the landing marks of the CPU do not count.

/^[ \t]*[0-9a-f]+:/ {
	address = $1
	sub(/:$/, "", address)
	$1 = ""
	sub(/^[ \t]+/, "")
	sub(/[ \t]*#.*/, "")
	sub(/[ \t]*\/\/.*/, "")
	text[count] = $0
	at[address] = count
	count++
}

END {
	if (!count) {
		print "no such function"
		exit
	}
	for (i = 0; i < count; i++) {
		if (walked[i]++) {
			print "a loop at: " text[i]
			break
		}
		split(text[i], word, /[ \t]+/)
		op = word[1] == "bnd" || word[1] == "notrack" ? word[2] : word[1]
		if (op ~ /^(endbr64|nop[lw]?|xchg|bti|data16|cs)$/ && text[i] !~ /\[/)
			if (op != "xchg" || text[i] ~ /%ax,%ax/)
				continue
		steps++
		if (op ~ /^ret/)
			break
		if (op ~ /^(call|callq|bl|blr|push|pushq|pop|popq|syscall|svc)$/ ||
		    (op == "stp" && text[i] ~ /x29/) || text[i] ~ /^lock /)
			print "on the hit path: " text[i]
		if (op ~ /^(jmp|jmpq|b|br)$/) {
			target = text[i]
			sub(/^[^0-9a-f]*(notrack |bnd )?(jmpq?|b)[ \t]+/, "", target)
			sub(/ .*/, "", target)
			if (!(target in at)) {
				print "leaves by: " text[i]
				break
			}
			i = at[target] - 1
		}
	}
	if (i == count)
		print "runs off its end"
	print steps " instructions"
}

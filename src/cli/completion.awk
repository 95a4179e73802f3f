# SPDX-License-Identifier: MIT
# completion.awk - makes the bash completion of hakmem from the tables
# commands.def and options.def, given in this order. Needs table.awk.

BEGIN {
	open_table(ARGV[1])
	while (next_row())
		commands = commands (commands ? " " : "") text_of(row[2])
	open_table(ARGV[2])
	while (next_row())
		add_flag(text_of(row[2]), row_kind == "HAK_CHOICE" ? row[6] : "")
	print_completion()
	exit 0
}

END {
	exit failed
}

# HAKMEM_KEEP_MB is the flag --keep-mb=.
function add_flag(name, words,   flag, after) {
	flag = tolower(name)
	sub(/^hakmem_/, "", flag)
	gsub(/_/, "-", flag)
	flags = flags " --" flag "="
	if (!words)
		return
	after = rest
	rest = words
	words = ""
	while (next_row())
		words = words (words ? " " : "") text_of(row[2])
	rest = after
	choices = choices "\t--" flag ") words='" words "' ;;\n"
}

function print_completion() {
	print "# bash completion for hakmem; made from its tables"
	print "_hakmem()"
	print "{"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]}"
	print "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]} words='' i"
	print "\tCOMPREPLY=()"
	print "\tif [ \"$COMP_CWORD\" -eq 1 ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W '" commands \
		"' -- \"$word\")"
	print "\t\treturn"
	print "\tfi"
	print "\tif [ \"${COMP_WORDS[1]}\" = help ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W '" commands \
		"' -- \"$word\")"
	print "\t\treturn"
	print "\tfi"
	print "\tif [ \"${COMP_WORDS[1]}\" = heat ]; then"
	print "\t\tcase $before in"
	print "\t\t-d | -n | --interval | --count) return ;;"
	print "\t\t--csv | --svg) mapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
	print "\t\t\treturn ;;"
	print "\t\tesac"
	print "\t\twords='--interval --count --quiet --csv --svg --help'"
	print "\t\t[[ $word == -* ]] || words=$(cd /proc && echo [0-9]*)"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")"
	print "\t\treturn"
	print "\tfi"
	print "\t[ \"${COMP_WORDS[1]}\" = run ] || return"
	print "\t# bash splits --huge=thp into three words"
	print "\t[ \"$word\" = = ] && word='' && i=$before"
	print "\t[ \"$before\" = = ] && i=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\tcase ${i:-} in"
	printf "%s", choices
	print "\tesac"
	print "\tif [ -n \"${i:-}\" ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")"
	print "\t\treturn"
	print "\tfi"
	print "\t# The first word that is no flag is the command to run."
	print "\tfor ((i = 2; i < COMP_CWORD; i++)); do"
	print "\t\tcase ${COMP_WORDS[i]} in"
	print "\t\t--) ((i++)); break ;;"
	print "\t\t-o | --set) ((i++)) ;;"
	print "\t\t=) ((i++)) ;;"
	print "\t\t-*) ;;"
	print "\t\t*) break ;;"
	print "\t\tesac"
	print "\tdone"
	print "\tif [ \"$i\" -lt \"$COMP_CWORD\" ] &&"
	print "\t   declare -F _command_offset >/dev/null; then"
	print "\t\t_command_offset \"$i\""
	print "\telif [[ $word == -* ]] && [ \"$i\" -eq \"$COMP_CWORD\" ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \\"
	print "\t\t\t'--verify --verbose --set --help" flags "' -- \"$word\")"
	print "\t\t[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace"
	print "\telif [ \"$i\" -eq \"$COMP_CWORD\" ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$word\")"
	print "\telse"
	print "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
	print "\tfi"
	print "}"
	print "complete -F _hakmem hakmem"
}

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The bash completion made from the tables offers what the tool takes.
# shellcheck disable=SC2012,SC2016,SC2154,SC2317
set -u
# shellcheck source=tests/cli/common.sh
. "${top_srcdir:-.}/tests/cli/common.sh" || exit 1

completion=$top_builddir/src/cli/hakmem
[ -e "$completion" ] || ktap_skip_all "no $completion"
# shellcheck source=/dev/null
. "$completion"
compopt() { :; }	# outside of a completion it is an error

# offered WORD...: what is offered for the last word, on one line.
offered() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_hakmem
	echo "${COMPREPLY[*]}"
}

commands=$(sed -n 's/^HAK_COMMAND([a-z]*, "\([a-z]*\)".*/\1/p' \
	"$top_srcdir/src/cli/commands.def" | tr '\n' ' ')
ktap_is "commands" "$(offered hakmem '') " "$commands"
ktap_is "a command begun" "$(offered hakmem v)" version
ktap_is "help takes a command" "$(offered hakmem help ru)" run
ktap_is "a flag begun" "$(offered hakmem run --ver)" "--verify --verbose"
ktap_is "a flag of the library" "$(offered hakmem run --hu)" "--huge="
ktap_is "one that takes a list" "$(offered hakmem run --no)" "--nodes="
ktap_is "its choices" "$(offered hakmem run --huge =)" "thp off hugetlb"
ktap_is "a choice begun" "$(offered hakmem run --huge = o)" off
touch some-file
ktap_is "a command to run" "$(offered hakmem run --huge = off prin | tr ' ' \
	'\n' | grep -x printf | uniq)" printf
ktap_is "its arguments are files" "$(offered hakmem run -- cat some)" some-file
ktap_is "a flag of heat" "$(offered hakmem heat --s)" --svg
ktap_is "its file" "$(offered hakmem heat --svg some)" some-file
ktap_is "its process" "$(offered hakmem heat $$ | tr ' ' '\n' | grep -x $$)" $$
ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# shell.sh - bash: strings, arrays, many forks, pipes and process substitution.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

strings() {
	local text='' i
	local -A seen=()
	local -a list=()

	for ((i = 0; i < 20000; i++)); do
		text+="word$((i * 7919 % 1009)) "
		seen[$((i * 31 % 5003))]=${text: -40}
		list+=("$i:${#text}")
		[ $((i % 3)) -ne 0 ] || unset "list[i / 2]"
	done
	echo "${#text} ${#seen[@]} ${#list[@]}"
	printf '%s\n' "${text//word1/WORD}" "${seen[@]}" "${list[@]}" | sort | cksum
}

forks() {
	local i sum=0 line

	for ((i = 0; i < 150; i++)); do
		sum=$((sum + $(echo $((i * i)); exit 3)))
	done
	while read -r line; do
		sum=$((sum + line))
	done < <(seq 3000 | tee >(cat >/dev/null) | grep -v 7)
	for ((i = 0; i < 40; i++)); do
		(x=$(printf '%*s' 30000 x); exit $((${#x} % 7))) &
	done
	wait
	echo "$sum"
}

loads bash bash -c :
same "strings, arrays, substitutions" strings
same "forks, pipes, process substitution" forks
if command -v dash >/dev/null; then
	# shellcheck disable=SC2016
	same "dash" dash -c 'i=0; while [ $i -lt 100 ]; do i=$((i+1));
		x="$x$(echo $i)"; done; echo "$x"'
fi
ktap_done

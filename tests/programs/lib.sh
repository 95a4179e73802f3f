# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# lib.sh - for the program tests: each runs a program with and without the
# library, and expects the same output, status and silence.
#
# Owns    $work, a temporary directory, and the servers started by the test.
# Calls   tests/ktap.sh.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../ktap.sh disable=SC1091
. "$here/../ktap.sh"

lib=${HAKMEM_LIB:-}	# empty: neither run has the library, to try the test itself
limit=${HAKMEM_TEST_LIMIT:-900}	# seconds before a run counts as hung
work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-programs.XXXXXX") || exit 1
preload=(env ${lib:+LD_PRELOAD="$lib"})	# prefix of a command
servers=()		# process ids of servers, all started by this script
user_home=$HOME	# for rustup
export user_home work here LC_ALL=C TZ=UTC HOME="$work"
unset LD_PRELOAD PYTHONMALLOC MAKEFLAGS

# await PID: wait for a child about to end and return its exit status; kill a
# hung child after two minutes.
await() {
	local n

	for ((n = 0; n < 1200; n++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

end_servers() {
	local pid

	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null && await "$pid"
	done
	servers=()
}

cleanup() {
	end_servers
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# need PROGRAM PACKAGE: skip the whole test when the program is missing.
need() {
	command -v "$1" >/dev/null ||
		ktap_skip_all "no $1 here: apt-get install $2"
}

# note FILE: print the head of a file as diagnostics.
note() {
	local line

	while IFS= read -r line; do
		ktap_msg "${line:0:200}"
	done < <(head -n 15 "$1")
}

# run MODE CMD...: run a command in an empty directory. Its path is the same for
# each run, so that paths in the output agree. Leaves MODE.out, MODE.err and
# MODE.status. The command may be a function: then the preload also covers the
# bash for the function.
run() {
	local mode=$1 how=()

	shift
	rm -rf "${work:?}/run"
	mkdir "$work/run"
	[ "$mode" = plain ] || how=("${preload[@]}")
	if declare -F "$1" >/dev/null; then
		export -f "${1?}"
		# shellcheck disable=SC2016	# for the inner shell
		set -- bash -c '"$@"' - "$@"
	fi
	(cd "$work/run" && timeout -k 5 "$limit" "${how[@]}" "$@") \
		>"$work/$mode.out" 2>"$work/$mode.err" </dev/null
	echo $? >"$work/$mode.status"
}

# agree FILE: pass if plain.FILE and hak.FILE are equal.
agree() {
	diff "$work/plain.$1" "$work/hak.$1" >"$work/diff" && return 0
	ktap_msg "$1 differs, < plain, > under the library:"
	note "$work/diff"
	return 1
}

# same NAME CMD...: pass if standard output, exit status and standard error are
# equal.
same() {
	local name=$1 bad=0 file

	shift
	run plain "$@"
	run hak "$@"
	for file in status out err; do
		agree "$file" || bad=1
	done
	if [ "$(cat "$work/plain.status")" = 124 ]; then
		ktap_msg "the plain run took longer than $limit s"
		bad=1
	fi
	if [ ! -s "$work/plain.out" ]; then
		ktap_msg "the plain run printed nothing: nothing was compared"
		bad=1
	fi
	verdict "$bad" "$name"
}

verdict() {
	if [ "$1" = 0 ]; then
		ktap_ok "$2"
	else
		ktap_not_ok "$2"
	fi
}

# make_text: write 60,000 lines of numbers to $text, as input for commands.
make_text() {
	export text=$work/text
	seq 60000 | awk '{ print $1 * 7919 % 60013, "row", $1 % 97 }' >"$text"
}

# rows TEXT: a line for each program: program, package and command. An indented
# line continues the command. A missing program is skipped.
rows() {
	local program package command

	while IFS='|' read -r program package command; do
		[ -n "$program" ] || continue
		if command -v "$program" >/dev/null; then
			same "$program" bash -c "$command"
		else
			ktap_skip "$program" "apt-get install $package"
		fi
	done < <(sed -z 's/\\\n\t/ /g; s/\n\t/ /g' <<<"$1")
}

# loads "NAME..." CMD...: CMD starts the named programs. Pass if every dynamic
# program started by CMD initialises the library, according to the loader.
loads() {
	local names=$1 bad=0 name file

	shift
	if [ -z "$lib" ]; then
		ktap_skip "$names: library loaded" "HAKMEM_LIB is not set"
		return
	fi
	rm -rf "$work/ld"
	mkdir "$work/ld"
	run hak env LD_DEBUG=libs LD_DEBUG_OUTPUT="$work/ld/of" "$@"
	for name in $names; do
		grep -qE "initialize program: (.*/)?${name//+/[+]}\$" "$work"/ld/* &&
			continue
		ktap_msg "$name was not started: status $(cat "$work/hak.status")"
		bad=1
	done
	for file in "$work"/ld/*; do
		grep -q 'initialize program' "$file" || continue
		grep -qF "calling init: $lib" "$file" && continue
		ktap_msg "without the library: $(grep -o 'initialize program.*' "$file")"
		bad=1
	done
	verdict "$bad" "$names: library loaded"
}

# mapped PID: is the library mapped in the running process?
mapped() {
	[ -z "$lib" ] && return 0
	grep -qF "$(realpath "$lib")" "/proc/$1/maps"
}

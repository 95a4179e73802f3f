# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# lib.sh - what the program tests share: each runs a program plain and under
# the library and wants the same output, status and silence.
#
# Owns    $work, a temporary directory, and the servers the test started.
# Calls   tests/ktap.sh.   Called by  every tests/programs/*.sh.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../ktap.sh disable=SC1091
. "$here/../ktap.sh"

lib=${HAKMEM_LIB:-}	# empty: both runs are plain, to try the test itself
limit=${HAKMEM_TEST_LIMIT:-300}	# seconds before a run counts as hung
work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-programs.XXXXXX") || exit 1
preload=(env ${lib:+LD_PRELOAD="$lib"})	# goes before a command
servers=()		# process ids to end, all started by this script
user_home=$HOME	# for rustup
export user_home work here LC_ALL=C TZ=UTC HOME="$work"
unset LD_PRELOAD PYTHONMALLOC MAKEFLAGS

# await PID: the exit status of a child that is about to end; a hung one is
# killed after half a minute.
await() {
	local n

	for ((n = 0; n < 300; n++)); do
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

# note FILE: the head of a file as diagnostics.
note() {
	local line

	while IFS= read -r line; do
		ktap_msg "${line:0:200}"
	done < <(head -n 15 "$1")
}

# run MODE CMD...: in an empty directory, the same name for each so that paths
# in the output agree; leaves MODE.out, MODE.err and MODE.status. A function
# may be given: then the bash that runs it is preloaded as well.
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

# agree FILE: the two runs left the same in plain.FILE and hak.FILE.
agree() {
	diff "$work/plain.$1" "$work/hak.$1" >"$work/diff" && return 0
	ktap_msg "$1 differs, < plain, > under the library:"
	note "$work/diff"
	return 1
}

# same NAME CMD...: equal standard output, exit status and standard error.
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

# make_text: 60,000 lines of numbers in $text, for commands to work on.
make_text() {
	export text=$work/text
	seq 60000 | awk '{ print $1 * 7919 % 60013, "row", $1 % 97 }' >"$text"
}

# rows TEXT: a line each, the program, its package and the command, which an
# indented line goes on with. A row whose program is missing is skipped.
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

# loads "NAME..." CMD...: CMD starts the programs named, and every dynamic
# program it starts initialises the library (the loader itself says so).
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

# mapped PID: the library is in the memory of a process that runs.
mapped() {
	[ -z "$lib" ] && return 0
	grep -qF "$(realpath "$lib")" "/proc/$1/maps"
}

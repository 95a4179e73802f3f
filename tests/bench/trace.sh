#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is recorded of a program is what it called, and the replay does it all
# again under the library; a damaged trace is refused and said to be one.
# shellcheck disable=SC2317  # ktap_test calls them
set -u
. "${top_srcdir:=.}/tests/ktap.sh"

top_builddir=$(cd "${top_builddir:-.}" && pwd)
export top_builddir
bench=$top_builddir/bench
traced=$top_builddir/tests/bench/traced
recorder=$(cd "$top_srcdir" && pwd)/bench/trace/record
unset LD_PRELOAD
command -v xz >/dev/null || ktap_skip_all "no xz: install the package xz-utils"

work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-trace.XXXXXX") || exit 1
trap 'cd / && rm -rf "$work"' EXIT
cd "$work" || exit 1

# count NAME TRACE: the number behind NAME in what --info says.
count() {
	"$bench/loads/trace" --info "$2" | awk -F '\t' -v name="$1" \
		'$1 == name { print $2 }'
}

counts() {
	local name

	for name in malloc calloc aligned realloc free left threads; do
		printf '%s=%s ' "$name" "$(count "$name" "$1")"
	done
}

# replay SCALE OPTION... TRACE: under the library; the figures in order.
replay() {
	ktap_under_lib "$bench/loads/trace" -s "$@" >figures || return 1
	cut -f 1 figures | tr '\n' ' ' >names
	awk -F '\t' 'NR == 1 && ($1 != "time" || $3 != "ns/op" ||
		$4 != "lower" || $2 <= 0) { exit 1 }' figures &&
		grep -q '^time wall first .*overhead $' names
}

# refused TRACE WHY: exit 1, a line of ours that says it, and no figure.
refused() {
	ktap_under_lib "$bench/loads/trace" -s 0.01 "$1" >out 2>err
	[ $? -eq 1 ] && [ ! -s out ] && grep -q "^trace: $1: $2" err && return
	cat out err
	return 1
}

# --- the recorder counts what the program called
"$recorder" -o one.trace.xz -- "$traced" 2>said
ktap_is "the status is the program's" $? 37
ktap_is "each call is recorded once, no child's" "$(counts ./one.trace.xz)" \
	"malloc=1000 calloc=100 aligned=11 realloc=1101 free=1106 left=5 threads=1 "
ktap_is "nothing is dropped" "$(cat said)" \
	"pack: 3318 records, 1111 blocks, 0 dropped"
ktap_is "sizes are kept" "$(count 'to 8192' ./one.trace.xz)" 10
ktap_is "so is what lived at once" "$(count peak_blocks ./one.trace.xz)" 1001
"$recorder" -o two.trace.xz -- "$traced" threads 2>said
ktap_is "of each thread" "$(count malloc ./two.trace.xz) $(count threads \
	./two.trace.xz)" "2000 2"
"$recorder" -m 500 -o cut.trace.xz -- "$traced" 2>said
ktap_is "a trace is cut where asked" "$(count events ./cut.trace.xz)" 500
ktap_test "and says so" grep -q 'cut, there was more' said
LD_PRELOAD=${HAKMEM_LIB:-} "$recorder" -o lib.trace.xz -- "$traced" \
	2>said
ktap_is "over the library it is the same" "$(counts ./lib.trace.xz)" \
	"malloc=1000 calloc=100 aligned=11 realloc=1101 free=1106 left=5 threads=1 "
"$recorder" -o none.trace.xz -- no-such-program 2>said
ktap_is "no program: 125" $? 125

# --- the replay
ktap_test "replay of one thread" replay 0.01 ./one.trace.xz
ktap_test "replay of two" replay 0.01 -t 2 ./two.trace.xz
ktap_test "two threads in one" replay 0.01 ./two.trace.xz
for name in python gcc redis sqlite node; do
	ktap_test "replay: $name" replay 0.05 "$name"
	ktap_is "$name: at least 200,000 calls" \
		"$(($(count events "$name") >= 200000))" 1
done
"$bench/loads/trace" nothing-like-it 2>said
ktap_is "an unknown name: 2" $? 2

# --- damage
xz -dc one.trace.xz >one
head -c 3000 one.trace.xz >short.xz
ktap_test "truncated, compressed" refused ./short.xz "xz cannot unpack it"
echo "no trace" >text.xz
ktap_test "not compressed" refused ./text.xz "xz cannot unpack it"
xz -c text.xz >other.xz
ktap_test "no trace in it" refused ./other.xz "not a trace"
head -c 5000 one | xz -c >half.xz
ktap_test "truncated before" refused ./half.xz "damaged: it ends too early"
{ cat one && echo; } | xz -c >long.xz
ktap_test "more than it says" refused ./long.xz "damaged: its parts do not"
# the last record is a free, in two bytes: put another one there
{ head -c -2 one && printf '\005\160'; } | xz -c >twice.xz
ktap_test "a block freed twice" refused ./twice.xz "damaged: a block is used"
{ head -c -2 one && printf '\011\000'; } | xz -c >kind.xz
ktap_test "no such record" refused ./kind.xz "damaged: no such record"
printf 'hakmem trace 1\n\002\001\005\000\001\010' | xz -c >early.xz
ktap_test "a free before any block" refused ./early.xz "damaged: no such block"
ktap_test "no such file" refused ./nowhere.xz "cannot be read"
ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench/decommit: on a few MiB, that every method is run and taken, and that its
# tables, its runs and its plot can be read. Its figures are not judged here.
# shellcheck disable=SC2154,SC2317
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy matplotlib

[ -e "$top_builddir/.libs/libhakmem.so.0" ] ||
	ktap_skip_all "no library in this build"
out=$work/out

# decommit ARGUMENT...
decommit() {
	"$python" "$top_srcdir/bench/decommit" -q "$@"
}

ktap_is "tables" "$(status_of decommit -m 32 -r 2 -p 2m-apart,100 -t 0,1 \
	-o "$work/runs.tsv")" 0
ktap_is "one each" "$(grep -E '^(2m-apart|100)-t[01]: 32 MiB of' "$out" |
	cut -d: -f1 | xargs)" "2m-apart-t0 2m-apart-t1 100-t0 100-t1"
for method in lean balanced uring vector madvise no-keeper none; do
	ktap_is "$method in each of them" \
		"$(grep -cE "^$method +([0-9.]+ +){1,2}[0-9]+% " "$out")" 4
done
ktap_is "what gives nothing back never does" \
	"$(grep -cE '^none .* never ' "$out")" 4
has "what the methods have in common" \
	'^geometric means of the 2 tables with other threads' "$out"
ktap_is "a verdict on each that has a keeper" \
	"$(grep -cE '^(yes|no) +(lean|balanced|uring|vector|madvise): .* <= 1\.05x' "$out")" 5
ktap_is "every run is kept" "$(awk -F '\t' '$4 == "time" && $5 > 0' \
	"$work/runs.tsv" | wc -l)" 56
ktap_is "and how long the others waited" "$(awk -F '\t' \
	'$4 == "during_max" && $1 ~ /-t1$/ && $5 > 0' "$work/runs.tsv" | wc -l)" 28
ktap_is "where there are any" "$(awk -F '\t' \
	'$4 == "during_max" && $1 ~ /-t0$/' "$work/runs.tsv")" ""

ktap_is "curves" "$(status_of decommit -m 16 --seconds 0.3 \
	-a hakmem,glibc --order random --curve "$work/curve.svg")" 0
has "of one thread" '^idle-t1: 16 MiB freed by one thread, random; ' "$out"
has "and of two" '^idle-t2: 16 MiB freed by two threads, random; ' "$out"
ktap_is "a line each" "$(grep -cE '^(hakmem|glibc) +[0-9.]+ +- ' "$out")" 4
ktap_test "the plot names them" "$python" -c '
import sys, xml.etree.ElementTree
text = "".join(xml.etree.ElementTree.parse(sys.argv[1]).getroot().itertext())
sys.exit(not ("hakmem" in text and "glibc" in text))' "$work/curve.svg"

ktap_is "no such pattern" "$(status_of decommit -p 3m)" 2
ktap_is "no such directory" "$(status_of decommit --curve /no/where.svg)" 2
ktap_is "decommit: no such pattern" \
	"$(status_of "$top_builddir/bench/programs/decommit" 3m)" 2
ktap_is "decommit_idle: no such order" \
	"$(status_of "$top_builddir/bench/programs/decommit_idle" lifo)" 2
ktap_done

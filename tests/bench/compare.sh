#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench/compare: every run is counted, ratios are right, nothing that fails is
# left out, and an allocator that has no effect is not measured.
# shellcheck disable=SC2154,SC2317
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy matplotlib

two=one=glibc:FAKE=10,other=glibc:FAKE=20
out=$work/out

# A plan of three rounds and a warm-up.
ktap_is "runs" "$(status_of tool compare -a "$two" -r 3 --set full \
	-o "$work/files")" 0
has "the lead over the other" '^ +other +20 +0\.0% +0\.0% +2\.000 ' "$out"
has "and over all rows" '^geometric mean +2\.000 ' "$out"
has "more is better where the load says so" '^ +rate +1/s +10 +20$' "$out"
has "the verdict says of what" \
	'^verdict of 1 rows and 3 rounds against other; one that counts has 7' "$out"
has "the machine is on top" '^kernel +[0-9]' "$out"
ktap_is "each allocator once a round, and in the warm-up" \
	"$(sort "$stub/bench/loads/turns" | uniq -c | xargs)" \
	"4 good 10 4 good 20"
ktap_is "the warm-up is thrown away" \
	"$(awk '$4 == "time" { print $1, $2, $3, $5 }' "$work/files.tsv" | xargs)" \
	"$(echo good one {1..3} 10 good other {1..3} 20 | awk '{
		print $1, $2, $3, 10, $1, $2, $4, 10, $1, $2, $5, 10,
			$7, $8, $9, 20, $7, $8, $10, 20, $7, $8, $11, 20 }')"
ktap_is "JSON" "$("$python" -c '
import json, sys
top = json.load(open(sys.argv[1]))
row, = top["rows"]
print(top["main"], row["lead"]["other"]["median"], row["allocators"]["one"]
      ["figures"]["time"]["median"], len(top["verdict"]) > 5)
' "$work/files.json")" "one 2.0 10.0 True"
for plot in time rss; do
	ktap_test "$plot.svg names row and allocator" "$python" -c '
import sys, xml.etree.ElementTree
text = "".join(xml.etree.ElementTree.parse(sys.argv[1]).getroot().itertext())
sys.exit(not ("good" in text and "other" in text))' "$work/files-$plot.svg"
done

tool compare -a "$two" -r 2 -w 0 --figure rate >"$work/rated"
has "--figure: judged by a figure that is not the time" \
	'^ +other +20 +0\.0% +0\.0% +0\.500 ' "$work/rated"
has "and it says by which" "^one's lead: the other's rate / one's" "$work/rated"
ktap_is "and promises of time are not judged" \
	"$(grep -c verdict "$work/rated")" 0

ktap_is "no blanks at the ends of lines" "$(grep -lE '[ 	]$' "$work"/files-*)" ""

rm "$stub/bench/loads/turns"
tool compare -a "$two" -r 12 -w 0 --seed 3 >/dev/null
ktap_is "the order is not always the same" \
	"$(paste -d' ' - - <"$stub/bench/loads/turns" | sort -u | wc -l)" 2

# Failures are results.
ktap_is "a row that fails is no error of the tool" \
	"$(status_of tool compare -a "$two" -r 2 -w 0 --set bad --timeout 1)" 0
has "an exit status, with the last words" \
	'^FAILED die under other, 2 of 2 runs: exit status 3: out of eggs' "$out"
has "a signal" '^FAILED kill under other.*: killed by SIGSEGV' "$out"
has "no end" '^FAILED hang under other.*: no end after 1 s' "$out"
has "no figure" '^FAILED mute under other.*: printed no figure' "$out"
has "in the table, too" '^ +other +failed 2/2' "$out"
has "a failed peer is no promise broken" '^ +yes +no run fails' "$out"
ktap_is "--verdict: what fails under the main one is a no" \
	"$(status_of tool compare -a b=glibc:FAKE=20,a=glibc -l die -r 1 -w 0 \
		--verdict)" 1
ktap_is "--verdict: nothing broken" \
	"$(status_of tool compare -a a=glibc,b=glibc:FAKE=12 -l good -r 1 \
		-w 0 --verdict)" 0
ktap_is "--verdict: behind the peer" \
	"$(status_of tool compare -a a=glibc,b=glibc:FAKE=9 -l good -r 1 -w 0 \
		--verdict)" 1
has "and which row" '^ +good: 0\.900 \[0\.900, 0\.900\] of b$' "$out"

# What is measured, and under what.
cd "$work" && : >here || exit 1
tool compare -a glibc -r 3 -x "true=cat here" >"$out"
ktap_is "the RSS of a small program is its own" \
	"$(awk '$1 == "glibc" && NF == 8 && $5 > 0.2 && $5 < 4 { print "small" }' \
		"$out")" small
has "a command runs where the user is" '^ +yes +no run fails' "$out"
has "a command's time is CPU time" '^ +ms +spread' "$out"
tool compare -a glibc --control -r 2 -l good >"$out"
has "--control: itself beside itself" \
	'^control: glibc beside itself is 1\.0000' "$out"
tool compare -a glibc -r 10000 -w 0 --seconds 0.3 -l good >"$out"
has "--seconds ends it" '^rounds +[1-9][0-9]{0,3} of 10000' "$out"
echo "not a library" >"$work/not.so"
ktap_is "a library that is not mapped is not measured" \
	"$(status_of tool compare -a "$work/not.so" -l good)" 2
has "and it says why" '^compare: not: .*not\.so' "$out"
if echo "int x;" | ${CC:-cc} -xc -shared -o "$work/empty.so" - 2>/dev/null; then
	ktap_is "nor one that something keeps away" \
		"$(status_of tool compare -a "$work/empty.so:LD_PRELOAD=" -l good)" 2
	has "and it says so" '^compare: .*empty\.so is not mapped' "$out"
else
	ktap_skip "nor one that something keeps away" "no compiler ${CC:-cc}"
fi
ktap_is "no such library" "$(status_of tool compare -a /no/lib.so)" 2
ktap_is "no such row" "$(status_of tool compare -a glibc -l nothing)" 2
ktap_is "two of one name" "$(status_of tool compare -a glibc,glibc)" 2
ktap_is "no rounds" "$(status_of tool compare -r 0)" 2

# The real loads under the real library.
if [ -e "$top_srcdir/bench/rows" ] &&
	[ -e "$top_builddir/.libs/libhakmem.so.0" ]; then
	ktap_is "real rows" "$(status_of "$python" "$top_srcdir/bench/compare" \
		-q -a hakmem,glibc -r 2 -s 0.01 -l 'churn-64,prodcons')" 0
	has "under the build's library" '^ +hakmem +[0-9.]+ ' "$out"
	has "and none failed" '^ +yes +no run fails +0 of 2' "$out"
	ktap_is "an option the library does not know" \
		"$(status_of "$python" "$top_srcdir/bench/compare" -q \
			-a hakmem:HAKMEM_NOTHING=1 -l churn-64)" 2
	ktap_is "a value it complains of" \
		"$(status_of "$python" "$top_srcdir/bench/compare" -q \
			-a hakmem:HAKMEM_KEEP_MB=x -l churn-64)" 2
	has "and what it said" '^compare: hakmem:x: hakmem: HAKMEM_KEEP_MB=x: ' \
		"$out"
else
	ktap_skip "real rows" "no bench/rows or no library in this build"
fi
ktap_done

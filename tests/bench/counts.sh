#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench/counts: the counters of two runs, subtracted, for each 1,000 operations;
# and a library that counts nothing is refused.
# shellcheck disable=SC2154,SC2317
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy

out=$work/out
ktap_is "counters" "$(status_of tool counts glibc -l count)" 0
has "the head" '^row +operations +locks/1000 +rmws/1000 +runs/1000 +blocks/run$' \
	"$out"
has "for each 1,000 of the steady state, without the locks' own" \
	'^count +10000 +2\.00 +10\.00 +10\.00 +4\.5$' "$out"
ktap_is "a run too short says nothing" \
	"$(status_of tool counts glibc -l count -s 0.05; grep ^count "$out" |
		tr -s ' ')" "0
count - - - - -"
ktap_is "a library that does not count" \
	"$(status_of tool counts glibc -l good)" 2
has "and how to make one that does" '^counts: glibc: .*--enable-counts$' "$out"
ktap_done

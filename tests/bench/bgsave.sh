#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench/bgsave: on a few MiB, that both of its loads run and that its table and
# its runs can be read. Its figures are not judged here.
# shellcheck disable=SC2154,SC2317
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy

[ -e "$top_builddir/.libs/libhakmem.so.0" ] ||
	ktap_skip_all "no library in this build"
out=$work/out

# bgsave ARGUMENT...
bgsave() {
	"$python" "$top_srcdir/bench/bgsave" -q "$@"
}

ktap_is "a table" "$(status_of bgsave -m 16 -s 0.1 -r 2 -l store \
	-a hakmem,glibc -o "$work/runs.tsv")" 0
has "of both" '^ +hakmem +glibc$' "$out"
for line in 'fork\(\) us' 'copied MiB' 'write us during' 'p99 us after'; do
	has "$line" "^$line( +[0-9.]+ \([0-9]+%\)){2}\$" "$out"
done
ktap_is "what is written to is copied" "$(awk -F '\t' \
	'$4 == "during_faults" && $5 > 0.5' "$work/runs.tsv" | wc -l)" 4
ktap_is "before there is nothing to copy" "$(awk -F '\t' \
	'$4 == "before_faults" && $5 > 0.5' "$work/runs.tsv")" ""

if command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null
then
	ktap_is "redis" "$(status_of env \
		LD_PRELOAD="$top_builddir/.libs/libhakmem.so.0" \
		"$top_srcdir/bench/programs/bgsave_redis.sh" 20000)" 0
	ktap_is "it has its figures" "$(awk -F '\t' 'NF == 4 && $2 ~ /^[0-9]/' \
		"$out" | wc -l)" 17
else
	ktap_skip "redis" "no redis here: apt-get install redis-server"
fi
ktap_is "no such row" "$(status_of bgsave -l memcached)" 2
ktap_is "bgsave: no such option" \
	"$(status_of "$top_builddir/bench/programs/bgsave" -x)" 2
ktap_done

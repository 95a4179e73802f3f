#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# footprint.sh - memory a process pays for the allocator, at a quarter of the
# size of bench/footprint; figures, not times, so they hold on a busy machine.
#
# FOOTPRINT_MIB=2048 makes it the full size.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

program=${top_builddir:-.}/bench/programs/footprint
mib=${FOOTPRINT_MIB:-512}
lib=${HAKMEM_LIB:-}

# under NAME FIGURE LIMIT UNIT
under() {
	ktap_msg "$2 $4, limit $3 $4"
	ktap_test "$1" awk -v a="$2" -v b="$3" 'BEGIN { exit !(a < b) }'
}

median_sleep() {
	for _ in 1 2 3 4 5; do
		"$program" sleep "$@" || echo 999999999
	done | sort -n | sed -n 3p
}

over=$(ktap_under_lib "$program" blocks "$mib" |
	awk '{ printf "%.2f", ($2 / $1 - 1) * 100 }')
under "$mib MiB of 100-byte blocks: over requested" "${over:-999}" 16 %

quiet=$("$program" quiet 1000)
if [ -z "$quiet" ]; then
	ktap_skip "1,000 idle threads" "not so many threads here"
else
	idle=$(ktap_under_lib "$program" threads 1000)
	idle=$(((${idle:-999999999} - quiet) / 1024))
	under "1,000 idle threads with a block of 20 sizes" "$idle" 64 MiB
fi

plain=$(median_sleep)
under "sleep: over the plain one" \
	$(($(median_sleep ${lib:+"$lib"}) - plain)) 601 KiB
ktap_done

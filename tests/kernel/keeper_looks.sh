#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# keeper_looks.sh - a look at idle threads costs the others one barrier, however
# many there are; strace sees when they come.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
lib=${HAKMEM_LIB:-}
[ -n "$lib" ] || ktap_skip_all "HAKMEM_LIB is not set"
command -v strace >/dev/null ||
	ktap_skip_all "no strace here: apt-get install strace"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
strace -f -o "$tmp/trace" true 2>/dev/null ||
	ktap_skip_all "strace may not trace here"

# Looks are half a second apart.
timeout 250 strace -f -q -ttt -o "$tmp/trace" -e trace=membarrier \
	-E LD_PRELOAD="$lib" -E HAKMEM_KEEPER=on "$work" idle 100
ktap_is "100 threads that sleep" $? 0
seen=$(awk '/PRIVATE_EXPEDITED, 0/ && !/REGISTER/ {
	if (n++ && $2 - last < 0.1) close_by++
	last = $2
} END { print n + 0, close_by + 0 }' "$tmp/trace")
ktap_msg "barriers, and those within 100 ms of another: $seen"
ktap_test "they are looked at" [ "${seen% *}" -gt 0 ]
ktap_is "by one barrier at a time" "${seen#* }" 0
ktap_done

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cgroup.sh - memory cgroups (v1 or v2): in 256 MiB a program whose live data
# stays at 120 MiB, in one block size after another, is not killed; nor in
# 100 MiB one that frees 60 MiB and maps 70 MiB itself, whichever group above
# it has the limit.
#
# Hazard 54.  Makes a few groups and removes them again; root only.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
root=/sys/fs/cgroup
group=

# shellcheck disable=SC2317  # called by the trap
leave() {
	if [ -n "$group" ] && [ -d "$group" ]; then
		for _ in 1 2 3 4 5; do
			rmdir "$group/in/it" "$group/in" "$group" 2>/dev/null
			[ -d "$group" ] || break
			sleep 0.2
		done
	fi
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

make_group() {
	if [ -w "$root/memory/memory.limit_in_bytes" ] ||
		[ -w "$root/memory/cgroup.procs" ]; then
		group=$root/memory/hakmem-test.$$
		mkdir "$group"
	elif grep -qw memory "$root/cgroup.subtree_control"; then
		group=$root/hakmem-test.$$
		mkdir "$group" && echo 0 >"$group/memory.swap.max"
	else
		return 1
	fi && mkdir "$group/in" "$group/in/it"
} 2>/dev/null

# limit MIB
limit() {
	if [ -e "$group/memory.max" ]; then
		echo $(($1 << 20)) >"$group/memory.max"
	else
		echo $(($1 << 20)) >"$group/memory.limit_in_bytes"
	fi
}

[ "$(id -u)" -eq 0 ] || ktap_skip_all "not root"
make_group || ktap_skip_all "no memory cgroup can be made"

# shellcheck disable=SC2317  # called by ktap_test
in_group() {
	local inner=$1
	shift
	(
		echo "$BASHPID" >"$group$inner/cgroup.procs" || exit 1
		ktap_under_lib env "$@"
	)
}

most() {
	cat "$group/memory.max_usage_in_bytes" "$group/memory.peak" 2>/dev/null
}

# The groups inside hold no processes yet: in the second version none may be
# beside them once they have files of their own.
limit 256
ktap_test "120 MiB live in a group of 256 MiB" in_group "" "$work" phases 120
ktap_test "a mix in two threads in 256 MiB" in_group "" "$work" mix 5000
ktap_msg "most used: $(($(most) >> 20)) MiB"

limit 100
ktap_test "60 MiB freed, 70 mapped in 100 MiB" \
	in_group "" "$work" elsewhere 60
ktap_test "the same with threads" in_group "" "$work" elsewhere 60 threads
ktap_test "where the limit is two groups above" \
	in_group /in/it "$work" elsewhere 60
ktap_test "there with threads" in_group /in/it "$work" elsewhere 60 threads
ktap_test "with a keeper from the start" \
	in_group "" HAKMEM_KEEPER=on "$work" elsewhere 60 threads
ktap_test "where all is kept, in profile speed" \
	in_group "" HAKMEM_PROFILE=speed "$work" elsewhere 60
ktap_test "where more than that is to be kept" \
	in_group "" HAKMEM_KEEP_MB=1000 HAKMEM_KEEP_PERCENT=100 \
	"$work" elsewhere 60 threads
limit 14
ktap_test "6 MiB freed, 7 mapped in 14 MiB" in_group "" "$work" elsewhere 6
ktap_done

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cgroup.sh - a 256 MiB memory cgroup (v1 or v2): a program whose live data
# stays at 120 MiB, in one block size after another, is not killed.
#
# Hazard 54.  Makes one group and removes it again; root only.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
bytes=$((256 << 20))
root=/sys/fs/cgroup
group=

# shellcheck disable=SC2317  # called by the trap
leave() {
	if [ -n "$group" ] && [ -d "$group" ]; then
		for _ in 1 2 3 4 5; do
			rmdir "$group" 2>/dev/null && break
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
		mkdir "$group" &&
			echo $bytes >"$group/memory.limit_in_bytes"
	elif grep -qw memory "$root/cgroup.subtree_control"; then
		group=$root/hakmem-test.$$
		mkdir "$group" && echo $bytes >"$group/memory.max" &&
			echo 0 >"$group/memory.swap.max"
	else
		return 1
	fi
} 2>/dev/null

[ "$(id -u)" -eq 0 ] || ktap_skip_all "not root"
make_group || ktap_skip_all "no memory cgroup can be made"

# shellcheck disable=SC2317  # called by ktap_test
in_group() {
	(
		echo "$BASHPID" >"$group/cgroup.procs" || exit 1
		ktap_under_lib "$@"
	)
}

most() {
	cat "$group/memory.max_usage_in_bytes" "$group/memory.peak" 2>/dev/null
}

ktap_test "120 MiB live in a group of 256 MiB" in_group "$work" phases 120
ktap_test "a mix in two threads in 256 MiB" in_group "$work" mix 5000
ktap_msg "most used: $(($(most) >> 20)) MiB"
ktap_done

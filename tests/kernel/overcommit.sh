#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# overcommit.sh - strict commit accounting (vm.overcommit_memory = 2): the
# library starts and works, since it reserves next to nothing.
#
# Hazard 52.  Changes a setting of the whole system for a second or two, with
# room to spare for everybody else, and puts it back; root only.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
vm=/proc/sys/vm
if [ "$(id -u)" -ne 0 ] || [ ! -w $vm/overcommit_memory ]; then
	ktap_skip_all "not root"
fi

mode=$(cat $vm/overcommit_memory)
ratio=$(cat $vm/overcommit_ratio)
kbytes=$(cat $vm/overcommit_kbytes)

back() {
	echo "$mode" >$vm/overcommit_memory
	if [ "$kbytes" -gt 0 ]; then
		echo "$kbytes" >$vm/overcommit_kbytes
	else
		echo "$ratio" >$vm/overcommit_ratio
	fi
}
trap back EXIT
trap 'exit 1' INT TERM HUP

meminfo() {
	sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo
}

# all memory, and 8 GiB over what is committed now: nobody else is refused
wanted=$(($(meminfo Committed_AS) + (8 << 20)))
total=$(meminfo MemTotal)
[ "$wanted" -gt "$total" ] || wanted=$total

# commit: KiB of private writable mappings of a process under the library;
# in mode 2 every one of them counts, MAP_NORESERVE or not
commit() {
	# shellcheck disable=SC2016
	ktap_under_lib bash -c 'exec awk "/ rw.p /" /proc/self/maps' |
		while IFS='- ' read -r from to _; do
			echo $(((16#$to - 16#$from) >> 10))
		done | awk '{ kib += $1 } END { print kib }'
}

if ! echo "$wanted" >$vm/overcommit_kbytes || ! echo 2 >$vm/overcommit_memory
then
	ktap_skip_all "the setting cannot be changed"
fi
ktap_test "a program starts" ktap_under_lib /bin/true
ktap_test "a mix in two threads" ktap_under_lib "$work" mix 3000
ktap_test "100 MiB live in one size after another" \
	ktap_under_lib "$work" phases 100
kib=$(commit)
ktap_msg "a small process commits $kib KiB"
ktap_test "a small process commits less than 64 MiB" [ "$kib" -lt 65536 ]
back
ktap_done

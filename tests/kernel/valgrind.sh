#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# valgrind.sh - programs under the library run under valgrind: its own malloc
# out of the way (somalloc=NONE), in ours' place, and with no tool at all.
#
# Hazards 20, 68.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
command -v valgrind >/dev/null || ktap_skip_all "no valgrind (apt: valgrind)"
lib=${HAKMEM_LIB:-}

# run NAME OPTION...: exit status 0, and nothing said but by valgrind (==PID==)
run() {
	local name=$1 out status
	shift
	out=$(LD_PRELOAD=$lib valgrind -q --error-exitcode=0 "$@" \
		"$work" mix 400 2>&1)
	status=$?
	out=$(grep -v '^[=-][=-][0-9]*[=-][=-]' <<<"$out")
	ktap_is "$name" "$status ${out:-silent}" "0 silent"
}

run "no tool" --tool=none
run "memcheck, malloc left alone" --soname-synonyms=somalloc=NONE \
	--undef-value-errors=no
run "memcheck, malloc replaced" '--soname-synonyms=somalloc=libhakmem*'
run "memcheck, as everybody calls it" --leak-check=full
ktap_done

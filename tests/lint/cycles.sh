#!/bin/bash
# SPDX-License-Identifier: MIT
# Source files depend on each other in one direction only. A file depends on
# another if its object file needs a symbol that the other's defines.
. "$(dirname "$0")/common.sh"
need_tool nm binutils

# objects VARIABLE: the object files in a variable of the Makefile. Those that
# a source of an older name left in the build directory are not among them.
objects() {
	# shellcheck disable=SC2016  # make expands it
	make -s -C "$top_builddir" --eval 'lint-objects: ; @printf "%s\n" $('"$1"')' \
		lint-objects 2>/dev/null | sed '/^$/d; s,\([^/]*\)\.lo$,.libs/\1.o,'
}

# no_cycle NAME OBJECT...
no_cycle() {
	local name=$1 symbols

	shift
	[ $# -gt 0 ] || ktap_bail "no object files of $name: make them first"
	symbols=$(cd "$top_builddir" && nm -A -g -P "$@" 2>&1) ||
		ktap_bail "$(grep '^nm:' <<<"$symbols")"
	lint_empty "$name: no cycle in $# files" \
		"$(awk -f tests/lint/cycles.awk <<<"$symbols")"
}

ktap_is "a cycle is found, and nothing else" "$(awk -f tests/lint/cycles.awk <<'END'
a/.libs/l-top.o: top T 0 8
a/.libs/l-top.o: left U
a/.libs/l-left.o: left T 0 8
a/.libs/l-left.o: right U
a/.libs/l-left.o: helper U
a/.libs/l-right.o: right T 0 8
a/.libs/l-right.o: table D 0 8
a/.libs/l-right.o: weak w
a/.libs/l-low.o: weak W 0 8
a/.libs/l-low.o: helper T 0 8
a/.libs/l-low.o: left U
a/.libs/l-low.o: table U
a/.libs/l-low.o: malloc U
END
)" "cycle among a/left a/right a/low:
  a/left needs helper, which a/low defines
  a/low needs left, which a/left defines"

mapfile -t tool < <(objects hakmem_OBJECTS)
no_cycle "the tool" "${tool[@]}"

mapfile -t library < <(objects libhakmem_core_la_OBJECTS
	objects libhakmem_la_OBJECTS)
no_cycle "the library" "${library[@]}"

ktap_done

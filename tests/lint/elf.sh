#!/bin/bash
# SPDX-License-Identifier: MIT
# What the dynamic linker is told about the library.
. "$(dirname "$0")/common.sh"
need_tool readelf binutils
need_library

dynamic=$(readelf -dW "$lib")
segments=$(readelf -lW "$lib")
relocations=$(readelf -rW "$lib")

# tag NAME: its values in brackets.
tag() {
	awk -v tag="($1)" '$2 == tag' <<<"$dynamic" | sed 's/.*\[\(.*\)\].*/\1/'
}

ktap_is "needs libc and nothing else" "$(tag NEEDED)" libc.so.6
ktap_is "its soname" "$(tag SONAME)" libhakmem.so.0
ktap_test "binds everything at start" grep -q 'FLAGS_1.*NOW' <<<"$dynamic"
ktap_test "is never unloaded" grep -q 'FLAGS_1.*NODELETE' <<<"$dynamic"
lint_empty "no text relocations, no search path" \
	"$(grep -E 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic")"
ktap_test "relocated tables are read-only afterwards" \
	grep -q GNU_RELRO <<<"$segments"
lint_empty "no executable stack, no writable code" \
	"$(grep -E 'GNU_STACK.* RWE|LOAD.* RWE' <<<"$segments")"
lint_empty "no dynamic TLS" "$(grep -E 'DTPMOD|DTPREL|TLSDESC' <<<"$relocations")"
# Or a linker gives a program a copy of the page, which stays as it is at start.
ktap_test "nobody gets a copy of the page" \
	grep -qE 'OBJECT +GLOBAL +PROTECTED .* hakmem_stats_page@' \
	<<<"$(readelf --dyn-syms -W "$lib")"
ktap_test "there is no archive of it" [ ! -e "${lib%.so*}.a" ]
# gcc's own functions are resolved while other preloads may not be relocated.
lint_empty "no IRELATIVE relocation" "$(grep IRELATIV <<<"$relocations")"

tls=$(awk '$1 == "TLS" { print $6 }' <<<"$segments")
ktap_msg "TLS bytes: $((${tls:-0}))"
ktap_test "TLS is at most 64 bytes" [ "$((${tls:-0}))" -le 64 ]

ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
# A thread may have the smallest stack there is: no way through the library
# takes more than 2 KiB of it, nor the last words of a dying program more than
# 4 KiB. gcc's call graph says how much each takes.
. "$(dirname "$0")/common.sh"
need_tool gcc gcc

graph=$(mktemp -d) || exit 1
trap 'rm -rf "$graph"' EXIT

for file in $(library_sources | grep '\.c$'); do
	gcc -O2 "${compile_flags[@]}" -fPIC -fvisibility=hidden -w \
		-fno-builtin \
		-fcallgraph-info=su -c "$file" -o "$graph/${file//\//-}.o" ||
		ktap_bail "$file does not compile"
done

all=$(awk -f tests/lint/stack.awk "$graph"/*.ci | sort -rn)
# The functions that never return, as a pattern: hak_fault|...
dying=$(library_sources | code_of_list | grep 'HAK_NORETURN ' |
	sed -n 's/.*[ *]\([a-z_]*\)(.*/\1/p' | sort -u | paste -sd'|')
living=$(awk -v skip="(^|:)($dying)\$" -f tests/lint/stack.awk "$graph"/*.ci |
	sort -rn)
ktap_msg "never return: $dying"
ktap_msg "deepest: $(head -n 1 <<<"$living")"

ktap_test "the graph knows malloc and free" \
	test "$(grep -cE '^[0-9]+ (malloc|free)( |$)' <<<"$living")" -ge 2
lint_empty "no way takes more than 2048 bytes of stack" \
	"$(grep -vE "^[0-9]+ [^ ]*($dying)( |$)" <<<"$living" | awk '$1 > 2048')"
lint_empty "no way to a fault takes more than 4096" "$(awk '$1 > 4096' <<<"$all")"
lint_empty "no frame without a bound, no recursion" \
	"$(grep -E 'dynamic|recursion' <<<"$all")"

ktap_done

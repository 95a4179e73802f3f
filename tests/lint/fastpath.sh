#!/bin/bash
# SPDX-License-Identifier: MIT
# malloc that hits: at most 14 instructions, free 22, no call, no push; and what
# both read lies in one page.
. "$(dirname "$0")/common.sh"
need_tool objdump binutils
need_tool readelf binutils
need_library

declare -A budget=([malloc]=14 [free]=22)
objdump=objdump
case $("$CC" -dumpmachine) in
"$(uname -m)"-*) ;;
*) objdump=$("$CC" -dumpmachine)-objdump ;;
esac

# extent NAME: where it begins and ends; by address, for it may have aliases.
extent() {
	readelf -W --dyn-syms "$lib" | awk -v name="$1" '
		$8 == name { print "0x" $2, $3 }' |
		{ read -r start size && echo "$((start)) $((start + size))"; }
}

for name in malloc free; do
	read -r start stop < <(extent "$name")
	path=$("$objdump" -d --no-show-raw-insn --start-address="${start:-0}" \
		--stop-address="${stop:-0}" "$lib" | awk -f tests/lint/fastpath.awk)
	ktap_msg "$name: $(tail -n 1 <<<"$path")"
	lint_empty "$name hits without a call or a push" \
		"$(grep -v ' instructions$' <<<"$path")"
	steps=$(awk 'END { print $1 + 0 }' <<<"$path")
	if [ "$steps" -gt 5 ] && [ "$steps" -le "${budget[$name]}" ]; then
		ktap_ok "$name hits in at most ${budget[$name]} instructions"
	else
		ktap_not_ok "$name hits in at most ${budget[$name]} instructions"
		ktap_msg "$path"
	fi
done

hot=$(readelf -SW "$lib" | sed 's/^ *\[ *[0-9]*\]//' |
	awk '$1 == "hak_hot" { print "0x" $3, "0x" $5 }')
read -r start size <<<"$hot"
ktap_msg "hot: ${hot:-nothing}"
ktap_test "what is hot lies in one page" \
	[ "$((size > 0 && (start & 0xfff) + size <= 0x1000))" -eq 1 ]

ktap_done

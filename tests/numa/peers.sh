#!/bin/bash
# SPDX-License-Identifier: MIT
#
# peers.sh - tests/numa/locality under every malloc that the guest has: a table,
# and no peer's figure may be above ours. docs/numa.md has one of these.
# Topologies: four
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

load=${top_builddir:-.}/tests/numa/locality
ours=$(LD_PRELOAD=$HAKMEM_LIB "$load" -p)
ktap_msg "share of bytes on their thread's node, in %, and freed elsewhere and used at home again"
ktap_msg "$(printf '%-12s %9s %9s %9s %9s\n' malloc steady moved inherited home)"
# row NAME FIGURES
row() {
	# shellcheck disable=SC2086  # four words
	ktap_msg "$(printf '%-12s %9s %9s %9s %9s\n' "$1" $2)"
}
row hakmem "$ours"
for peer in glibc "${top_builddir:-.}"/peers/*; do
	name=$(basename "$peer" | sed 's/^lib//; s/\.so.*//')
	case $peer in
	glibc) theirs=$("$load" -p) ;;
	*'*') continue ;;
	*) theirs=$(LD_PRELOAD=$peer "$load" -p) ;;
	esac
	row "$name" "$theirs"
	ktap_test "$name is not ahead in steady state, after a move, or with successors" \
		awk -v a="$ours" -v b="$theirs" 'BEGIN {
			split(a, x); n = split(b, y)
			for (i = 1; i <= 3; i++) if (y[i] > x[i]) exit 1
			exit n != 4
		}'
done
ktap_done

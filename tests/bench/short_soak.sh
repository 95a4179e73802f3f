#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make check-soak: two minutes of bench/soak, each profile beside mimalloc, and
# what bench/soak-report says of it. A CV of two minutes is the neighbours', so
# it is told and not judged; what was not run is skipped.
# shellcheck disable=SC2154
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy

# Until then each side is at its first billion operations, in which some class
# has more live blocks than ever before, and a page more, now and then.
minutes=2 steady=0.6
"$python" "$top_srcdir/bench/soak" -q -m "$minutes" -o "$work/soak.tsv" \
	2>"$work/errors"
ktap_is "a soak of $minutes minutes" "$?" 0
"$python" "$top_srcdir/bench/soak-report" --steady "$steady" \
	"$work/soak.tsv" >"$work/report"
while IFS= read -r line; do
	ktap_msg "$line"
done < <(cat "$work/errors" "$work/report")

judged=0
while read -r answer promise; do
	judged=$((judged + 1))
	[[ $promise == *CV* ]] && continue
	case $answer in
	yes) ktap_ok "${promise%%  *}: ${promise##*  }" ;;
	no) ktap_not_ok "${promise%%  *}: ${promise##*  }" ;;
	-) ktap_skip "${promise%%  *}" "${promise##*  }" ;;
	esac
done < <(grep -E '^  (yes|no|-) ' "$work/report")
ktap_is "every profile is judged" "$judged" 15
ktap_done

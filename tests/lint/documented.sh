#!/bin/bash
# SPDX-License-Identifier: MIT
# Every option, statistic, fault, command and public call is in the manual.
. "$(dirname "$0")/common.sh"

mapfile -t pages < <(manual_pages)

# names FILE MACRO: the first string of each row of a table.
names() {
	[ -e "$1" ] || return 0
	tr '\n' ' ' <"$1" | grep -oE "\\<($2)\\([^\"]*\"[^\"]*\"" |
		sed 's/.*"\(.*\)"/\1/'
}

# undocumented NAME...: those that no page has.
undocumented() {
	local name

	while read -r name; do
		# In a page a - may be written \-, and words as macro lines.
		sed 's/\\-/-/g; s/\\&//g' "${pages[@]}" | tr '\n' ' ' |
			grep -qF -- "$name" || echo "$name"
	done
}

lint_empty "options" "$(names src/base/options.def 'HAK_[A-Z]+' | undocumented)"
lint_empty "statistics" "$(names src/base/stats.def 'HAK_STAT' | undocumented)"
lint_empty "faults" "$(names src/base/faults.def 'HAK_FAULT' | undocumented)"
lint_empty "commands" "$(names src/cli/commands.def 'HAK_[A-Z]+' | undocumented)"
lint_empty "no option that does not exist" "$(
	grep -ohE '\<HAKMEM_[A-Z][A-Z_]*' "${pages[@]}" | sort -u |
	grep -vxE "$(names src/base/options.def 'HAK_[A-Z]+' | paste -sd'|')|HAKMEM_LIB")"
lint_empty "public calls" "$(sed -n 's/^\(hakmem_[a-z_]*\)@@.*/\1/p' \
	tests/lint/exported.txt | undocumented)"

ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
# The words of the tree: spelling, licence lines, nothing left to be done later.
. "$(dirname "$0")/common.sh"

mapfile -t files < <(project_files)

if command -v codespell >/dev/null; then
	lint_empty "spelling" "$(codespell -L "$(paste -sd, tests/lint/spelling.txt)" \
		"${files[@]}" 2>&1)"
else
	ktap_skip "spelling" "install the package codespell"
fi

# In pieces, so that this file is not found.
lint_empty "nothing is left for later" \
	"$(grep -nwE 'TO''DO|FIX''ME|XX''X|HA''CK' "${files[@]}")"
lint_empty "no paths of somebody's machine" \
	"$(grep -nE '(^|[^A-Za-z0-9_.)}])/(ho''me|ro''ot|wo''rk)/' "${files[@]}")"
lint_empty "no blanks at the ends of lines" \
	"$(grep -nE '[ 	]+$' "${files[@]}" | grep -v '\.md:')"
lint_empty "every source file names the licence in its first lines" "$(
	for file in "${files[@]}"; do
		case $file in
		*.[ch] | *.def | *.sh | *.awk | *.py | *.js | *.pl | *.java | *.mk | \
			*.am | *.ac | *.m4 | *.map | *.pml | *.cc | *.cpp)
			head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
				echo "$file" ;;
		esac
	done)"
lint_empty "no lines over 100 columns in C" "$(
	printf '%s\n' "${files[@]}" | grep '\.[ch]$' | while read -r file; do
		expand "$file" | awk -v f="$file" \
			'length($0) > 100 { print f ":" NR ": " length($0) }'
	done)"

ktap_done

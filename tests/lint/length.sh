#!/bin/bash
# SPDX-License-Identifier: MIT
# A file of the library or of the tool has at most 400 lines, a function at most 60.
. "$(dirname "$0")/common.sh"

# long_functions FILE...: the functions with more than 60 lines, from the line of the
# opening brace to the line of the closing brace.
long_functions() {
	awk '
	FNR == 1 { start = 0 }
	/^[a-zA-Z_].*\(/ { name = $0 }
	/^\{/ { start = FNR }
	/^\}/ && start {
		if (FNR - start >= 60)
			print FILENAME ":" start ": " FNR - start + 1 \
				" lines: " name
		start = 0
	}' "$@"
}

# long_files FILE...
long_files() {
	awk 'FNR == 401 { print FILENAME }' "$@"
}

# function_of LINES: a function with so many lines between its braces, both counted.
function_of() {
	printf 'int lines(void)\n{\n'
	yes '	next();' | head -n $(($1 - 2))
	printf '}\n'
}

sample=$(mktemp -d) || exit 1
trap 'rm -rf "$sample"' EXIT
function_of 60 >"$sample/short.c"
function_of 61 >"$sample/long.c"
ktap_is "a function of 61 lines is found, of 60 not" \
	"$(long_functions "$sample"/*.c)" \
	"$sample/long.c:2: 61 lines: int lines(void)"
yes | head -n 400 >"$sample/short.c"
yes | head -n 401 >"$sample/long.c"
ktap_is "a file of 401 lines is found, of 400 not" \
	"$(long_files "$sample"/*.c)" "$sample/long.c"

mapfile -t files < <(find src arch numa -name '*.[ch]' | sort)
lint_empty "no file has more than 400 lines" "$(long_files "${files[@]}")"
lint_empty "no function has more than 60 lines" "$(long_functions "${files[@]}")"

ktap_done

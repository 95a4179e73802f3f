#!/bin/bash
# SPDX-License-Identifier: MIT
# An include names the floor of its header, and that is the file's own floor or a
# lower one, never a higher.
. "$(dirname "$0")/common.sh"

floors="arch base os numa heap cache watch reclaim front"

# directory FLOOR
directory() {
	case $1 in
	arch | numa) echo "$1" ;;
	*) echo "src/$1" ;;
	esac
}

# includes DIRECTORY: FILE NAME of each include of a header of ours.
includes() {
	find "$1" -name '*.[ch]' | sort | code_of_list |
		sed -n 's/^\([^:]*\):.*#include "\(.*\)"$/\1 \2/p'
}

# upward FLOOR: includes by its files that do not name a header of this floor
# or of a lower one.
upward() {
	local allowed="" floor file name

	for floor in $floors; do
		allowed="$allowed $floor "
		[ "$floor" = "$1" ] && break
	done
	while read -r file name; do
		floor=${name%%/*}
		if [[ $allowed != *" $floor "* ]] ||
			[ ! -e "$(directory "$floor")/${name#*/}" ]; then
			echo "$file includes $name"
		fi
	done < <(includes "$(directory "$1")")
}

for floor in $floors; do
	lint_empty "$(directory "$floor") includes no higher floor" \
		"$(upward "$floor")"
done

# The tool is a program of its own: the base floor.
lint_empty "src/cli includes only its own and base" "$(
	includes src/cli | while read -r file name; do
		case $name in
		cli/* | base/*) ;;
		*) echo "$file includes $name" ;;
		esac
	done)"

lint_empty "no two headers of one name" "$(
	for floor in $floors; do find "$(directory "$floor")" -name '*.h'; done |
	grep -v ^arch/ |
	sed 's,.*/,,' | sort | uniq -d)"

ktap_done

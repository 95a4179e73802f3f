#!/bin/bash
# SPDX-License-Identifier: MIT
# A file includes headers of its own floor or of a lower one, never of a higher.
. "$(dirname "$0")/common.sh"

floors="arch src/base src/os numa src/heap src/cache src/front"

# upward FLOOR: includes by its files of a header that none of the lower
# floors, nor itself, has.
upward() {
	local allowed="" floor file name rest there

	for floor in $floors; do
		allowed="$allowed $floor"
		[ "$floor" = "$1" ] && break
	done
	while IFS=: read -r file _ rest; do
		name=${rest#*\"}
		name=${name%\"*}
		there=no
		for floor in $allowed; do
			[ -e "$floor/$name" ] && there=yes
		done
		[ "$there" = yes ] || echo "$file includes $name"
	done < <(find "$1" -name '*.[ch]' | sort | code_of_list | grep '#include "')
}

for floor in $floors; do
	lint_empty "$floor includes no higher floor" "$(upward "$floor")"
done

# The tool is a program of its own: the base floor and the public header.
lint_empty "src/cli includes only its own, base and hakmem.h" "$(
	code src/cli/*.[ch] | sed -n 's/^\([^:]*\):.*#include "\(.*\)"$/\1 \2/p' |
	while read -r file name; do
		[ -e "src/cli/$name" ] || [ -e "src/base/$name" ] ||
			[ "$name" = hakmem.h ] || echo "$file includes $name"
	done)"

lint_empty "no two headers of one name" "$(
	find src/base src/os numa src/heap src/cache src/front -name '*.h' |
	sed 's,.*/,,' | sort | uniq -d)"

ktap_done

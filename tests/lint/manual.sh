#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual pages are as mandoc wants them.
. "$(dirname "$0")/common.sh"

mapfile -t pages < <(find docs -name '*.[1-8]' | sort)
[ "${#pages[@]}" -gt 0 ] || ktap_skip_all "there are no manual pages yet"
need_tool mandoc mandoc

# Which other pages this machine has is not the page's fault.
for page in "${pages[@]}"; do
	lint_empty "$page" "$(mandoc -Tlint -Wwarning "$page" 2>&1 |
		grep -v 'referenced manual not found')"
done

ktap_done

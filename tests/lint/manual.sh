#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual pages are as mandoc wants them, and a page has every option.
. "$(dirname "$0")/common.sh"

mapfile -t pages < <(manual_pages)

# refused EDIT: does hakmem.7.in, after an edit by sed, make no page?
# shellcheck disable=SC2317  # ktap_test calls it
refused() {
	! sed "$1" docs/hakmem.7.in | "${AWK:-awk}" -f src/base/table.awk \
		-f docs/manual.awk src/base/options.def src/base/stats.def \
		src/base/modes.def src/base/hakmem.h - >/dev/null 2>&1
}

ktap_test "an option without an entry is refused" \
	refused '/^@option HAKMEM_DEEPBIND$/d'
ktap_test "an entry without an option is refused" \
	refused 's/^@option HAKMEM_BATCH$/@option HAKMEM_BOTCH/'
ktap_test "the page itself is taken" eval '! refused ""'

need_tool mandoc mandoc

# Which other pages this machine has is not the page's fault.
for page in "${pages[@]}"; do
	lint_empty "docs/${page##*/}" "$(mandoc -Tlint -Wwarning "$page" 2>&1 |
		grep -v 'referenced manual not found')"
done

ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
# Every shell script is clean under shellcheck. SC2317 takes a function that
# is handed to ktap_test for one that nobody calls.
. "$(dirname "$0")/common.sh"
need_tool shellcheck shellcheck

for script in $(project_files | xargs -r grep -lE '^(#!.*/(ba)?sh\>|# shellcheck shell)' |
		sort); do
	ktap_test "$script" shellcheck -x -S info -e SC2317 -P "$top_srcdir" \
		-P SCRIPTDIR -f gcc "$script"
done

ktap_done

# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# common.sh - for the tests of the tool; source it. Sets hakmem, lib and work (a
# directory, removed at the end), and changes into work.

# shellcheck source-path=SCRIPTDIR/../..
. "${top_srcdir:=.}/tests/ktap.sh"

hakmem=${top_builddir:=.}/hakmem
lib=$top_builddir/.libs/libhakmem.so.0
unset LD_PRELOAD HAKMEM_LIB HAKMEM_HUGE HAKMEM_KEEP_MB
unset HAKMEM_GUARD HAKMEM_PROFILE HAKMEM_KEEP_PERCENT HAKMEM_DECOMMIT_DELAY

[ -x "$hakmem" ] || ktap_skip_all "no $hakmem"
[ -e "$lib" ] || ktap_skip_all "no $lib"

work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-cli.XXXXXX") || exit 1
trap 'cd / && rm -rf "$work"' EXIT
cd "$work" || exit 1

# status COMMAND...: print the exit status, without the command's output.
status() {
	"$@" >/dev/null 2>&1
	echo $?
}

# errors COMMAND...: print the command's stderr, without stdout.
errors() {
	# shellcheck disable=SC2069
	"$@" 2>&1 >/dev/null
}

# says NAME PATTERN TEXT: pass if the text contains the pattern (a glob).
says() {
	# shellcheck disable=SC2053
	if [[ $3 == *$2* ]]; then
		ktap_ok "$1"
	else
		ktap_not_ok "$1"
		ktap_msg "got:    $3"
		ktap_msg "wanted: *$2*"
	fi
}

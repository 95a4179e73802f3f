# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# ktap.sh - test results as flat KTAP lines for shell tests; source it. The same
# words as in ktap.h. The counters are shell variables: call the functions in
# the main shell, not in a pipe or a subshell.

ktap_planned=0
ktap_count=0
ktap_failed=0

# ktap_plan N: number of results to follow. Optional: otherwise ktap_done prints
# the plan at the end.
ktap_plan() {
	ktap_planned=$1
	echo "1..$1"
}

# ktap_ok NAME
ktap_ok() {
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $*"
}

# ktap_not_ok NAME
ktap_not_ok() {
	ktap_count=$((ktap_count + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_count $*"
}

# ktap_skip NAME REASON
ktap_skip() {
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $1 # SKIP ${2:-}"
}

# ktap_msg TEXT: print a diagnostic, each line after a '#'.
ktap_msg() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ktap_test NAME COMMAND...: pass if the command's exit status is 0; print the
# command's output only on failure.
ktap_test() {
	local name=$1 out status
	shift
	out=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then
		ktap_ok "$name"
	else
		ktap_not_ok "$name"
		ktap_msg "exit status $status"
		[ -z "$out" ] || ktap_msg "$(printf '%s\n' "$out" | tail -n 20)"
	fi
	return "$status"
}

# ktap_is NAME GOT WANTED: pass if the two texts are equal.
ktap_is() {
	if [ "$2" = "$3" ]; then
		ktap_ok "$1"
		return 0
	fi
	ktap_not_ok "$1"
	ktap_msg "got:    $(printf '%s\n' "$2" | head -n 20)"
	ktap_msg "wanted: $(printf '%s\n' "$3" | head -n 20)"
	return 1
}

# ktap_skip_all REASON: the whole script cannot run here.
ktap_skip_all() {
	ktap_plan 1
	ktap_skip all "$1"
	exit 0
}

# ktap_bail REASON: stop at once; later results would mean nothing.
ktap_bail() {
	echo "Bail out! $*"
	exit 1
}

# ktap_done: the last line of a script; exits 0 only without a failure and with
# the planned number of results.
ktap_done() {
	if [ "$ktap_planned" -eq 0 ]; then
		ktap_plan "$ktap_count"
	fi
	if [ "$ktap_planned" -ne "$ktap_count" ]; then
		ktap_msg "planned $ktap_planned tests but ran $ktap_count"
		exit 1
	fi
	[ "$ktap_failed" -eq 0 ]
	exit
}

# ktap_under_lib COMMAND...: run the command with the library under test
# preloaded, or without if HAKMEM_LIB is not set.
ktap_under_lib() {
	if [ -n "${HAKMEM_LIB:-}" ]; then
		LD_PRELOAD=$HAKMEM_LIB "$@"
	else
		"$@"
	fi
}

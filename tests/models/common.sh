# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# common.sh - runs Promela models through spin; source it. Sets work, a
# directory, removed at the end.

# shellcheck source-path=SCRIPTDIR/../..
. "${top_srcdir:=.}/tests/ktap.sh" || exit 1

MEMORY_MIB=${MEMORY_MIB:-2000}
SECONDS_MAX=${SECONDS_MAX:-900}

command -v spin >/dev/null || ktap_skip_all "no spin (package spin)"
command -v cc >/dev/null || ktap_skip_all "no cc (package gcc)"

work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-model.XXXXXX") || exit 1
trap 'cd / && rm -rf "$work"' EXIT
cd "$work" || exit 1
case $top_srcdir in
/*) ;;
*) ktap_bail "top_srcdir is not absolute" ;;
esac

# explore OPTIMISATION MODEL DEFINE...: leave pan's report in the file report.
explore() {
	local optimisation=$1 model=$top_srcdir/tests/models/$2
	shift 2
	rm -rf pan* ./*.trail
	{
		spin -P'cc -E -x c' "$@" -a "$model" &&
			cc -w "$optimisation" -DSAFETY -DNOFAIR -DCOLLAPSE \
				-DMEMLIM="$MEMORY_MIB" -o pan pan.c &&
			timeout "$SECONDS_MAX" ./pan -m1000000
	} >report 2>&1
}

# holds NAME MODEL DEFINE...: pass if the full search finds no bad state and
# reaches every statement of the model.
holds() {
	local name=$1
	shift
	explore -O2 "$@"
	if grep -q 'errors: 0$' report &&
		! grep -qE 'not completed|too small|out of memory' report &&
		grep -q '^	(0 of [0-9]* states)' report &&
		! grep -qE '^	\([1-9][0-9]* of [0-9]* states\)' report; then
		ktap_ok "$name"
		ktap_msg "$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1 states/p' \
			report)"
	else
		ktap_not_ok "$name"
		ktap_msg "$(grep -vE '^(hash|Stats|$)' report | head -n 60)"
	fi
}

# finds BUG MODEL DEFINE...: pass if the model with the built-in fault is bad.
finds() {
	local bug=$1 model=$2
	shift 2
	explore -O0 "$model" "-D$bug" "$@"
	if grep -q 'errors: [1-9]' report &&
		grep -qE 'pan:[0-9]*: (assertion violated|invalid end state)' report; then
		ktap_ok "finds $bug"
		ktap_msg "$(grep -m 1 'pan:[0-9]*: ' report | cut -c 1-75)"
	else
		ktap_not_ok "finds $bug"
		ktap_msg "$(head -n 20 report)"
	fi
}

# bugs MODEL: print the faults available in the model.
bugs() {
	sed -n 's/^#if.*def \(BUG_[A-Z_]*\)$/\1/p' \
		"$top_srcdir/tests/models/$1" | sort -u
}

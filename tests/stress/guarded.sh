#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# guarded.sh - no correct program is told of a use after free: real programs,
# the bench's loads and the stress tests with all that they free guarded.
# HAKMEM_STRESS_SECONDS is about how long it takes, programs apart: all of these
# run from 600 on, the quick ones otherwise.
# shellcheck disable=SC2317
set -u
# shellcheck source-path=SCRIPTDIR/../..
. "${top_srcdir:=.}/tests/ktap.sh"

[ -n "${HAKMEM_LIB:-}" ] || ktap_skip_all "HAKMEM_LIB is not set"
top_builddir=$(cd "${top_builddir:=.}" && pwd)
seconds=${HAKMEM_STRESS_SECONDS:-60}
work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-guarded.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

export HAKMEM_GUARD=report HAKMEM_PROFILE=lean HAKMEM_KEEP_MB=0
export HAKMEM_KEEP_PERCENT=0 HAKMEM_DECOMMIT_DELAY=0

# What one test has, of those that share the time; none is of use with less.
export HAKMEM_STRESS_SECONDS=$((seconds / 20))
export HAKMEM_STRESS_FORKS=$((seconds * 2)) HAKMEM_STRESS_STARTS=$((seconds / 2))
export HAKMEM_STRESS_THREADS=$((seconds * 20 + 20000))

# silent COMMAND...: nothing is told anywhere, and no result is another one.
# But unshare(2) is not for who has threads, and gdb says which one has stopped.
silent() {
	local status plan

	"$@" >"$work/log" 2>&1
	status=$?
	plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$work/log")
	if [ "$status" -ge 128 ] || [ "${plan:-0}" -gt \
		"$(grep -cE '^(not )?ok ' "$work/log")" ]; then
		tail -n 20 "$work/log"
		return 1
	elif [ -n "$plan" ]; then
		! grep -E '^not ok' "$work/log" | grep -vE ' (unshare|gdb)$' ||
			{ tail -n 20 "$work/log"; return 1; }
	elif [ "$status" != 0 ]; then
		tail -n 20 "$work/log"
		return 1
	fi
	! grep -m 5 -E 'use after free|hakmem:' "$work/log"
}

# Is there a guard at all? A silent one would be no proof.
sees() {
	"$top_builddir/tests/abuse/use_after_free" >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log"; return 1; }
}

row() {
	local program=$1

	shift
	LD_PRELOAD=$HAKMEM_LIB timeout 600 \
		"$top_builddir/bench/loads/$program" "$@" -s "$scale"
}

ktap_test "a use after free is told" sees

programs="smoke perl sqlite3 gcc redis"
[ "$seconds" -lt 600 ] || programs="$programs shell python git gxx node java \
	memcached redis_bgsave postgresql stress-ng"
for name in $programs; do
	ktap_test "$name" silent bash "$top_srcdir/tests/programs/$name.sh"
done

scale=$(awk -v s="$seconds" 'BEGIN { print s / 3000 }')
while IFS=$'\t' read -r name _ command _; do
	# shellcheck disable=SC2086
	ktap_test "load $name" silent row $command
done < <(grep -v '^#' "$top_srcdir/bench/rows" | sed -E 's/ {2,}|\t+/\t/g')

for name in churn successor pipeline init_race fork_storm mix; do
	ktap_test "stress $name" silent "$top_builddir/tests/stress/$name"
done
# Nine rows, of a second each at least.
HAKMEM_STRESS_SECONDS=$((HAKMEM_STRESS_SECONDS + 8))
ktap_test "stress pattern" silent "$top_builddir/tests/stress/pattern"
ktap_done

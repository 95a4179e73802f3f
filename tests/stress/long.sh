#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# long.sh - the stress tests at the length that is promised: ten minutes of
# mix with forks and random thread death, ten of patterns while memory goes
# back, 10,000 forks, 1,000 first mallocs.
# HAKMEM_STRESS_SECONDS, _FORKS, _STARTS and _THREADS say otherwise.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

here=${top_builddir:-.}/tests/stress
export HAKMEM_STRESS_SECONDS=${HAKMEM_STRESS_SECONDS:-600}
export HAKMEM_STRESS_FORKS=${HAKMEM_STRESS_FORKS:-10000}
export HAKMEM_STRESS_STARTS=${HAKMEM_STRESS_STARTS:-1000}
export HAKMEM_STRESS_THREADS=${HAKMEM_STRESS_THREADS:-100000}

ktap_plan 7
ktap_test "mix for $HAKMEM_STRESS_SECONDS s" "$here/mix"
ktap_test "patterns for $HAKMEM_STRESS_SECONDS s" "$here/pattern"
ktap_test "$HAKMEM_STRESS_FORKS forks" "$here/fork_storm"
ktap_test "$HAKMEM_STRESS_STARTS starts" "$here/init_race"
ktap_test "$HAKMEM_STRESS_THREADS threads" "$here/churn"
ktap_test "successors" env HAKMEM_STRESS_SECONDS=60 "$here/successor"
ktap_test "pipeline" env HAKMEM_STRESS_SECONDS=60 "$here/pipeline"
ktap_done

# SPDX-License-Identifier: MIT
# The bench as programs: that it runs and says what it should, not its figures.

tests_bench = tests/bench/loads.sh tests/bench/trace.sh \
	tests/bench/compare.sh tests/bench/ab.sh tests/bench/counts.sh tests/bench/soak.sh \
	tests/bench/decommit.sh tests/bench/bgsave.sh
EXTRA_DIST += tests/bench/common.sh tests/bench/judged.py

check_PROGRAMS += tests/bench/traced
tests_bench_traced_SOURCES = tests/bench/traced.c
tests_bench_traced_CFLAGS = $(plain_CFLAGS) -pthread

dist_check_SCRIPTS += $(tests_bench)
TESTS_BENCH += $(tests_bench)

dist_check_SCRIPTS += tests/bench/short_soak.sh
CHECK_SOAK += tests/bench/short_soak.sh

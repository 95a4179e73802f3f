# SPDX-License-Identifier: MIT
# The bench as programs: that it runs and says what it should, not its figures.

tests_bench = tests/bench/loads.sh

dist_check_SCRIPTS += $(tests_bench)
TESTS_BENCH += $(tests_bench)

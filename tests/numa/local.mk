# SPDX-License-Identifier: MIT
# tests/numa: run by `make check-numa` in guests of many topologies. A test is
# one line here and its file, whose card may say "Topologies: NAME..." if it is
# not for all. Programs may use libnuma: $(LDADD) has it.

tests_numa_programs = \
	tests/numa/topology \
	tests/numa/api \
	tests/numa/locality \
	tests/numa/full \
	tests/numa/cpuset \
	tests/numa/hugetlb \
	tests/numa/pressure \
	tests/numa/target \
	tests/numa/observe \
	tests/numa/rebalance \
	tests/numa/modes \
	tests/numa/filters \
	tests/numa/lazy \
	tests/numa/policies

tests_numa_scripts = \
	tests/numa/numactl.sh \
	tests/numa/peers.sh

# Programs that scripts run.
tests_numa_helpers = \
	tests/numa/where \
	tests/numa/confined

if HAVE_LIBNUMA
check_PROGRAMS += $(tests_numa_programs) $(tests_numa_helpers)
endif
tests_numa_confined_LDADD =
tests_numa_confined_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_filters_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_locality_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_pressure_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_target_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_observe_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_rebalance_CFLAGS = $(AM_CFLAGS) -pthread
tests_numa_cpuset_CFLAGS = $(AM_CFLAGS) -pthread
dist_check_SCRIPTS += $(tests_numa_scripts)
EXTRA_DIST += $(tests_numa_programs:=.c) $(tests_numa_helpers:=.c) \
	tests/numa/filter.h tests/numa/pages.h tests/numa/writers.h
NUMA_TESTS = $(tests_numa_programs) $(tests_numa_scripts)

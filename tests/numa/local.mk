# SPDX-License-Identifier: MIT
# tests/numa: run by `make check-numa` in guests of many topologies. A test is
# one line here and its file, whose card may say "Topologies: NAME..." if it is
# not for all. Programs may use libnuma: $(LDADD) has it.

tests_numa_programs = \
	tests/numa/topology

tests_numa_scripts =

if HAVE_LIBNUMA
check_PROGRAMS += $(tests_numa_programs)
endif
dist_check_SCRIPTS += $(tests_numa_scripts)
EXTRA_DIST += $(tests_numa_programs:=.c)
NUMA_TESTS = $(tests_numa_programs) $(tests_numa_scripts)

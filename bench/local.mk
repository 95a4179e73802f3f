# SPDX-License-Identifier: MIT
# bench: figures with a verdict of their own; none of it is part of make check
# (tests/kernel/footprint.sh borrows bench/sizes).

bench_programs = bench/loads bench/sizes bench/spawn
bench_scripts = bench/footprint bench/pairs bench/startup

check_PROGRAMS += $(bench_programs)
dist_check_SCRIPTS += $(bench_scripts)

bench_loads_SOURCES = bench/loads.c
bench_loads_CFLAGS = $(AM_CFLAGS) -pthread
bench_sizes_SOURCES = bench/sizes.c
bench_sizes_CFLAGS = $(AM_CFLAGS) -pthread
bench_spawn_SOURCES = bench/spawn.c

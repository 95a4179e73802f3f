# SPDX-License-Identifier: MIT
# bench: figures with a verdict of their own. make check only tries the loads
# (tests/bench) and borrows bench/programs/footprint (tests/kernel/footprint.sh).

# Commands that a user types are in bench/. The programs that a command runs are in
# bench/programs/, under the name of the command. What the commands share is in
# bench/lib/.

dist_check_SCRIPTS += bench/ab bench/bgsave bench/compare bench/counts bench/decommit \
	bench/demo bench/footprint bench/instructions bench/soak \
	bench/soak-report bench/startup bench/syscalls \
	bench/programs/bgsave_redis.sh
check_PROGRAMS += bench/programs/bgsave bench/programs/decommit \
	bench/programs/decommit_idle bench/programs/footprint \
	bench/programs/launch bench/programs/lookup bench/programs/startup
# quickstart.sh needs the demo after a plain make.
noinst_PROGRAMS += bench/programs/demo

bench_programs_bgsave_SOURCES = bench/programs/bgsave.c \
	bench/loads/histogram.h $(bench_load_common)
bench_programs_bgsave_CFLAGS = $(bench_load_cflags)
bench_programs_decommit_SOURCES = bench/programs/decommit.c \
	bench/programs/decommit.h bench/programs/decommit_others.c \
	bench/loads/histogram.h $(bench_load_common)
bench_programs_decommit_CFLAGS = $(bench_load_cflags)
bench_programs_decommit_idle_SOURCES = bench/programs/decommit_idle.c \
	$(bench_load_common)
bench_programs_decommit_idle_CFLAGS = $(bench_load_cflags)
bench_programs_demo_SOURCES = bench/programs/demo.c
bench_programs_demo_CFLAGS = $(AM_CFLAGS) -pthread
bench_programs_footprint_SOURCES = bench/programs/footprint.c
bench_programs_footprint_CFLAGS = $(AM_CFLAGS) -pthread
bench_programs_launch_SOURCES = bench/programs/launch.c
bench_programs_lookup_SOURCES = bench/programs/lookup.c
bench_programs_lookup_LDADD = libhakmem_core.la
bench_programs_startup_SOURCES = bench/programs/startup.c

# ---- The loads, which bench/rows makes rows of ------------------------------
# No compiler may take their malloc for one it knows, and leave it out.

bench_load_common = bench/loads/load.c bench/loads/load.h
bench_mix_common = bench/loads/mix.h $(bench_load_common)
bench_memory_common = bench/loads/memory.c bench/loads/memory.h \
	$(bench_load_common)
bench_load_cflags = $(AM_CFLAGS) -pthread -fno-builtin-malloc \
	-fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free

check_PROGRAMS += $(bench_loads)
EXTRA_DIST += bench/rows \
	bench/lib/allocators.py \
	bench/lib/builds.py \
	bench/lib/cli.py \
	bench/lib/curve.py \
	bench/lib/experiment.py \
	bench/lib/machine.py \
	bench/lib/plot.py \
	bench/lib/report.py \
	bench/lib/resident.py \
	bench/lib/rounds.py \
	bench/lib/rows.py \
	bench/lib/runner.py \
	bench/lib/save.py \
	bench/lib/soaklog.py \
	bench/lib/soakplot.py \
	bench/lib/soaksum.py \
	bench/lib/stats.py \
	bench/lib/summary.py \
	bench/lib/svg.py \
	bench/lib/tree.py \
	bench/lib/verdict.py \
	bench/lib/watch.py

# make bench: all that bench/compare runs, without the tests.
bench: all bench/programs/launch $(bench_loads) bench/loads/trace
.PHONY: bench

bench_loads = \
	bench/loads/append \
	bench/loads/burst \
	bench/loads/churn \
	bench/loads/fill \
	bench/loads/frag \
	bench/loads/grow \
	bench/loads/hot \
	bench/loads/idle-threads \
	bench/loads/large \
	bench/loads/larson \
	bench/loads/latency \
	bench/loads/massfree \
	bench/loads/mstress \
	bench/loads/phase \
	bench/loads/pins \
	bench/loads/powerlaw \
	bench/loads/prefork \
	bench/loads/prodcons \
	bench/loads/randmix \
	bench/loads/scratch \
	bench/loads/soak \
	bench/loads/startup \
	bench/loads/threads \
	bench/loads/trees \
	bench/loads/zero

bench_loads_append_SOURCES = bench/loads/append.c $(bench_load_common)
bench_loads_append_CFLAGS = $(bench_load_cflags)
bench_loads_burst_SOURCES = bench/loads/burst.c $(bench_load_common)
bench_loads_burst_CFLAGS = $(bench_load_cflags)
bench_loads_churn_SOURCES = bench/loads/churn.c $(bench_load_common)
bench_loads_churn_CFLAGS = $(bench_load_cflags)
bench_loads_fill_SOURCES = bench/loads/fill.c $(bench_load_common)
bench_loads_fill_CFLAGS = $(bench_load_cflags)
bench_loads_frag_SOURCES = bench/loads/frag.c $(bench_load_common)
bench_loads_frag_CFLAGS = $(bench_load_cflags)
bench_loads_grow_SOURCES = bench/loads/grow.c $(bench_load_common)
bench_loads_grow_CFLAGS = $(bench_load_cflags)
bench_loads_hot_SOURCES = bench/loads/hot.c $(bench_load_common)
bench_loads_hot_CFLAGS = $(bench_load_cflags)
bench_loads_idle_threads_SOURCES = bench/loads/idle-threads.c $(bench_memory_common)
bench_loads_idle_threads_CFLAGS = $(bench_load_cflags)
bench_loads_large_SOURCES = bench/loads/large.c $(bench_load_common)
bench_loads_large_CFLAGS = $(bench_load_cflags)
bench_loads_larson_SOURCES = bench/loads/larson.c $(bench_load_common)
bench_loads_larson_CFLAGS = $(bench_load_cflags)
bench_loads_latency_SOURCES = bench/loads/latency.c bench/loads/histogram.h \
	$(bench_load_common)
bench_loads_latency_CFLAGS = $(bench_load_cflags)
bench_loads_massfree_SOURCES = bench/loads/massfree.c $(bench_load_common)
bench_loads_massfree_CFLAGS = $(bench_load_cflags)
bench_loads_mstress_SOURCES = bench/loads/mstress.c $(bench_load_common)
bench_loads_mstress_CFLAGS = $(bench_load_cflags)
bench_loads_phase_SOURCES = bench/loads/phase.c $(bench_memory_common)
bench_loads_phase_CFLAGS = $(bench_load_cflags)
bench_loads_pins_SOURCES = bench/loads/pins.c $(bench_memory_common)
bench_loads_pins_CFLAGS = $(bench_load_cflags)
bench_loads_powerlaw_SOURCES = bench/loads/powerlaw.c $(bench_load_common)
bench_loads_powerlaw_CFLAGS = $(bench_load_cflags)
bench_loads_prefork_SOURCES = bench/loads/prefork.c bench/loads/mix.h \
	$(bench_memory_common)
bench_loads_prefork_CFLAGS = $(bench_load_cflags)
bench_loads_prodcons_SOURCES = bench/loads/prodcons.c $(bench_load_common)
bench_loads_prodcons_CFLAGS = $(bench_load_cflags)
bench_loads_randmix_SOURCES = bench/loads/randmix.c $(bench_mix_common)
bench_loads_randmix_CFLAGS = $(bench_load_cflags)
bench_loads_scratch_SOURCES = bench/loads/scratch.c $(bench_load_common)
bench_loads_scratch_CFLAGS = $(bench_load_cflags)
bench_loads_soak_SOURCES = bench/loads/soak.c $(bench_mix_common)
bench_loads_soak_CFLAGS = $(bench_load_cflags)
bench_loads_startup_SOURCES = bench/loads/startup.c $(bench_load_common)
bench_loads_startup_CFLAGS = $(bench_load_cflags)
bench_loads_threads_SOURCES = bench/loads/threads.c $(bench_load_common)
bench_loads_threads_CFLAGS = $(bench_load_cflags)
bench_loads_trees_SOURCES = bench/loads/trees.c $(bench_load_common)
bench_loads_trees_CFLAGS = $(bench_load_cflags)
bench_loads_zero_SOURCES = bench/loads/zero.c $(bench_load_common)
bench_loads_zero_CFLAGS = $(bench_load_cflags)

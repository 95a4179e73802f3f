# SPDX-License-Identifier: MIT
# bench: figures with a verdict of their own; of it make check only tries the
# loads (tests/bench) and borrows bench/sizes (tests/kernel/footprint.sh).

check_PROGRAMS += bench/giveback bench/idle bench/launch bench/lookup \
	bench/saved bench/sizes bench/spawn
dist_check_SCRIPTS += bench/ab bench/bgsave bench/compare bench/decommit \
	bench/footprint bench/instructions bench/saved-redis bench/soak \
	bench/soak-report bench/startup bench/syscalls

bench_launch_SOURCES = bench/launch.c
bench_lookup_SOURCES = bench/lookup.c
bench_lookup_LDADD = libhakmem_core.la
bench_sizes_SOURCES = bench/sizes.c
bench_sizes_CFLAGS = $(AM_CFLAGS) -pthread
bench_spawn_SOURCES = bench/spawn.c

# ---- The loads, which bench/rows makes rows of ------------------------------
# No compiler may take their malloc for one it knows, and leave it out.

bench_load_common = bench/loads/load.c bench/loads/load.h
bench_mix_common = bench/loads/mix.h $(bench_load_common)
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

# ---- What bench/decommit runs ----------------------------------------------

bench_giveback_SOURCES = bench/giveback.c bench/loads/histogram.h \
	$(bench_load_common)
bench_giveback_CFLAGS = $(bench_load_cflags)
bench_idle_SOURCES = bench/idle.c $(bench_load_common)
bench_idle_CFLAGS = $(bench_load_cflags)

# ---- What bench/bgsave runs, and bench/saved-redis --------------------------

bench_saved_SOURCES = bench/saved.c bench/loads/histogram.h \
	$(bench_load_common)
bench_saved_CFLAGS = $(bench_load_cflags)

# make bench: all that bench/compare runs, without the tests.
bench: all bench/launch $(bench_loads) bench/loads/trace
.PHONY: bench

bench_loads = \
	bench/loads/append \
	bench/loads/churn \
	bench/loads/fill \
	bench/loads/frag \
	bench/loads/grow \
	bench/loads/hot \
	bench/loads/large \
	bench/loads/larson \
	bench/loads/latency \
	bench/loads/mstress \
	bench/loads/powerlaw \
	bench/loads/prodcons \
	bench/loads/randmix \
	bench/loads/scratch \
	bench/loads/soak \
	bench/loads/startup \
	bench/loads/threads \
	bench/loads/zero

bench_loads_append_SOURCES = bench/loads/append.c $(bench_load_common)
bench_loads_append_CFLAGS = $(bench_load_cflags)
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
bench_loads_large_SOURCES = bench/loads/large.c $(bench_load_common)
bench_loads_large_CFLAGS = $(bench_load_cflags)
bench_loads_larson_SOURCES = bench/loads/larson.c $(bench_load_common)
bench_loads_larson_CFLAGS = $(bench_load_cflags)
bench_loads_latency_SOURCES = bench/loads/latency.c bench/loads/histogram.h \
	$(bench_load_common)
bench_loads_latency_CFLAGS = $(bench_load_cflags)
bench_loads_mstress_SOURCES = bench/loads/mstress.c $(bench_load_common)
bench_loads_mstress_CFLAGS = $(bench_load_cflags)
bench_loads_powerlaw_SOURCES = bench/loads/powerlaw.c $(bench_load_common)
bench_loads_powerlaw_CFLAGS = $(bench_load_cflags)
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
bench_loads_zero_SOURCES = bench/loads/zero.c $(bench_load_common)
bench_loads_zero_CFLAGS = $(bench_load_cflags)

# SPDX-License-Identifier: MIT
# tests/kernel: limits, policies and failures of the kernel below us.

tests_kernel_programs = \
	tests/kernel/limits \
	tests/kernel/inject \
	tests/kernel/seccomp_kill \
	tests/kernel/filter_start \
	tests/kernel/zero \
	tests/kernel/mlockall \
	tests/kernel/hugepool \
	tests/kernel/leftover \
	tests/kernel/smallstack \
	tests/kernel/maps \
	tests/kernel/single \
	tests/kernel/processes \
	tests/kernel/thp \
	tests/kernel/bare \
	tests/kernel/keeper_seccomp \
	tests/kernel/keeper_fds \
	tests/kernel/keeper_late \
	tests/kernel/keeper_senses \
	tests/kernel/keeper_fork \
	tests/kernel/keeper_single \
	tests/kernel/keeper_idle \
	tests/kernel/keeper_fade \
	tests/kernel/sparse \
	tests/kernel/addresses \
	tests/kernel/untouched \
	tests/kernel/ended \
	tests/kernel/keeper_exit \
	tests/kernel/keeper_alone \
	tests/kernel/keeper_wrapped \
	tests/kernel/keeper_wrapped_malloc \
	tests/kernel/keeper_tls \
	tests/kernel/keeper_fixed \
	tests/kernel/refused \
	tests/kernel/keeper_wait \
	tests/kernel/heat \
	tests/kernel/watched \
	tests/kernel/watcher_filter \
	tests/kernel/guard_maps \
	tests/kernel/guard \
	tests/kernel/guard_trap \
	tests/kernel/guard_fallback \
	tests/kernel/guard_life \
	tests/kernel/guard_remote \
	tests/kernel/guard_kill

tests_kernel_scripts = \
	tests/kernel/environment.sh \
	tests/kernel/cgroup.sh \
	tests/kernel/overcommit.sh \
	tests/kernel/valgrind.sh \
	tests/kernel/keeper_calls.sh \
	tests/kernel/keeper_looks.sh \
	tests/kernel/footprint.sh

check_PROGRAMS += $(tests_kernel_programs) tests/kernel/work
dist_check_SCRIPTS += $(tests_kernel_scripts) tests/kernel/long.sh
TESTS_KERNEL += $(tests_kernel_programs) $(tests_kernel_scripts)
CHECK_STRESS += tests/kernel/long.sh

kernel_headers = tests/kernel/util.h tests/kernel/mix.h tests/kernel/bpf.h

tests_kernel_limits_SOURCES = tests/kernel/limits.c $(kernel_headers)
tests_kernel_inject_SOURCES = tests/kernel/inject.c $(kernel_headers)
tests_kernel_seccomp_kill_SOURCES = tests/kernel/seccomp_kill.c $(kernel_headers)
tests_kernel_filter_start_SOURCES = tests/kernel/filter_start.c \
	tests/kernel/strict.h $(kernel_headers)
tests_kernel_zero_SOURCES = tests/kernel/zero.c $(kernel_headers)
tests_kernel_mlockall_SOURCES = tests/kernel/mlockall.c $(kernel_headers)
tests_kernel_hugepool_SOURCES = tests/kernel/hugepool.c $(keeper_headers)
tests_kernel_leftover_SOURCES = tests/kernel/leftover.c $(keeper_headers)
tests_kernel_smallstack_SOURCES = tests/kernel/smallstack.c $(kernel_headers)
tests_kernel_maps_SOURCES = tests/kernel/maps.c $(kernel_headers)
tests_kernel_single_SOURCES = tests/kernel/single.c $(kernel_headers)
tests_kernel_processes_SOURCES = tests/kernel/processes.c $(kernel_headers)
tests_kernel_thp_SOURCES = tests/kernel/thp.c $(kernel_headers)
tests_kernel_bare_SOURCES = tests/kernel/bare.c $(kernel_headers)
keeper_headers = $(kernel_headers) tests/kernel/keeper.h tests/ktap_stats.h
tests_kernel_keeper_seccomp_SOURCES = tests/kernel/keeper_seccomp.c \
	$(keeper_headers)
tests_kernel_keeper_fds_SOURCES = tests/kernel/keeper_fds.c $(keeper_headers)
tests_kernel_keeper_fork_SOURCES = tests/kernel/keeper_fork.c \
	$(keeper_headers)
tests_kernel_keeper_single_SOURCES = tests/kernel/keeper_single.c \
	$(keeper_headers)
tests_kernel_keeper_idle_SOURCES = tests/kernel/keeper_idle.c $(keeper_headers)
tests_kernel_keeper_exit_SOURCES = tests/kernel/keeper_exit.c \
	$(keeper_headers)
tests_kernel_keeper_alone_SOURCES = tests/kernel/keeper_alone.c \
	$(keeper_headers)
tests_kernel_keeper_wrapped_SOURCES = tests/kernel/keeper_wrapped.c \
	$(keeper_headers)
# What it wraps, libraries are to find.
tests_kernel_keeper_wrapped_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_kernel_keeper_wrapped_malloc_SOURCES = \
	$(tests_kernel_keeper_wrapped_SOURCES)
tests_kernel_keeper_wrapped_malloc_CPPFLAGS = $(AM_CPPFLAGS) -DWRAPS_MALLOC
tests_kernel_keeper_wrapped_malloc_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_kernel_keeper_tls_SOURCES = tests/kernel/keeper_tls.c $(keeper_headers)
tests_kernel_keeper_fixed_SOURCES = tests/kernel/keeper_fixed.c \
	$(keeper_headers)
tests_kernel_keeper_fixed_CFLAGS = $(AM_CFLAGS) -fno-pie
tests_kernel_keeper_fixed_LDFLAGS = $(AM_LDFLAGS) -no-pie
tests_kernel_keeper_fade_SOURCES = tests/kernel/keeper_fade.c $(keeper_headers)
tests_kernel_sparse_SOURCES = tests/kernel/sparse.c $(keeper_headers)
tests_kernel_refused_SOURCES = tests/kernel/refused.c $(keeper_headers)
tests_kernel_ended_SOURCES = tests/kernel/ended.c $(keeper_headers)
tests_kernel_untouched_SOURCES = tests/kernel/untouched.c $(keeper_headers)
tests_kernel_addresses_SOURCES = tests/kernel/addresses.c $(keeper_headers)
tests_kernel_keeper_wait_SOURCES = tests/kernel/keeper_wait.c $(keeper_headers)
tests_kernel_guard_maps_SOURCES = tests/kernel/guard_maps.c $(keeper_headers)
tests_kernel_watched_SOURCES = tests/kernel/watched.c $(keeper_headers)
tests_kernel_heat_SOURCES = tests/kernel/heat.c $(keeper_headers)
tests_kernel_work_SOURCES = tests/kernel/work.c $(keeper_headers)

tests_kernel_keeper_senses_SOURCES = tests/kernel/keeper_senses.c \
	$(keeper_headers)
cold_sources = tests/kernel/guard_cold.c tests/kernel/guard.h $(keeper_headers)
guard_sources = tests/kernel/guard_cases.c tests/kernel/guard_touch.c \
	tests/kernel/guard_touch.h $(cold_sources)

tests_kernel_keeper_late_SOURCES = tests/kernel/keeper_late.c $(cold_sources)
tests_kernel_watcher_filter_SOURCES = tests/kernel/watcher_filter.c \
	tests/kernel/guard.h $(keeper_headers)
tests_kernel_guard_SOURCES = tests/kernel/guard.c $(guard_sources)
tests_kernel_guard_trap_SOURCES = tests/kernel/guard_trap.c $(cold_sources)
tests_kernel_guard_fallback_SOURCES = tests/kernel/guard_fallback.c \
	$(guard_sources)
tests_kernel_guard_remote_SOURCES = tests/kernel/guard_remote.c $(cold_sources)
tests_kernel_guard_life_SOURCES = tests/kernel/guard_life.c \
	$(keeper_headers) tests/kernel/guard.h
tests_kernel_guard_kill_SOURCES = tests/kernel/guard_kill.c $(cold_sources)

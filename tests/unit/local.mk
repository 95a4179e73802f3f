# SPDX-License-Identifier: MIT
# tests/unit: one program for each module, linked with the library's insides.

tests_unit_programs = \
	tests/unit/base/bits \
	tests/unit/base/fault \
	tests/unit/base/list \
	tests/unit/base/lock \
	tests/unit/base/nodeset \
	tests/unit/base/options \
	tests/unit/base/stats \
	tests/unit/base/text \
	tests/unit/os/file \
	tests/unit/os/image \
	tests/unit/os/dynsym \
	tests/unit/os/limits \
	tests/unit/os/map \
	tests/unit/os/methods \
	tests/unit/os/give \
	tests/unit/os/status \
	tests/unit/os/task \
	tests/unit/os/uffd \
	tests/unit/os/wake \
	tests/unit/numa/topology \
	tests/unit/heap/large \
	tests/unit/heap/live \
	tests/unit/heap/medium \
	tests/unit/heap/node \
	tests/unit/heap/hand_over \
	tests/unit/heap/policy \
	tests/unit/heap/region \
	tests/unit/heap/run \
	tests/unit/heap/owner \
	tests/unit/heap/shared \
	tests/unit/heap/seed \
	tests/unit/heap/sizeclass \
	tests/unit/heap/slab \
	tests/unit/heap/slab_remote \
	tests/unit/heap/span \
	tests/unit/heap/span_kernel \
	tests/unit/heap/span_fork \
	tests/unit/heap/superslab \
	tests/unit/heap/window \
	tests/unit/cache/check \
	tests/unit/cache/handler \
	tests/unit/cache/remote \
	tests/unit/cache/tcache \
	tests/unit/cache/inherit \
	tests/unit/cache/thread \
	tests/unit/watch/history \
	tests/unit/reclaim/budget \
	tests/unit/reclaim/decommit \
	tests/unit/reclaim/late \
	tests/unit/reclaim/sparse \
	tests/unit/reclaim/sparse_threads \
	tests/unit/reclaim/sparse_huge \
	tests/unit/front/decide

check_PROGRAMS += $(tests_unit_programs)
TESTS_UNIT += $(tests_unit_programs)

unit_headers = tests/ktap.h tests/ktap_run.h tests/unit/unit.h \
	tests/unit/heap.h
unit_CPPFLAGS = $(AM_CPPFLAGS) -DKTAP_LINKED
unit_CFLAGS = $(AM_CFLAGS) -pthread

tests_unit_base_bits_SOURCES = tests/unit/base/bits.c $(unit_headers)
tests_unit_base_bits_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_bits_CFLAGS = $(unit_CFLAGS)
tests_unit_base_bits_LDADD = libhakmem_core.la

tests_unit_base_fault_SOURCES = tests/unit/base/fault.c $(unit_headers)
tests_unit_base_fault_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_fault_CFLAGS = $(unit_CFLAGS)
tests_unit_base_fault_LDADD = libhakmem_core.la

tests_unit_base_list_SOURCES = tests/unit/base/list.c $(unit_headers)
tests_unit_base_list_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_list_CFLAGS = $(unit_CFLAGS)
tests_unit_base_list_LDADD = libhakmem_core.la

tests_unit_base_lock_SOURCES = tests/unit/base/lock.c $(unit_headers)
tests_unit_base_lock_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_lock_CFLAGS = $(unit_CFLAGS)
tests_unit_base_lock_LDADD = libhakmem_core.la

tests_unit_base_options_SOURCES = tests/unit/base/options.c $(unit_headers)
tests_unit_base_options_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_options_CFLAGS = $(unit_CFLAGS)
tests_unit_base_options_LDADD = libhakmem_core.la

tests_unit_base_stats_SOURCES = tests/unit/base/stats.c $(unit_headers)
tests_unit_base_stats_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_stats_CFLAGS = $(unit_CFLAGS)
tests_unit_base_stats_LDADD = libhakmem_core.la

tests_unit_base_text_SOURCES = tests/unit/base/text.c $(unit_headers)
tests_unit_base_text_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_text_CFLAGS = $(unit_CFLAGS)
tests_unit_base_text_LDADD = libhakmem_core.la

tests_unit_os_limits_SOURCES = tests/unit/os/limits.c $(unit_headers)
tests_unit_os_limits_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_limits_CFLAGS = $(unit_CFLAGS)
tests_unit_os_limits_LDADD = libhakmem_core.la

tests_unit_os_map_SOURCES = tests/unit/os/map.c $(unit_headers)
tests_unit_os_map_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_map_CFLAGS = $(unit_CFLAGS)
tests_unit_os_map_LDADD = libhakmem_core.la

tests_unit_os_give_SOURCES = tests/unit/os/give.c $(unit_headers)
tests_unit_os_give_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_give_CFLAGS = $(unit_CFLAGS)
tests_unit_os_give_LDADD = libhakmem_core.la

tests_unit_reclaim_budget_SOURCES = tests/unit/reclaim/budget.c $(unit_headers)
tests_unit_reclaim_budget_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_reclaim_budget_CFLAGS = $(unit_CFLAGS)
tests_unit_reclaim_budget_LDADD = libhakmem_core.la

tests_unit_reclaim_decommit_SOURCES = tests/unit/reclaim/decommit.c $(unit_headers)
tests_unit_reclaim_decommit_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_reclaim_decommit_CFLAGS = $(unit_CFLAGS)
tests_unit_reclaim_decommit_LDADD = libhakmem_core.la

tests_unit_heap_large_SOURCES = tests/unit/heap/large.c $(unit_headers)
tests_unit_heap_large_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_large_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_large_LDADD = libhakmem_core.la

tests_unit_heap_live_SOURCES = tests/unit/heap/live.c $(unit_headers)
tests_unit_heap_live_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_live_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_live_LDADD = libhakmem_core.la

tests_unit_heap_medium_SOURCES = tests/unit/heap/medium.c $(unit_headers)
tests_unit_heap_medium_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_medium_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_medium_LDADD = libhakmem_core.la

tests_unit_heap_node_SOURCES = tests/unit/heap/node.c $(unit_headers)
tests_unit_heap_node_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_node_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_node_LDADD = libhakmem_core.la

tests_unit_watch_history_SOURCES = tests/unit/watch/history.c $(unit_headers)
tests_unit_watch_history_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_watch_history_CFLAGS = $(unit_CFLAGS)
tests_unit_watch_history_LDADD = libhakmem_core.la

tests_unit_heap_hand_over_SOURCES = tests/unit/heap/hand_over.c $(unit_headers)
tests_unit_heap_hand_over_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_hand_over_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_hand_over_LDADD = libhakmem_core.la

tests_unit_os_uffd_SOURCES = tests/unit/os/uffd.c $(unit_headers)
tests_unit_os_uffd_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_uffd_CFLAGS = $(unit_CFLAGS)
tests_unit_os_uffd_LDADD = libhakmem_core.la

tests_unit_os_status_SOURCES = tests/unit/os/status.c $(unit_headers)
tests_unit_os_status_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_status_CFLAGS = $(unit_CFLAGS)
tests_unit_os_status_LDADD = libhakmem_core.la

tests_unit_os_task_SOURCES = tests/unit/os/task.c $(unit_headers)
tests_unit_os_task_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_task_CFLAGS = $(unit_CFLAGS)
tests_unit_os_task_LDADD = libhakmem_core.la

tests_unit_heap_policy_SOURCES = tests/unit/heap/policy.c $(unit_headers)
tests_unit_heap_policy_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_policy_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_policy_LDADD = libhakmem_core.la

tests_unit_heap_region_SOURCES = tests/unit/heap/region.c $(unit_headers)
tests_unit_heap_region_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_region_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_region_LDADD = libhakmem_core.la

tests_unit_heap_run_SOURCES = tests/unit/heap/run.c $(unit_headers)
tests_unit_heap_run_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_run_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_run_LDADD = libhakmem_core.la

tests_unit_heap_owner_SOURCES = tests/unit/heap/owner.c $(unit_headers)
tests_unit_heap_owner_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_owner_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_owner_LDADD = libhakmem_core.la
tests_unit_heap_shared_SOURCES = tests/unit/heap/shared.c $(unit_headers)
tests_unit_heap_shared_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_shared_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_shared_LDADD = libhakmem_core.la

tests_unit_heap_seed_SOURCES = tests/unit/heap/seed.c $(unit_headers)
tests_unit_heap_seed_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_seed_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_seed_LDADD = libhakmem_core.la

tests_unit_heap_sizeclass_SOURCES = tests/unit/heap/sizeclass.c $(unit_headers)
tests_unit_heap_sizeclass_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_sizeclass_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_sizeclass_LDADD = libhakmem_core.la

tests_unit_heap_slab_SOURCES = tests/unit/heap/slab.c $(unit_headers)
tests_unit_heap_slab_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_slab_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_slab_LDADD = libhakmem_core.la

tests_unit_heap_slab_remote_SOURCES = tests/unit/heap/slab_remote.c $(unit_headers)
tests_unit_heap_slab_remote_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_slab_remote_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_slab_remote_LDADD = libhakmem_core.la

tests_unit_heap_span_SOURCES = tests/unit/heap/span.c $(unit_headers)
tests_unit_heap_span_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_span_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_span_LDADD = libhakmem_core.la

tests_unit_heap_span_kernel_SOURCES = tests/unit/heap/span_kernel.c $(unit_headers)
tests_unit_heap_span_kernel_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_span_kernel_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_span_kernel_LDADD = libhakmem_core.la

tests_unit_heap_span_fork_SOURCES = tests/unit/heap/span_fork.c $(unit_headers)
tests_unit_heap_span_fork_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_span_fork_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_span_fork_LDADD = libhakmem_core.la

sparse_headers = tests/unit/reclaim/sparse.h $(unit_headers)
tests_unit_reclaim_sparse_threads_SOURCES = \
	tests/unit/reclaim/sparse_threads.c $(sparse_headers)
tests_unit_reclaim_sparse_threads_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_reclaim_sparse_threads_CFLAGS = $(unit_CFLAGS)
tests_unit_reclaim_sparse_threads_LDADD = libhakmem_core.la
tests_unit_reclaim_sparse_huge_SOURCES = tests/unit/reclaim/sparse_huge.c \
	$(sparse_headers)
tests_unit_reclaim_sparse_huge_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_reclaim_sparse_huge_CFLAGS = $(unit_CFLAGS)
tests_unit_reclaim_sparse_huge_LDADD = libhakmem_core.la
tests_unit_reclaim_sparse_SOURCES = tests/unit/reclaim/sparse.c $(sparse_headers)
tests_unit_reclaim_sparse_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_reclaim_sparse_CFLAGS = $(unit_CFLAGS)
tests_unit_reclaim_sparse_LDADD = libhakmem_core.la

tests_unit_heap_superslab_SOURCES = tests/unit/heap/superslab.c $(unit_headers)
tests_unit_heap_superslab_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_superslab_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_superslab_LDADD = libhakmem_core.la

tests_unit_heap_window_SOURCES = tests/unit/heap/window.c $(unit_headers)
tests_unit_heap_window_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_heap_window_CFLAGS = $(unit_CFLAGS)
tests_unit_heap_window_LDADD = libhakmem_core.la

tests_unit_cache_check_SOURCES = tests/unit/cache/check.c $(unit_headers)
tests_unit_cache_check_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_cache_check_CFLAGS = $(unit_CFLAGS)
tests_unit_cache_check_LDADD = libhakmem_core.la

tests_unit_cache_handler_SOURCES = tests/unit/cache/handler.c $(unit_headers)
tests_unit_cache_handler_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_cache_handler_CFLAGS = $(unit_CFLAGS)
tests_unit_cache_handler_LDADD = libhakmem_core.la

tests_unit_cache_remote_SOURCES = tests/unit/cache/remote.c $(unit_headers)
tests_unit_cache_remote_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_cache_remote_CFLAGS = $(unit_CFLAGS)
tests_unit_cache_remote_LDADD = libhakmem_core.la

tests_unit_cache_tcache_SOURCES = tests/unit/cache/tcache.c $(unit_headers)
tests_unit_cache_tcache_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_cache_tcache_CFLAGS = $(unit_CFLAGS)
tests_unit_cache_tcache_LDADD = libhakmem_core.la

tests_unit_cache_inherit_SOURCES = tests/unit/cache/inherit.c $(unit_headers)
tests_unit_cache_inherit_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_cache_inherit_CFLAGS = $(unit_CFLAGS)
tests_unit_cache_inherit_LDADD = libhakmem_core.la

tests_unit_cache_thread_SOURCES = tests/unit/cache/thread.c $(unit_headers)
tests_unit_cache_thread_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_cache_thread_CFLAGS = $(unit_CFLAGS)
tests_unit_cache_thread_LDADD = libhakmem_core.la

tests_unit_base_nodeset_SOURCES = tests/unit/base/nodeset.c $(unit_headers)
tests_unit_base_nodeset_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_base_nodeset_CFLAGS = $(unit_CFLAGS)
tests_unit_base_nodeset_LDADD = libhakmem_core.la

tests_unit_os_file_SOURCES = tests/unit/os/file.c $(unit_headers)
tests_unit_os_file_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_file_CFLAGS = $(unit_CFLAGS)
tests_unit_os_file_LDADD = libhakmem_core.la

tests_unit_os_image_SOURCES = tests/unit/os/image.c $(unit_headers)
tests_unit_os_image_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_image_CFLAGS = $(unit_CFLAGS)
tests_unit_os_image_LDADD = libhakmem_core.la

tests_unit_os_dynsym_SOURCES = tests/unit/os/dynsym.c $(unit_headers)
tests_unit_os_dynsym_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_dynsym_CFLAGS = $(unit_CFLAGS) -fno-builtin
tests_unit_os_dynsym_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_os_dynsym_LDADD = libhakmem_core.la

tests_unit_numa_topology_SOURCES = tests/unit/numa/topology.c $(unit_headers)
tests_unit_numa_topology_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_numa_topology_CFLAGS = $(unit_CFLAGS)
tests_unit_numa_topology_LDADD = libhakmem_core.la

tests_unit_os_methods_SOURCES = tests/unit/os/methods.c tests/kernel/bpf.h \
	tests/kernel/util.h $(unit_headers)
tests_unit_os_methods_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_methods_CFLAGS = $(unit_CFLAGS)
tests_unit_os_methods_LDADD = libhakmem_core.la

tests_unit_os_wake_SOURCES = tests/unit/os/wake.c tests/ktap_stats.h \
	$(unit_headers)
tests_unit_os_wake_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_os_wake_CFLAGS = $(unit_CFLAGS)
tests_unit_os_wake_LDADD = libhakmem_core.la

tests_unit_reclaim_late_SOURCES = tests/unit/reclaim/late.c tests/ktap_stats.h \
	$(unit_headers)
tests_unit_reclaim_late_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_reclaim_late_CFLAGS = $(unit_CFLAGS)
tests_unit_reclaim_late_LDADD = libhakmem_core.la

tests_unit_front_decide_SOURCES = tests/unit/front/decide.c \
	src/front/decide.c $(unit_headers)
tests_unit_front_decide_CPPFLAGS = $(unit_CPPFLAGS)
tests_unit_front_decide_CFLAGS = $(unit_CFLAGS)
tests_unit_front_decide_LDADD = libhakmem_core.la

# SPDX-License-Identifier: MIT
# tests/api: what libc promises of malloc, seen from ordinary programs.

if HAVE_CXX
tests_api_cxx = tests/api/cxx_new tests/api/cxx_own_new tests/api/cxx_local
tests_api_cxx_lib = tests/api/cxx_local_lib.la tests/api/deepbind_cxx.la
check_DATA += tests/api/cxx_local_static_lib.so
else
TESTS_API += tests/api/no_cxx.sh
endif
dist_check_SCRIPTS += tests/api/no_cxx.sh

# A build with a sanitizer has no library to link with.
if !SANITIZE
tests_api_linked = tests/api/linked tests/api/linked_fixed
endif

tests_api_programs = \
	tests/api/sizes \
	tests/api/align \
	tests/api/errors \
	tests/api/realloc \
	tests/api/usable \
	tests/api/calloc \
	tests/api/sized_free \
	tests/api/errno_kept \
	tests/api/info \
	$(tests_api_linked) \
	tests/api/libc_blocks \
	$(tests_api_cxx) \
	tests/api/own_malloc \
	tests/api/env \
	tests/api/late \
	tests/api/ifunc \
	tests/api/early \
	tests/api/shim \
	tests/api/deepbind \
	tests/api/deepbind_names \
	tests/api/deepbind_keep \
	tests/api/dlopen \
	tests/api/small_stack \
	tests/api/thread_exit \
	tests/api/frees_only \
	tests/api/cancel \
	tests/api/spawn

check_PROGRAMS += $(tests_api_programs)
TESTS_API += $(tests_api_programs)

# The compiler knows malloc and drops a free(malloc(n)); here it shall not.
plain_CFLAGS = $(AM_CFLAGS) -fno-builtin
plain_CXXFLAGS = $(AM_CXXFLAGS) -fno-builtin

ktap_headers = \
	tests/ktap.h \
	tests/ktap_run.h \
	tests/ktap_lib.h

tests_api_sizes_SOURCES = tests/api/sizes.c $(ktap_headers)
tests_api_sizes_CFLAGS = $(plain_CFLAGS)
tests_api_align_SOURCES = tests/api/align.c $(ktap_headers)
tests_api_align_CFLAGS = $(plain_CFLAGS)
tests_api_errors_SOURCES = tests/api/errors.c $(ktap_headers)
tests_api_errors_CFLAGS = $(plain_CFLAGS)
tests_api_realloc_SOURCES = tests/api/realloc.c $(ktap_headers)
tests_api_realloc_CFLAGS = $(plain_CFLAGS)
tests_api_usable_SOURCES = tests/api/usable.c $(ktap_headers)
tests_api_usable_CFLAGS = $(plain_CFLAGS)
tests_api_calloc_SOURCES = tests/api/calloc.c $(ktap_headers)
tests_api_calloc_CFLAGS = $(plain_CFLAGS)
tests_api_sized_free_SOURCES = tests/api/sized_free.c $(ktap_headers)
tests_api_sized_free_CFLAGS = $(plain_CFLAGS)
tests_api_errno_kept_SOURCES = tests/api/errno_kept.c $(ktap_headers)
tests_api_errno_kept_CFLAGS = $(plain_CFLAGS)
tests_api_info_SOURCES = tests/api/info.c $(ktap_headers)
tests_api_info_CFLAGS = $(plain_CFLAGS)
tests_api_linked_SOURCES = tests/api/linked.c $(ktap_headers)
tests_api_linked_CFLAGS = $(plain_CFLAGS)
tests_api_linked_LDADD = libhakmem.la
# The same at a fixed address, where a linker would rather copy than look up.
tests_api_linked_fixed_SOURCES = tests/api/linked.c $(ktap_headers)
tests_api_linked_fixed_CFLAGS = $(plain_CFLAGS) -fno-pie
tests_api_linked_fixed_LDFLAGS = -no-pie
tests_api_linked_fixed_LDADD = libhakmem.la
tests_api_libc_blocks_SOURCES = tests/api/libc_blocks.c $(ktap_headers)
tests_api_libc_blocks_CFLAGS = $(plain_CFLAGS)
tests_api_cxx_new_SOURCES = tests/api/cxx_new.cc $(ktap_headers)
tests_api_cxx_new_CXXFLAGS = $(plain_CXXFLAGS)
tests_api_cxx_own_new_SOURCES = tests/api/cxx_own_new.cc $(ktap_headers)
tests_api_cxx_own_new_CXXFLAGS = $(plain_CXXFLAGS)
tests_api_cxx_local_SOURCES = tests/api/cxx_local.c tests/api/cxx_local.h \
	$(ktap_headers)
tests_api_cxx_local_CFLAGS = $(plain_CFLAGS)
tests_api_own_malloc_SOURCES = tests/api/own_malloc.c $(ktap_headers)
tests_api_own_malloc_CFLAGS = $(plain_CFLAGS)
tests_api_env_SOURCES = tests/api/env.c $(ktap_headers)
tests_api_env_CFLAGS = $(plain_CFLAGS)
tests_api_late_SOURCES = tests/api/late.c $(ktap_headers)
tests_api_late_CFLAGS = $(plain_CFLAGS)
tests_api_ifunc_SOURCES = tests/api/ifunc.c $(ktap_headers)
tests_api_ifunc_CFLAGS = $(plain_CFLAGS)
tests_api_early_SOURCES = tests/api/early.c $(ktap_headers)
tests_api_early_CFLAGS = $(plain_CFLAGS)
tests_api_shim_SOURCES = tests/api/shim.c $(ktap_headers)
tests_api_shim_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_SOURCES = tests/api/deepbind.c tests/api/deepbind.h \
	$(ktap_headers)
tests_api_deepbind_CFLAGS = $(plain_CFLAGS) -pthread
tests_api_deepbind_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_api_deepbind_names_SOURCES = tests/api/deepbind_names.c \
	tests/api/deepbind.h $(ktap_headers) tests/kernel/bpf.h tests/kernel/util.h
tests_api_deepbind_names_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_names_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_api_deepbind_keep_SOURCES = tests/api/deepbind_keep.c $(ktap_headers)
tests_api_deepbind_keep_CFLAGS = $(plain_CFLAGS)
tests_api_dlopen_SOURCES = tests/api/dlopen.c $(ktap_headers)
tests_api_dlopen_CFLAGS = $(plain_CFLAGS)
tests_api_small_stack_SOURCES = tests/api/small_stack.c $(ktap_headers)
tests_api_small_stack_CFLAGS = $(plain_CFLAGS)
tests_api_frees_only_SOURCES = tests/api/frees_only.c tests/ktap_stats.h \
	$(ktap_headers)
tests_api_frees_only_CFLAGS = $(plain_CFLAGS) -pthread
tests_api_thread_exit_SOURCES = tests/api/thread_exit.c $(ktap_headers)
tests_api_thread_exit_CFLAGS = $(plain_CFLAGS)
tests_api_cancel_SOURCES = tests/api/cancel.c $(ktap_headers)
tests_api_cancel_CFLAGS = $(plain_CFLAGS)
tests_api_spawn_SOURCES = tests/api/spawn.c $(ktap_headers)
tests_api_spawn_CFLAGS = $(plain_CFLAGS)

# Libraries that tests load or preload. A module with an -rpath is built as a
# shared one although nothing is ever installed.
module_LDFLAGS = $(AM_LDFLAGS) -module -shared -avoid-version -rpath /nowhere

check_LTLIBRARIES += \
	tests/api/deepbind_lib.la \
	tests/api/deepbind_now.la \
	tests/api/deepbind_inner.la \
	tests/api/deepbind_early.la \
	tests/api/deepbind_other.la \
	tests/api/deepbind_linked.la \
	$(tests_api_cxx_lib) \
	tests/api/early_lib.la \
	tests/api/shim_lib.la \
	tests/api/tls_lib.la \
	tests/api/tls_static_lib.la

tests_api_deepbind_lib_la_SOURCES = tests/api/deepbind_lib.c
tests_api_deepbind_lib_la_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_lib_la_LDFLAGS = $(module_LDFLAGS) -Wl,-z,lazy \
	-Wl,-rpath,'$$ORIGIN'
tests_api_deepbind_now_la_SOURCES = tests/api/deepbind_lib.c
tests_api_deepbind_now_la_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_now_la_LDFLAGS = $(module_LDFLAGS) -Wl,-z,now -Wl,-z,relro
tests_api_deepbind_inner_la_SOURCES = tests/api/deepbind_lib.c
tests_api_deepbind_inner_la_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_inner_la_LDFLAGS = $(module_LDFLAGS)
tests_api_deepbind_other_la_SOURCES = tests/api/deepbind_other.c
tests_api_deepbind_other_la_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_other_la_LDFLAGS = $(module_LDFLAGS)
# By the linker: libtool warns of a module that another is linked with.
tests_api_deepbind_linked_la_SOURCES = tests/api/deepbind_lib.c
tests_api_deepbind_linked_la_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_linked_la_LDFLAGS = $(module_LDFLAGS) \
	-Wl,--no-as-needed,tests/api/.libs/deepbind_other.so
EXTRA_tests_api_deepbind_linked_la_DEPENDENCIES = tests/api/deepbind_other.la
tests_api_deepbind_early_la_SOURCES = tests/api/deepbind_early.c
tests_api_deepbind_early_la_CFLAGS = $(plain_CFLAGS)
tests_api_deepbind_early_la_LDFLAGS = $(module_LDFLAGS)
tests_api_deepbind_cxx_la_SOURCES = tests/api/deepbind_cxx.cc
tests_api_deepbind_cxx_la_CXXFLAGS = $(plain_CXXFLAGS)
tests_api_deepbind_cxx_la_LDFLAGS = $(module_LDFLAGS)
tests_api_cxx_local_lib_la_SOURCES = tests/api/cxx_local_lib.cc
tests_api_cxx_local_lib_la_CXXFLAGS = $(plain_CXXFLAGS)
tests_api_cxx_local_lib_la_LDFLAGS = $(module_LDFLAGS)
# Not by libtool, which links any C++ with the shared runtime.
tests/api/cxx_local_static_lib.so: tests/api/cxx_local_lib.cc tests/api/cxx_local.h
	@$(MKDIR_P) tests/api
	$(AM_V_CXXLD)$(CXX) $(AM_CPPFLAGS) $(plain_CXXFLAGS) $(CXXFLAGS) \
		-fPIC -shared -static-libstdc++ -o $@ $(srcdir)/tests/api/cxx_local_lib.cc
CLEANFILES += tests/api/cxx_local_static_lib.so
tests_api_early_lib_la_SOURCES = tests/api/early_lib.c
tests_api_early_lib_la_CFLAGS = $(plain_CFLAGS)
tests_api_early_lib_la_LDFLAGS = $(module_LDFLAGS)
tests_api_shim_lib_la_SOURCES = tests/api/shim_lib.c
tests_api_shim_lib_la_CFLAGS = $(plain_CFLAGS)
tests_api_shim_lib_la_LDFLAGS = $(module_LDFLAGS)
tests_api_tls_lib_la_SOURCES = tests/api/tls_lib.c
tests_api_tls_lib_la_CFLAGS = $(plain_CFLAGS)
tests_api_tls_lib_la_LDFLAGS = $(module_LDFLAGS)
tests_api_tls_static_lib_la_SOURCES = tests/api/tls_static_lib.c
tests_api_tls_static_lib_la_CFLAGS = $(plain_CFLAGS)
tests_api_tls_static_lib_la_LDFLAGS = $(module_LDFLAGS)

# SPDX-License-Identifier: MIT
# bench/trace: real programs' allocations, recorded and replayed. The recorder
# is a library to preload, pack makes a trace of what it left, and the replay
# is one of the loads.

check_PROGRAMS += bench/trace/pack bench/loads/trace
check_LTLIBRARIES += bench/trace/recorder.la
dist_check_SCRIPTS += bench/trace/record

bench_trace_pack_SOURCES = bench/trace/pack.c bench/trace/format.h

bench_trace_recorder_la_SOURCES = bench/trace/recorder.c bench/trace/format.h
bench_trace_recorder_la_CFLAGS = $(plain_CFLAGS) -ftls-model=initial-exec
bench_trace_recorder_la_LDFLAGS = $(module_LDFLAGS)

bench_loads_trace_SOURCES = bench/loads/trace.c $(bench_load_common) \
	bench/trace/format.h bench/trace/read.h \
	bench/trace/read.c bench/trace/info.c
bench_loads_trace_CFLAGS = $(bench_load_cflags)
bench_loads_trace_CPPFLAGS = $(AM_CPPFLAGS) -iquote $(srcdir)/bench/trace \
	-iquote $(srcdir)/bench/loads \
	-DTRACE_DIR='"$(abs_top_srcdir)/bench/trace/traces"'

EXTRA_DIST += \
	bench/trace/traces/README \
	bench/trace/traces/node.js \
	bench/trace/traces/python.py \
	bench/trace/traces/sqlite.sql \
	bench/trace/traces/gcc.trace.xz \
	bench/trace/traces/node.trace.xz \
	bench/trace/traces/python.trace.xz \
	bench/trace/traces/redis.trace.xz \
	bench/trace/traces/sqlite.trace.xz

# SPDX-License-Identifier: MIT
# tests/abuse: one sin each, and the line it ends with.

tests_abuse_programs = \
	tests/abuse/double_free \
	tests/abuse/double_free_threads \
	tests/abuse/interior \
	tests/abuse/foreign \
	tests/abuse/given \
	tests/abuse/corrupted \
	tests/abuse/corrupted_low \
	tests/abuse/use_after_free

check_PROGRAMS += $(tests_abuse_programs)
TESTS_ABUSE += $(tests_abuse_programs)

abuse_headers = tests/abuse/sin.h $(ktap_headers)

tests_abuse_double_free_SOURCES = tests/abuse/double_free.c $(abuse_headers)
tests_abuse_double_free_CFLAGS = $(plain_CFLAGS)
tests_abuse_double_free_threads_SOURCES = tests/abuse/double_free_threads.c $(abuse_headers)
tests_abuse_double_free_threads_CFLAGS = $(plain_CFLAGS)
tests_abuse_interior_SOURCES = tests/abuse/interior.c $(abuse_headers)
tests_abuse_interior_CFLAGS = $(plain_CFLAGS)
tests_abuse_foreign_SOURCES = tests/abuse/foreign.c $(abuse_headers)
tests_abuse_foreign_CFLAGS = $(plain_CFLAGS)
tests_abuse_given_SOURCES = tests/abuse/given.c $(abuse_headers)
tests_abuse_given_CFLAGS = $(plain_CFLAGS)
tests_abuse_corrupted_SOURCES = tests/abuse/corrupted.c $(abuse_headers)
tests_abuse_corrupted_CFLAGS = $(plain_CFLAGS)
# The same with its data where programs without -fpie have it: below the heap.
tests_abuse_corrupted_low_SOURCES = tests/abuse/corrupted.c $(abuse_headers)
tests_abuse_corrupted_low_CFLAGS = $(plain_CFLAGS) -fno-pie
tests_abuse_corrupted_low_LDFLAGS = -no-pie
tests_abuse_use_after_free_SOURCES = tests/abuse/use_after_free.c \
	tests/ktap_stats.h $(abuse_headers)
tests_abuse_use_after_free_CFLAGS = $(plain_CFLAGS)

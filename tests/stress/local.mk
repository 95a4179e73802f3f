# SPDX-License-Identifier: MIT
# tests/stress: much at once; a few seconds each here, long.sh for the night.

tests_stress_programs = \
	tests/stress/churn \
	tests/stress/successor \
	tests/stress/pipeline \
	tests/stress/init_race \
	tests/stress/fork_storm \
	tests/stress/generations \
	tests/stress/pattern \
	tests/stress/mix

check_PROGRAMS += $(tests_stress_programs)
TESTS_STRESS += $(tests_stress_programs)
dist_check_SCRIPTS += tests/stress/long.sh tests/stress/guarded.sh
CHECK_STRESS += tests/stress/long.sh tests/stress/guarded.sh

stress_headers = tests/stress/stress.h tests/stress/child.h $(ktap_headers)

tests_stress_churn_SOURCES = tests/stress/churn.c $(stress_headers)
tests_stress_churn_CFLAGS = $(plain_CFLAGS)
tests_stress_successor_SOURCES = tests/stress/successor.c $(stress_headers)
tests_stress_successor_CFLAGS = $(plain_CFLAGS)
tests_stress_pipeline_SOURCES = tests/stress/pipeline.c $(stress_headers)
tests_stress_pipeline_CFLAGS = $(plain_CFLAGS)
tests_stress_init_race_SOURCES = tests/stress/init_race.c $(stress_headers)
tests_stress_init_race_CFLAGS = $(plain_CFLAGS)
tests_stress_fork_storm_SOURCES = tests/stress/fork_storm.c $(stress_headers)
tests_stress_fork_storm_CFLAGS = $(plain_CFLAGS)
tests_stress_generations_SOURCES = tests/stress/generations.c $(stress_headers)
tests_stress_generations_CFLAGS = $(plain_CFLAGS)
tests_stress_pattern_SOURCES = tests/stress/pattern.c tests/ktap_stats.h \
	$(stress_headers)
tests_stress_pattern_CFLAGS = $(plain_CFLAGS)
tests_stress_mix_SOURCES = tests/stress/mix.c $(stress_headers)
tests_stress_mix_CFLAGS = $(plain_CFLAGS)

check_LTLIBRARIES += tests/stress/atfork_lib.la
tests_stress_atfork_lib_la_SOURCES = tests/stress/atfork_lib.c
tests_stress_atfork_lib_la_CFLAGS = $(plain_CFLAGS)
tests_stress_atfork_lib_la_LDFLAGS = $(module_LDFLAGS)

# Under a sanitizer, whose own malloc cannot be preloaded over: the same
# programs with the whole library linked in under other names.
if SANITIZE
linked_names = -Dmalloc=linked_malloc -Dcalloc=linked_calloc \
	-Drealloc=linked_realloc -Dfree=linked_free -Dcfree=linked_cfree \
	-Dmemalign=linked_memalign -Dposix_memalign=linked_posix_memalign \
	-Daligned_alloc=linked_aligned_alloc -Dvalloc=linked_valloc \
	-Dpvalloc=linked_pvalloc -Dreallocarray=linked_reallocarray \
	-Dmalloc_usable_size=linked_malloc_usable_size \
	-Dfree_sized=linked_free_sized -Dmalloc_trim=linked_malloc_trim \
	-Dfree_aligned_sized=linked_free_aligned_sized \
	-Dmallinfo=linked_mallinfo -Dmallinfo2=linked_mallinfo2 \
	-Dmalloc_info=linked_malloc_info -Dmalloc_stats=linked_malloc_stats \
	-Dmallopt=linked_mallopt -Dalias\(x\)=alias\(\"linked_free\"\)
linked_front = src/front/front.h src/front/exported.h \
	src/front/early.h src/front/early.c \
	src/front/deepbind.h src/front/deepbind.c \
	src/front/fast.c src/front/foreign.h src/front/foreign.c \
	src/front/start.c src/front/init.c \
	src/front/malloc.h src/front/malloc.c \
	src/front/calloc.c src/front/realloc.c src/front/aligned.c \
	src/front/fork.c src/front/trim.c \
	src/front/decide.h src/front/decide.c \
	src/front/round.h src/front/round.c \
	src/front/keeper.h src/front/keeper.c \
	src/front/slow.h src/front/slow.c \
	src/front/end.h src/front/end.c
linked_CPPFLAGS = $(AM_CPPFLAGS) $(linked_names) -DKTAP_LINKED
linked_CFLAGS = $(plain_CFLAGS) -Wno-missing-prototypes

tests_stress_linked = \
	tests/stress/linked_churn \
	tests/stress/linked_successor \
	tests/stress/linked_pipeline \
	tests/stress/linked_fork_storm \
	tests/stress/linked_mix

check_PROGRAMS += $(tests_stress_linked)
TESTS_UNIT += $(tests_stress_linked)

tests_stress_linked_churn_SOURCES = $(tests_stress_churn_SOURCES) \
	$(linked_front)
tests_stress_linked_churn_CPPFLAGS = $(linked_CPPFLAGS)
tests_stress_linked_churn_CFLAGS = $(linked_CFLAGS)
tests_stress_linked_churn_LDADD = libhakmem_core.la

tests_stress_linked_successor_SOURCES = $(tests_stress_successor_SOURCES) \
	$(linked_front)
tests_stress_linked_successor_CPPFLAGS = $(linked_CPPFLAGS)
tests_stress_linked_successor_CFLAGS = $(linked_CFLAGS)
tests_stress_linked_successor_LDADD = libhakmem_core.la

tests_stress_linked_pipeline_SOURCES = $(tests_stress_pipeline_SOURCES) \
	$(linked_front)
tests_stress_linked_pipeline_CPPFLAGS = $(linked_CPPFLAGS)
tests_stress_linked_pipeline_CFLAGS = $(linked_CFLAGS)
tests_stress_linked_pipeline_LDADD = libhakmem_core.la

tests_stress_linked_fork_storm_SOURCES = $(tests_stress_fork_storm_SOURCES) \
	$(linked_front)
tests_stress_linked_fork_storm_CPPFLAGS = $(linked_CPPFLAGS)
tests_stress_linked_fork_storm_CFLAGS = $(linked_CFLAGS)
tests_stress_linked_fork_storm_LDADD = libhakmem_core.la

tests_stress_linked_mix_SOURCES = $(tests_stress_mix_SOURCES) $(linked_front)
tests_stress_linked_mix_CPPFLAGS = $(linked_CPPFLAGS)
tests_stress_linked_mix_CFLAGS = $(linked_CFLAGS)
tests_stress_linked_mix_LDADD = libhakmem_core.la
endif

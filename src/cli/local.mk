# SPDX-License-Identifier: MIT
# The hakmem tool. The tool needs libc alone: if it were linked with the library,
# libtool would put a wrapper script at the top of the build tree instead.

bin_PROGRAMS += hakmem
hakmem_SOURCES = \
	src/cli/commands.def \
	src/cli/verdicts.def \
	src/cli/cli.h \
	src/cli/main.c \
	src/cli/say.c src/cli/say.h \
	src/cli/run.c \
	src/cli/heat.c src/cli/heat.h \
	src/cli/monitor.c src/cli/monitor.h \
	src/cli/process.c src/cli/process.h \
	src/cli/snapshot.c src/cli/snapshot.h \
	src/cli/show.c src/cli/show.h \
	src/cli/csv.c src/cli/csv.h \
	src/cli/timeline.c src/cli/timeline.h \
	src/cli/svg.c src/cli/svg.h \
	src/cli/library.c src/cli/library.h \
	src/cli/setting.c src/cli/setting.h \
	src/cli/verify.c src/cli/verify.h \
	src/cli/program.c src/cli/program.h \
	src/cli/elffile.c src/cli/elffile.h \
	src/cli/loader.c src/cli/loader.h \
	src/base/nodeset.c
hakmem_CPPFLAGS = $(AM_CPPFLAGS) \
	-DHAK_BINDIR='"$(bindir)"' -DHAK_LIBDIR='"$(libdir)"'

# completion.awk generates the completion for bash from the tables.
completionsdir = $(datadir)/bash-completion/completions
nodist_completions_DATA = src/cli/hakmem
src/cli/hakmem: src/base/table.awk src/cli/completion.awk \
		src/cli/commands.def src/base/options.def
	$(AM_V_GEN)$(MKDIR_P) src/cli && LC_ALL=C $(AWK) \
		-f $(srcdir)/src/base/table.awk \
		-f $(srcdir)/src/cli/completion.awk \
		$(srcdir)/src/cli/commands.def \
		$(srcdir)/src/base/options.def >$@.part && mv $@.part $@
EXTRA_DIST += src/cli/completion.awk src/base/table.awk
CLEANFILES += src/cli/hakmem src/cli/hakmem.part

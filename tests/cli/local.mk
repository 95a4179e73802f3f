# SPDX-License-Identifier: MIT
# The hakmem tool, as its users meet it.

tests_cli = \
	tests/cli/commands.sh \
	tests/cli/run.sh \
	tests/cli/library.sh \
	tests/cli/verify.sh \
	tests/cli/heat.sh \
	tests/cli/completion.sh

dist_check_SCRIPTS += $(tests_cli)
TESTS_CLI += $(tests_cli)
EXTRA_DIST += tests/cli/common.sh

# What tests/cli/heat.sh preloads in the library's stead, under its name.
check_LTLIBRARIES += tests/cli/heat_lib.la
tests_cli_heat_lib_la_SOURCES = tests/cli/heat_lib.c
tests_cli_heat_lib_la_LDFLAGS = $(module_LDFLAGS)

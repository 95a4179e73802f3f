# SPDX-License-Identifier: MIT
# The hakmem tool, as its users meet it.

tests_cli = \
	tests/cli/commands.sh \
	tests/cli/run.sh \
	tests/cli/library.sh \
	tests/cli/verify.sh \
	tests/cli/completion.sh

dist_check_SCRIPTS += $(tests_cli)
TESTS_CLI += $(tests_cli)
EXTRA_DIST += tests/cli/common.sh

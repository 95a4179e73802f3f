# SPDX-License-Identifier: MIT
# The tree and the library as files: no program is run on the library here.

tests_lint = \
	tests/lint/floors.sh \
	tests/lint/cycles.sh \
	tests/lint/locks.sh \
	tests/lint/journey.sh \
	tests/lint/only-here.sh \
	tests/lint/length.sh \
	tests/lint/headers.sh \
	tests/lint/words.sh \
	tests/lint/shell.sh \
	tests/lint/documented.sh \
	tests/lint/manual.sh \
	tests/lint/exported.sh \
	tests/lint/imported.sh \
	tests/lint/elf.sh \
	tests/lint/fastpath.sh \
	tests/lint/stack.sh

dist_check_SCRIPTS += $(tests_lint)
TESTS_LINT += $(tests_lint)
EXTRA_DIST += tests/lint/common.sh tests/lint/exported.txt \
	tests/lint/imported.txt tests/lint/spelling.txt \
	tests/lint/cycles.awk tests/lint/locks.awk tests/lint/journey.awk \
	tests/lint/fastpath.awk tests/lint/stack.awk

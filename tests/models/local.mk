# SPDX-License-Identifier: MIT
# Promela models of what happens between threads, explored whole by spin.

dist_check_SCRIPTS += \
	tests/models/superslab.sh \
	tests/models/remote.sh \
	tests/models/remote-deep.sh
TESTS_MODELS += \
	tests/models/superslab.sh \
	tests/models/remote.sh
CHECK_STRESS += tests/models/remote-deep.sh
EXTRA_DIST += \
	tests/models/common.sh \
	tests/models/superslab.pml \
	tests/models/remote.pml

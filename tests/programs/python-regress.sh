#!/bin/bash
# SPDX-License-Identifier: MIT
#
# python-regress.sh - a slice of CPython's own regression tests, every object
# by malloc. A module that fails is run again, alone and plain too: only one
# that passes plain is held against the library.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3
[ -x "$python" ] || ktap_skip_all "no $python here: apt-get install python3"
"$python" -c 'import test.test_list, test.test_fork1' 2>/dev/null ||
	ktap_skip_all "no tests here: apt-get install libpython3.11-testsuite"

# The longest first, so that two at a time end together.
modules="test_subprocess test_threading test_fork1
test_weakref test_set test_gc test_json
test_itertools test_os test_collections test_bytes test_tuple test_long
test_thread test_posix test_unicode test_heapq test_zlib test_ctypes
test_deque test_generators test_array test_userdict test_threading_local
test_re test_list test_dict test_struct test_ordered_dict test_iter test_sort
test_memoryview test_mmap test_copy test_string"

# regress MODULE...: two at a time, files in $work.
regress() {
	PYTHONMALLOC=malloc "$python" -m test -j2 --timeout 800 \
		--tempdir "$work" "$@"
}
export python
export -f regress

loads python3 "$python" -m test -j2 test_iter
# shellcheck disable=SC2086	# a list of modules
run hak regress $modules
cp "$work/hak.out" "$work/first.out"
for module in $modules; do
	if grep -qE "\] $module (passed|skipped)" "$work/first.out"; then
		ktap_ok "$module"
		continue
	fi
	run plain regress "$module"
	run hak regress -v "$module"
	if [ "$(cat "$work/plain.status")" != 0 ]; then
		ktap_skip "$module" "fails without the library too"
	elif [ "$(cat "$work/hak.status")" = 0 ]; then
		ktap_ok "$module (alone; failed beside the others)"
	else
		grep -E '^(FAIL|ERROR|.*Error|hakmem)|^  File' "$work/hak.out" |
			tail -n 15 >"$work/tail"
		note "$work/tail"
		note "$work/hak.err"
		ktap_not_ok "$module"
	fi
done
ktap_is "nothing from the library" \
	"$(grep -hE 'hakmem:|LD_PRELOAD' "$work/first.out" "$work/hak.err")" ""
ktap_done

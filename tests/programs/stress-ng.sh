#!/bin/bash
# SPDX-License-Identifier: MIT
#
# stress-ng.sh - stress-ng: its memory and process stressors, each of them
# checking what it reads back; a fault in any worker fails its row.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need stress-ng stress-ng

# A row: what it is, then the options. Untouched: when nobody has used brk (glibc
# with mmap_threshold=1 does as well) the brk stressor faults on its own page.
rows="
malloc, 4 threads	--malloc 2 --malloc-pthreads 2 --malloc-touch
malloc, small blocks	--malloc 2 --malloc-bytes 2K --malloc-max 20000
malloc, zeroed free	--malloc 1 --malloc-zerofree --malloc-bytes 1M
bigheap by realloc	--bigheap 1 --bigheap-growth 1M
brk	--brk 1 --brk-notouch
stack and brk	--stack 1 --brk 1 --brk-notouch
mmap	--mmap 1 --mmap-bytes 32M --mmap-mprotect
mremap	--mremap 1 --mremap-bytes 16M
madvise	--madvise 1
mlock	--mlock 1
munmap of a child	--munmap 1
fork and vfork	--fork 1 --vfork 1
clone	--clone 1
threads	--pthread 1 --pthread-max 64
tree and list	--tree 1 --list 1
search and sort	--qsort 1 --hsearch 1
matrix	--matrix 1 --vecmath 1
signals while allocating	--sigsegv 1 --malloc 1
"

# row NAME OPTION...: a worker's child that dies is only a word in the debug
# output; and a line that is not stress-ng's is the allocator's or libc's.
row() {
	local name=$1 bad=0

	shift
	run hak stress-ng -v --verify --no-rand-seed --oom-avoid -t 1 \
		--temp-path "$work" "$@"
	cat "$work/hak.out" "$work/hak.err" >"$work/log"
	if [ "$(cat "$work/hak.status")" != 0 ] ||
		grep -qE '(fail|error): +\[|child died|terminated on signal' \
			"$work/log" || grep -qv '^stress-ng: ' "$work/log"; then
		bad=1
		ktap_msg "status $(cat "$work/hak.status")"
		tail -n 15 "$work/log" >"$work/tail"
		note "$work/tail"
	fi
	verdict "$bad" "$name"
}

loads stress-ng stress-ng --version
while IFS=$'\t' read -r name options; do
	[ -n "$name" ] || continue
	# shellcheck disable=SC2086	# a list of options
	row "$name" $options
done <<<"$rows"
ktap_done

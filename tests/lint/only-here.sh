#!/bin/bash
# SPDX-License-Identifier: MIT
# Some things may be done in one place only, so that one place can be read.
. "$(dirname "$0")/common.sh"

sources=$(mktemp) || exit 1
trap 'rm -f "$sources"' EXIT
library_sources | code_of_list >"$sources"

# only_here WHAT WHERE PATTERN: WHERE is a pattern of file names.
only_here() {
	lint_empty "$1 only in ${2//|/, }" \
		"$(grep -E "^[^:]*:[0-9]+:.*($3)" "$sources" | grep -Ev "^($2)")"
}

# call NAMES: a pattern for calls of these functions, libc's or those of sys.h,
# or of their numbers.
call() {
	printf '(^|[^a-zA-Z0-9_])(sys_)?(%s)[ \t]*\\(|(SYS|__NR)_(%s)\\>' "$1" "$1"
}

sys='src/base/sys\.h'
only_here "system calls by number" "arch/|$sys" \
	'\<arch_syscall[ \t]*\(|\<(SYS|__NR)_'
only_here "mmap, munmap, mremap, mprotect" "$sys|src/os/map\.c" \
	"$(call 'mmap|munmap|mremap|mprotect|brk|sbrk')"
only_here "madvise" "$sys|src/os/" "$(call 'madvise|process_madvise')"
only_here "mbind and its kin" "$sys|numa/" \
	"$(call 'mbind|move_pages|get_mempolicy|set_mempolicy|migrate_pages')"
only_here "prctl" "$sys|src/front/(exported\.h|prctl\.c)" \
	'(^|[^a-zA-Z0-9_])(sys_)?prctl[ \t]*\('
only_here "io_uring" 'src/os/ring\.c' '(SYS|__NR)_io_uring|io_uring_'
only_here "userfaultfd" "$sys|src/os/uffd\.c" "$(call userfaultfd)"
only_here "abort" 'src/base/fault\.c' "$(call 'abort|_exit|exit|raise|kill')"
only_here "the environment" 'src/base/options\.c' \
	"\\<environ\\>|$(call 'getenv|secure_getenv')"
only_here "errno is set" 'src/front/' '\<errno[ \t]*=[^=]'
only_here "pthread_create" 'src/os/birth\.c' "$(call pthread_create)"
only_here "pthread_atfork" 'src/front/fork\.c' "$(call 'pthread_atfork|__register_atfork')"
only_here "assembler" 'arch/' '\<(__asm__|__asm|asm)\>'
only_here "#if" 'arch/|src/base/compiler\.h|src/base/hakmem\.h' \
	'#[ \t]*(if|ifdef|ifndef|elif)\>'
lint_empty "hakmem.h asks only for C++ and for the writer" "$(grep '^src/base/hakmem\.h:' "$sources" |
	grep -E '#[ \t]*(if|ifdef|ifndef|elif)\>' | grep -vE '__cplusplus|HAKMEM_H|HAKMEM_FIELD')"
only_here "dlsym" 'src/front/' "$(call 'dlsym|dlvsym')"
lint_empty "no stdio, no exit handlers" "$(grep -E \
	"$(call '[a-z]*printf|fopen|fputs|puts|perror|dlopen|dlerror|atexit|__cxa_atexit')" \
	"$sources")"

ktap_done

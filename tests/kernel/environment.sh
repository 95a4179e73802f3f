#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# environment.sh - what a process may inherit: address space layouts, loader
# tunables, one CPU, a core limit, set-user-id; all of it works and is quiet.
#
# Hazards 11, 43, 60, 62, 65.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
lib=${HAKMEM_LIB:-}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
chmod 755 "$tmp"

# quiet NAME COMMAND...: exit status 0 and not a byte of output
quiet() {
	local name=$1 out
	shift
	out=$(LD_PRELOAD=$lib "$@" 2>&1)
	ktap_is "$name" "$? ${out:-silent}" "0 silent"
}

quiet "no address randomisation" setarch -R "$work" mix 2000
quiet "legacy layout" setarch -L "$work" mix 2000
quiet "3 GB layout" setarch -3 "$work" mix 2000
quiet "read implies exec" setarch -X "$work" mix 2000
quiet "unlimited stack" bash -c "ulimit -s unlimited; exec '$work' mix 2000"
quiet "small stack" bash -c "ulimit -s 64; exec '$work' mix 2000"
quiet "one CPU" taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
	"$work" mix 2000
quiet "no rseq" env GLIBC_TUNABLES=glibc.pthread.rseq=0 "$work" mix 2000
quiet "tunables of glibc's own malloc" \
	env GLIBC_TUNABLES=glibc.malloc.check=3:glibc.malloc.arena_max=1 \
	MALLOC_ARENA_MAX=1 MALLOC_PERTURB_=85 "$work" mix 2000
quiet "an empty environment" env -i LD_PRELOAD="$lib" "$work" mix 2000

core() {
	local kib limit size
	case $(cat /proc/sys/kernel/core_pattern) in
	*[/\|]*) ktap_skip "core dump" "cores go elsewhere here" && return ;;
	esac
	kib=$(cd "$tmp" && ulimit -c unlimited &&
		LD_PRELOAD=$lib "$work" crash 64 2>/dev/null)
	size=$(cat "$tmp"/core* 2>/dev/null | wc -c)
	if [ "$size" -eq 0 ]; then
		ktap_skip "core dump" "none was written"
		return
	fi
	# what was given back lies in it as holes; a reservation would be more
	limit=$((kib * 3 / 2 + 65536))
	ktap_msg "core $((size >> 10)) KiB, resident $kib KiB"
	ktap_test "core dump holds no reservation" \
		[ $((size >> 10)) -le "$limit" ]
}
work=$(realpath "$work")
core

# A set-user-id program has the library by linking; its options must be deaf, also
# if they are read before libc has begun.
secure() {
	local name="options are ignored in a set-user-id program" loud out
	if [ -z "$lib" ] || [ "$(id -u)" -ne 0 ]; then
		ktap_skip "$name" "needs root and HAKMEM_LIB"
		return
	fi
	cp "$lib" "$tmp/lib.so" && chmod 755 "$tmp/lib.so"
	cat >"$tmp/t.c" <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		#include <sys/auxv.h>
		static void *early;
		static int have(void)
		{
			return early != NULL;
		}
		__attribute__((used)) static int (*resolve(void))(void)
		{
			early = malloc(100);
			return have;
		}
		int answer(void) __attribute__((ifunc("resolve")));
		int main(void)
		{
			printf("%lu\n", getauxval(AT_SECURE));
			return !malloc(100) || !answer();
		}
	END
	if ! "${CC:-cc}" -o "$tmp/t" "$tmp/t.c" -Wl,--no-as-needed \
		"$tmp/lib.so" -Wl,-rpath,"$tmp" 2>/dev/null; then
		ktap_skip "$name" "no compiler"
		return
	fi
	ln -s lib.so "$tmp/$(objdump -p "$tmp/lib.so" |
		sed -n 's/ *SONAME *//p')"
	loud=$(HAKMEM_HUGE=foo "$tmp/t" 2>&1)
	if [ "${loud#hakmem:}" = "$loud" ]; then
		ktap_skip "$name" "not hakmem"
		return
	fi
	chown 65534 "$tmp/t" && chmod 4755 "$tmp/t"
	out=$(HAKMEM_HUGE=foo "$tmp/t" 2>&1)
	case $out in
	0*) ktap_skip "$name" "set-user-id has no effect here" ;;
	*) ktap_is "$name" "$out" 1 ;;
	esac
}
secure
ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hakmem run --verify runs what the library takes effect in, and refuses, with
# the reason and an advice, what it does not; a refused program never starts.
# shellcheck disable=SC2012,SC2016,SC2154,SC2317
set -u
# shellcheck source=tests/cli/common.sh
. "${top_srcdir:-.}/tests/cli/common.sh" || exit 1

cc=${CC:-cc}
# shellcheck disable=SC2086
compile() {
	local out=$1
	shift
	$cc -O1 -o "$out" "$@" >/dev/null 2>&1
}

# refused NAME PATTERN CMD...: 125, the pattern said, and CMD did not run.
refused() {
	local name=$1 pattern=$2
	shift 2
	rm -f ran
	says "$name: says why" "$pattern" "$(errors "$hakmem" run --verify -- "$@")"
	ktap_is "$name: 125" "$(status "$hakmem" run --verify -- "$@")" 125
	ktap_is "$name: is not run" "$(ls ran 2>/dev/null)" ""
}

cat >prog.c <<'END'
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	FILE *f = fopen("ran", "w");
	void *p = malloc(10);

	free(p);
	return !f || fclose(f) ? 9 : 3;
}
END
compile prog prog.c || ktap_skip_all "no compiler $cc"

# --- what is fine
ktap_is "a dynamic program runs" "$(status "$hakmem" run --verify -- ./prog)" 3
ktap_is "found in PATH" \
	"$(PATH=$work:$PATH status "$hakmem" run --verify prog)" 3
printf '#!%s/prog\n' "$work" >script
printf '#!/usr/bin/env -S prog x\n' >env-script
printf 'exit 4\n' >text
chmod +x script env-script text
ktap_is "a script" "$(status "$hakmem" run --verify -- ./script)" 3
ktap_is "a script of env" \
	"$(PATH=$work:$PATH status "$hakmem" run --verify -- ./env-script)" 3
ktap_is "text without #!" "$(status "$hakmem" run --verify -- ./text)" 4
ktap_is "nothing is said" "$(errors "$hakmem" run --verify -- ./prog)" ""
says "with -v the evidence is" " [1-9]* objects take malloc from it" \
	"$(errors "$hakmem" run -v --verify -- ./prog)"
says "of the script's program" "./script runs $work/prog" \
	"$(errors "$hakmem" run -v --verify -- ./script)"

# --- statuses of what cannot run at all
ktap_is "missing: 127" "$(status "$hakmem" run --verify -- ./nothing)" 127
touch plain
ktap_is "not executable: 126" "$(status "$hakmem" run --verify ./plain)" 126
ktap_is "not executable in PATH: 126" \
	"$(PATH=$work:$PATH status "$hakmem" run --verify plain)" 126
printf '#!/nothing/here\n' >orphan
chmod +x orphan
ktap_is "script without its interpreter: 127" \
	"$(status "$hakmem" run --verify -- ./orphan)" 127
printf '#!%s/loop\n' "$work" >loop
chmod +x loop
ktap_is "a script that is its own interpreter: 126" \
	"$(status "$hakmem" run --verify -- ./loop)" 126

# --- what the library takes no effect in
if compile static -static prog.c; then
	refused "static program" "statically linked" ./static
	printf '#!%s/static\n' "$work" >static-script
	chmod +x static-script
	refused "script of a static one" "statically linked" ./static-script
	printf '#!/usr/bin/env static\n' >static-env
	chmod +x static-env
	PATH=$work:$PATH refused "env script of it" "statically linked" ./static-env
else
	ktap_skip "static program" "no static libc (libc6-dev)"
fi
if compile static-pie -static-pie prog.c; then
	refused "static-pie program" "statically linked" ./static-pie
else
	ktap_skip "static-pie program" "no static libc (libc6-dev)"
fi
cp prog setuid && chmod u+s setuid
refused "setuid program" "setuid" ./setuid
cp prog setgid && chmod g+s setgid
refused "setgid program" "setgid" ./setgid
cp prog caps
if setcap cap_net_raw+ep caps 2>/dev/null; then
	refused "program with capabilities" "capabilities" ./caps
else
	ktap_skip "program with capabilities" "needs root and setcap (libcap2-bin)"
fi
if [ "$(id -u)" -ne 0 ]; then
	cp prog unreadable && chmod 0111 unreadable
	refused "unreadable program" "cannot be read" ./unreadable
else
	ktap_skip "unreadable program" "root reads everything"
fi
head -c 4096 /dev/zero >zeros && chmod +x zeros
refused "neither ELF nor script" "neither" ./zeros
head -c 40 prog >short && chmod +x short
refused "cut ELF file" "neither" ./short
# Byte 18 is e_machine: 0x28 is 32-bit ARM; byte 4 is the class.
cp prog arm && printf '\x28\x00' | dd of=arm bs=1 seek=18 conv=notrunc status=none
refused "another machine's" "another machine" ./arm
cp prog narrow && printf '\x01' | dd of=narrow bs=1 seek=4 conv=notrunc status=none
refused "another class" "another machine" ./narrow
if compile musl prog.c -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1; then
	refused "musl's loader" "not linked with glibc" ./musl
else
	ktap_skip "musl's loader" "the linker sets no loader"
fi
if compile orphan-elf prog.c -Wl,--dynamic-linker=/nothing/ld-linux.so.2; then
	refused "a loader that is not there" "cannot be run" ./orphan-elf
else
	ktap_skip "a loader that is not there" "the linker sets no loader"
fi
cat >own.c <<'END'
#include <stddef.h>
static char heap[1 << 20];
static size_t used;
void *malloc(size_t n) { used += 64; return n > 64 ? NULL : heap + used; }
void free(void *p) { (void)p; }
END
if compile own prog.c own.c -fno-builtin; then
	refused "a malloc of its own" "defines malloc itself" ./own
else
	ktap_skip "a malloc of its own" "does not compile"
fi

# --- a library that the loader refuses
echo 'not a library' >broken.so
cp "$lib" other.so
printf '\x28\x00' | dd of=other.so bs=1 seek=18 conv=notrunc status=none
ktap_is "a broken library: 125" \
	"$(HAKMEM_LIB=broken.so status "$hakmem" run --verify -- ./prog)" 125
says "and why" "not a valid ELF file" \
	"$(HAKMEM_LIB=broken.so errors "$hakmem" run --verify -- ./prog)"
ktap_is "a library of another machine: 125" \
	"$(HAKMEM_LIB=other.so status "$hakmem" run --verify -- ./prog)" 125
head -c 4096 "$lib" >cut.so
ktap_is "a cut library: 125" \
	"$(HAKMEM_LIB=cut.so status "$hakmem" run --verify -- ./prog)" 125
if compile gone.so -shared -fPIC -xc /dev/null &&
	compile needy.so -shared -fPIC -xc /dev/null -xnone -Wl,--no-as-needed \
		-L. -l:gone.so; then
	rm gone.so
	ktap_is "a library that lacks another: 125" "$(HAKMEM_LIB=needy.so \
		status "$hakmem" run --verify -- ./prog)" 125
	says "and the loader's words" "gone.so => not found" \
		"$(HAKMEM_LIB=needy.so errors "$hakmem" run --verify -- ./prog)"
else
	ktap_skip "a library that lacks another: 125" "does not compile"
fi
if compile nothing.so -shared -fPIC -xc /dev/null; then
	ktap_is "a library without malloc: 125" "$(HAKMEM_LIB=nothing.so \
		status "$hakmem" run --verify -- ./prog)" 125
else
	ktap_skip "a library without malloc: 125" "does not compile"
fi
ktap_is "none of these ran" "$(ls ran 2>/dev/null)" ""
ktap_done

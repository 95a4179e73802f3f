#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gcc.sh - gcc: a large generated C file to assembly, object and program, and
# make with two jobs; all byte for byte the same.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need gcc gcc
need make make
need awk mawk

awk 'BEGIN {
	print "#include <stdio.h>\n#include <string.h>"
	for (i = 0; i < 120; i++) {
		printf "struct s%d { int a[%d]; double d; struct s%d *next; };\n",
			i, i % 13 + 1, i
		printf "static const char *const t%d[] = {", i
		for (j = 0; j < 20; j++)
			printf "\"text %d of %d\",", j, i
		printf "};\n__attribute__((noinline)) unsigned f%d(unsigned x,", i
		printf " struct s%d *p)\n{\n\tunsigned i, sum = x;\n", i
		printf "\tfor (i = 0; i < x %% 20; i++) {\n\t\tswitch (sum %% 17) {\n"
		for (j = 0; j < 17; j++)
			printf "\t\tcase %d: sum = sum * %d + t%d[i][%d]; break;\n",
				j, i * 17 + j + 1, i, j % 9
		print "\t\t}\n\t\tif (p)\n\t\t\tp->a[0] += sum, p->d *= 1.5;\n\t}"
		print "\treturn sum ^ (p ? (unsigned)p->d : 7u);\n}"
	}
	print "int main(void)\n{\n\tunsigned sum = 1;"
	for (i = 0; i < 120; i++)
		printf "\t{ struct s%d s; memset(&s, 0, sizeof s); s.d = %d;" \
			" sum += f%d(sum, &s); }\n", i, i, i
	print "\tprintf(\"%u\\n\", sum);\n\treturn 0;\n}"
}' >"$work/big.c"

build() {
	gcc -O2 -pipe -c -g "$work/big.c" -o big.o && cksum <big.o &&
		gcc big.o -o big && ./big && cksum <big
}

jobs_of_make() {
	awk 'BEGIN { print "all:" ; for (i = 0; i < 12; i++) {
		f = "m" i ".c"; printf "int g%d(int x) { return x * %d; }\n", i, i > f
		printf "all: m%d.o\n", i } }' >Makefile
	make -s -j2 && cat ./*.o | cksum
}

echo 'int main(void) { }' >"$work/small.c"
loads "gcc cc1 as collect2 ld" gcc "$work/small.c"
same "a large C file, -O2 -g, linked and run" build
awk 'BEGIN { for (i = 0; i < 30000; i++)
	printf "#define M%d(x, y) ((x) + M%d(y, x))\n", i, i + 1
	print "int i = M29990(1, 2);" }' >"$work/macros.c"
same "preprocess, 30,000 macros" gcc -E -dD -P "$work/macros.c"
same "make with two jobs" jobs_of_make
ktap_done

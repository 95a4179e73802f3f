#!/bin/bash
# SPDX-License-Identifier: MIT
#
# java.sh - openjdk: javac, then a program with threads, collections, direct
# buffers and zlib; once with native memory tracking, which puts a header
# before every block.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need javac default-jdk-headless
need java default-jdk-headless

compile() {
	javac -J-Xmx256m -d . "$1" && cksum ./*.class
}

loads java java -Xmx64m -Xshare:auto -version
same "javac, equal class files" compile "$here/Load.java"
mv "$work/run" "$work/classes"
same "threads, collections, direct buffers" \
	java -Xmx128m -cp "$work/classes" Load
same "native memory tracking, parallel collector" \
	java -Xmx128m -XX:NativeMemoryTracking=detail -XX:+UseParallelGC \
	-cp "$work/classes" Load
ktap_done

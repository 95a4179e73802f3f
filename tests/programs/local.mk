# SPDX-License-Identifier: MIT
# Real programs, plain and under the library: the short ones first.

tests_programs = \
	tests/programs/smoke.sh \
	tests/programs/others.sh \
	tests/programs/shell.sh \
	tests/programs/perl.sh \
	tests/programs/python.sh \
	tests/programs/php.sh \
	tests/programs/sqlite3.sh \
	tests/programs/git.sh \
	tests/programs/gcc.sh \
	tests/programs/gxx.sh \
	tests/programs/node.sh \
	tests/programs/java.sh \
	tests/programs/memcached.sh \
	tests/programs/redis.sh \
	tests/programs/redis_bgsave.sh \
	tests/programs/postgresql.sh \
	tests/programs/mariadb.sh \
	tests/programs/stress-ng.sh \
	tests/programs/python-regress.sh

dist_check_SCRIPTS += $(tests_programs)
TESTS_PROGRAM += $(tests_programs)
EXTRA_DIST += tests/programs/lib.sh tests/programs/redis_server.sh \
	tests/programs/PACKAGES \
	tests/programs/python.py tests/programs/perl.pl tests/programs/php.php \
	tests/programs/node.js tests/programs/Load.java

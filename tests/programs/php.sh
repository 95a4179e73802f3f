#!/bin/bash
# SPDX-License-Identifier: MIT
#
# php.sh - php, whose modules are loaded with RTLD_DEEPBIND: a part of php.php for
# each of those that are installed, with php's own heap and without.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need php php-cli
modules=" $(php -m | tr '\n' ' ') core "

loads php php -r 'echo 1;'
for part in core FFI pcntl zlib openssl pdo_sqlite:php-sqlite3 \
	pdo_mysql:php-mysql dom:php-xml xsl:php-xml mbstring:php-mbstring \
	intl:php-intl; do
	package=${part#*:}
	part=${part%:*}
	case $modules in
	*" $part "*) ;;
	*)
		ktap_skip "$part" "apt-get install $package"
		continue
		;;
	esac
	same "$part" php "$here/php.php" "$part"
	same "$part, every block by malloc" \
		env USE_ZEND_ALLOC=0 php "$here/php.php" "$part"
done
# shellcheck disable=SC2016
same "start and end, 20 times" bash -c '
	for n in $(seq 20); do php -r "echo $n;"; done'
ktap_done

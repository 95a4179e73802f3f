#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mariadb.sh - MariaDB: mariadb-install-db, the server with a thread for each
# session, mariadb-slap, large rows, a crash and its recovery; the same answers
# as plain. Runs as an unprivileged user on a socket in its own directory.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

PATH=$PATH:/usr/sbin
need mariadbd mariadb-server
need mariadb-install-db mariadb-server
need mariadb mariadb-client
need mariadb-slap mariadb-client

# The server may not be root, nor may who reads its data.
as=()
user=$(id -un)
if [ "$(id -u)" = 0 ]; then
	need setpriv util-linux
	user=nobody
	as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	chmod 755 "$work"
	if [ -n "$lib" ]; then
		cp -L "$lib" "$work/${lib##*/}"
		chmod 755 "$work/${lib##*/}"
		lib=$work/${lib##*/}
		preload=(env LD_PRELOAD="$lib")
	fi
fi

cat >"$work/queries" <<'SQL'
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, k INT, name VARCHAR(40), data MEDIUMBLOB,
	KEY (k), KEY (name));
INSERT INTO t SELECT seq, seq * 7919 % 10007, CONCAT('name', seq * 31 % 997),
	REPEAT('x', seq % 200) FROM seq_1_to_30000;
CREATE TABLE m ENGINE = MyISAM SELECT id, name FROM t;
SELECT COUNT(*), SUM(k), MAX(name), SUM(LENGTH(data)) FROM t;
SELECT MD5(GROUP_CONCAT(a.id ORDER BY a.id)) FROM t a JOIN m b
	ON a.name = b.name AND a.id = b.id + 997;
SELECT name, COUNT(*) FROM t GROUP BY name ORDER BY 2 DESC, 1 LIMIT 3;
UPDATE t SET data = REPEAT('y', 300), name = UPPER(name) WHERE k % 5 = 0;
INSERT INTO t SELECT 40000 + seq, 0, 'long', REPEAT(seq, 1000000)
	FROM seq_1_to_8;
SELECT MD5(GROUP_CONCAT(MD5(data) ORDER BY id)) FROM t WHERE name = 'long';
DELETE FROM t WHERE id % 3 = 0;
SELECT JSON_LENGTH(JSON_ARRAYAGG(JSON_OBJECT('k', k))) FROM t WHERE k < 900;
ALTER TABLE t ADD INDEX (data(20)), ROW_FORMAT = COMPRESSED;
CHECK TABLE t, m;
SQL

client() {
	timeout "$limit" mariadb --no-defaults -N -u root \
		-S "$work/db/socket" "$@" 2>&1
}

# start MODE: the server; $pid, and its log in MODE.log.
start() {
	local n how=()

	[ "$1" = plain ] || how=("${preload[@]}")
	"${as[@]}" "${how[@]}" mariadbd --no-defaults --datadir="$work/db/data" \
		--socket="$work/db/socket" --pid-file="$work/db/pid" \
		--skip-networking --tmpdir="$work/db" --innodb-log-file-size=16M \
		--innodb-buffer-pool-size=32M --innodb-use-native-aio=0 \
		--innodb-flush-method=nosync --group-concat-max-len=9000000 \
		--max-allowed-packet=64M >>"$work/$1.log" 2>&1 &
	pid=$!
	servers+=("$pid")
	for ((n = 0; n < 3000; n++)); do
		client -e 'SELECT 1' >"$work/ping" && return
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	note "$work/$1.log"
	ktap_bail "mariadbd did not start"
}

# session MODE: a life of the server on a fresh copy of what is installed.
session() {
	rm -rf "$work/db/data"
	cp -a "$work/db/installed" "$work/db/data"
	start "$1"
	mapped "$pid"
	loaded=$?
	client -f <"$work/queries"
	timeout "$limit" mariadb-slap --no-defaults -u root -S "$work/db/socket" \
		--silent --concurrency=12 --number-of-queries=3000 \
		--auto-generate-sql --auto-generate-sql-load-type=mixed 2>&1
	echo "mariadb-slap: $?"
	{ kill -KILL "$pid" && await "$pid"; } 2>/dev/null
	servers=()
	start "$1"	# recovers from the log
	client -e 'SELECT COUNT(*), MD5(GROUP_CONCAT(id ORDER BY id)) FROM d.t'
	kill -TERM "$pid"
	await "$pid"
	echo "mariadbd: $?"
	servers=()
}

mkdir "$work/db"
[ "$user" != nobody ] || chown nobody "$work/db"
timeout "$limit" "${as[@]}" "${preload[@]}" mariadb-install-db --no-defaults \
	--datadir="$work/db/installed" --skip-test-db --innodb-flush-method=nosync \
	--auth-root-authentication-method=normal >"$work/hak.log" 2>&1
verdict $? mariadb-install-db
for mode in plain hak; do
	session "$mode" >"$work/$mode.out"
done
verdict "$loaded" "mariadbd: library loaded"
ktap_is "both runs come to their end" \
	"$(grep -c '^mariadb.*: 0$' "$work/plain.out")" 2
agree out
verdict $? "the same answers and status"
ktap_is "log without complaints" \
	"$(grep -E 'ERROR|signal|hakmem:|ld\.so' "$work/hak.log")" ""
ktap_done

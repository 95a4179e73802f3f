#!/bin/bash
# SPDX-License-Identifier: MIT
#
# sqlite3.sh - sqlite3: a large table, indexes, joins, deletion, vacuum, and
# the same in memory.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need sqlite3 sqlite3

cat >"$work/load.sql" <<'SQL'
PRAGMA journal_mode = wal;
PRAGMA cache_size = -20000;
CREATE TABLE t (id INTEGER PRIMARY KEY, k INT, name TEXT, data BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 100000)
	INSERT INTO t SELECT i, i * 7919 % 10007, 'name' || (i * 31 % 997),
	zeroblob(i % 200) FROM n;
CREATE INDEX t_k ON t (k);
CREATE INDEX t_name ON t (name, k);
CREATE TABLE u AS SELECT DISTINCT k, k % 100 AS g FROM t;
SELECT count(*), sum(k), max(name), sum(length(data)) FROM t;
SELECT g, count(*), min(t.id) FROM t JOIN u USING (k) GROUP BY g ORDER BY g;
SELECT name, group_concat(id) FROM t WHERE k < 40 GROUP BY name ORDER BY 1;
SELECT count(*) FROM (SELECT id, row_number() OVER (PARTITION BY name
	ORDER BY k) AS r FROM t) WHERE r < 20;
UPDATE t SET data = zeroblob(300), name = upper(name) WHERE k % 5 = 0;
DELETE FROM t WHERE id % 3 = 0;
SELECT count(*), total(length(data)) FROM t WHERE name LIKE 'NAME1%';
VACUUM;
PRAGMA integrity_check;
SELECT count(*) FROM t WHERE name GLOB '*[0-9]7';
SELECT json_group_array(x) FROM (SELECT json_extract(json_object('v', k),
	'$.v') AS x FROM t ORDER BY id LIMIT 500);
SQL

loads sqlite3 sqlite3 :memory: 'SELECT 1'
same "on disk" sqlite3 -bail t.db ".read $work/load.sql" '.sha3sum'
same "in memory" sqlite3 -bail :memory: ".read $work/load.sql" '.sha3sum'
ktap_done

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# postgresql.sh - PostgreSQL: initdb, the server with a process for each
# session, pgbench, a parallel query, a crash and its recovery. Runs as an
# unprivileged user on a socket in its own directory.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

bin=
for dir in "$(pg_config --bindir 2>/dev/null)" /usr/lib/postgresql/*/bin; do
	[ ! -x "$dir/initdb" ] || [ ! -x "$dir/pgbench" ] || bin=$dir
done
[ -n "$bin" ] || ktap_skip_all "no initdb here: apt-get install postgresql"

# The server refuses root; another user must reach the library as well.
as=()
if [ "$(id -u)" = 0 ]; then
	need setpriv util-linux
	as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	chmod 755 "$work"
	if [ -n "$lib" ]; then
		cp -L "$lib" "$work/${lib##*/}"
		chmod 755 "$work/${lib##*/}"
		lib=$work/${lib##*/}
		preload=(env LD_PRELOAD="$lib")
	fi
	mkdir "$work/db"
	chown nobody "$work/db"
	as=("${as[@]}" "${preload[@]}")
else
	mkdir "$work/db"
	as=("${preload[@]}")
fi
cd "$work/db" || exit 1
export PGHOST=$work/db PGDATABASE=postgres PGUSER=test

progress="(dropping|creating|generating|vacuuming|done in)"

# step NAME CMD...: status 0 and nothing on standard error but progress.
step() {
	local name=$1

	shift
	timeout -k 5 "$limit" "${as[@]}" "$@" >"$work/out" 2>"$work/err"
	verdict $? "$name"
	grep -vE "^NOTICE: .*skipping|^$progress|^[0-9]+ of [0-9]+ tuples" \
		"$work/err" >"$work/left"
	ktap_is "$name: nothing on standard error" "$(cat "$work/left")" ""
}

start() {
	local n

	"${as[@]}" "$bin/postgres" -D data -k "$work/db" -c listen_addresses= \
		-c fsync=off -c shared_buffers=16MB -c max_connections=20 \
		-c dynamic_shared_memory_type=mmap >"$work/log" 2>&1 &
	pid=$!
	servers+=("$pid")
	for ((n = 0; n < 1200; n++)); do
		"$bin/pg_isready" -q && return
		sleep 0.1
	done
	note "$work/log"
	ktap_bail "postgres did not start"
}

step initdb "$bin/initdb" -D data -A trust -U test --no-sync --no-locale -E UTF8
start
mapped "$pid"
verdict $? "postgres: library loaded"
step "pgbench fills" "$bin/pgbench" -i -q -s 3
step "pgbench, 8 clients" "$bin/pgbench" -n -c 8 -j 2 -t 150
step "queries" "$bin/psql" -qAt -v ON_ERROR_STOP=1 -c "
	SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SELECT count(*), sum(aid), md5(string_agg(filler || aid, ','
		ORDER BY aid)) FROM pgbench_accounts WHERE aid % 7 = 0;
	CREATE INDEX i ON pgbench_accounts (md5(aid::text));
	SELECT count(*) FROM pgbench_accounts a JOIN pgbench_accounts b
		ON md5(a.aid::text) = md5((b.aid + 1)::text);
	SELECT jsonb_agg(jsonb_build_object('n', n)) @> '[{\"n\": 777}]'
		FROM generate_series(1, 5000) n"
ktap_is "their result" "$(tail -n 3 "$work/out" | tr '\n' ' ')" \
	"42857|6428678571|8cff798af11b436970395c896773654d 299999 t "
kill -QUIT "$pid"	# immediate: the next start recovers from the log
await "$pid"
servers=()
start
step "after a crash" "$bin/psql" -qAt -c "SELECT count(*) FROM pgbench_history"
ktap_is "all transactions are there" "$(cat "$work/out")" 1200
kill -INT "$pid"
await "$pid"
ktap_is "postgres ends with status 0" $? 0
servers=()
ktap_is "log without complaints" \
	"$(grep -E 'PANIC|ERROR|signal|hakmem:|ld\.so' "$work/log")" ""
ktap_done

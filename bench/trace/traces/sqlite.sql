-- SPDX-License-Identifier: MIT
-- sqlite.sql - what sqlite.trace.xz did: create, insert, index, join.
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INT, total REAL, note TEXT);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
INSERT INTO customer SELECT i, 'customer ' || i, 'city ' || (i * 31 % 97) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
INSERT INTO orders SELECT i, i * 7919 % 4001, i * 31 % 1000 / 7.0,
	printf('note %d of %s', i, hex(i * 65537)) FROM n;
COMMIT;
CREATE INDEX of_customer ON orders (customer);
CREATE INDEX of_city ON customer (city, name);
ANALYZE;
SELECT city, count(*), sum(total) FROM customer JOIN orders
	ON orders.customer = customer.id GROUP BY city ORDER BY 3 DESC LIMIT 5;
SELECT upper(name), group_concat(note, ', ') FROM customer JOIN orders
	ON orders.customer = customer.id WHERE city = 'city 31'
	GROUP BY name ORDER BY length(2) LIMIT 5;
UPDATE orders SET note = replace(note, 'note', 'remark') WHERE customer % 3 = 0;
DELETE FROM orders WHERE note LIKE '%of 33%';
SELECT count(DISTINCT substr(note, 1, 12)), max(length(note)) FROM orders;
VACUUM;
PRAGMA integrity_check;

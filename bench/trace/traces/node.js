// SPDX-License-Identifier: MIT
// node.js - what node.trace.xz did: objects, buffers, regexps, compression.
'use strict';
const crypto = require('crypto');
const vm = require('vm');
const zlib = require('zlib');

const users = [];
for (let i = 0; i < 20000; i++)
	users.push({ id: i, name: `user ${i * 7919 % 10007}`, tags: [i % 7, i % 11] });
const text = JSON.stringify(users);
const copy = JSON.parse(text);
const byName = new Map(copy.map((user) => [user.name, user]));

let found = 0;
for (const match of text.matchAll(/"user (\d+)"/g))
	found += byName.has(`user ${match[1]}`) ? 1 : 0;
for (let i = 0; i < 200; i++)
	found += vm.runInThisContext(
		`(function f${i}(a) { return a.filter((x) => x.id % ${i + 1} < 2).length; })`,
	)(users);

let buffers = [];
for (let i = 0; i < 3000; i++) {
	const hash = crypto.createHash('sha256').update(text.slice(i, i + 999));
	buffers.push(Buffer.concat([hash.digest(), Buffer.alloc(i * 37 % 9000, i)]));
	if (buffers.length > 100)
		buffers = buffers.slice(50);
}
zlib.gzip(text, (error, packed) => {
	zlib.gunzip(packed, (again, plain) => {
		console.log(found, buffers.length, plain.length === text.length);
	});
});

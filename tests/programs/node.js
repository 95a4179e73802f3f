// SPDX-License-Identifier: MIT
// node.js - a deterministic load for node.sh: worker threads, buffers, zlib.
'use strict';
const { Worker, isMainThread, parentPort, workerData } =
	require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');
const { execFileSync } = require('child_process');

function load(seed) {
	const live = new Map();
	const hash = crypto.createHash('sha256');
	let state = seed;

	function rnd(n) {
		state = (state * 1103515245 + 12345) % 2147483648;
		return Math.floor(state / 65536) % n;
	}
	for (let i = 0; i < 6000; i++) {
		const key = rnd(500);

		if (rnd(3))
			live.set(key, Buffer.alloc(rnd(20000), 'k' + i));
		else
			live.delete(key);
		if (i % 500 === 0)
			hash.update(zlib.deflateSync(Buffer.concat([...live.values()])
				.subarray(0, 300000)));
	}
	hash.update(JSON.stringify([...live].map(([k, v]) => [k, v.length])));
	return hash.digest('hex').slice(0, 16);
}

function worker(seed) {
	return new Promise((resolve, reject) => {
		const w = new Worker(__filename, { workerData: seed });

		w.on('message', resolve);
		w.on('error', reject);
	});
}

async function main() {
	console.log('main', load(1));
	for (let round = 0; round < 3; round++) {
		const seeds = [2, 3, 4, 5].map((n) => n + round * 10);

		console.log('workers', ...await Promise.all(seeds.map(worker)));
	}
	const hashes = await Promise.all([...Array(8).keys()].map((n) =>
		new Promise((resolve, reject) => crypto.scrypt('pw' + n, 'salt', 32,
			(e, key) => e ? reject(e) : resolve(key.toString('hex'))))));

	console.log('pool', hashes.join('').slice(0, 64));
	console.log('child', execFileSync(process.execPath,
		['-e', 'console.log("c".repeat(100000).length)']).toString().trim());
}

if (isMainThread)
	main();
else
	parentPort.postMessage(load(workerData));

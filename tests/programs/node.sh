#!/bin/bash
# SPDX-License-Identifier: MIT
#
# node.sh - node: buffers, zlib and crypto in the main thread, in worker
# threads that come and go, and in the thread pool.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need node nodejs
loads node node -e 'console.log(1)'
same "worker threads, thread pool, child process" node "$here/node.js"
same "a collected heap" node --expose-gc -e '
	let n = 0;
	for (let i = 0; i < 200; i++) {
		const b = [...Array(200).keys()].map((k) => Buffer.allocUnsafeSlow(k * 64));
		n += b.length;
		if (i % 20 === 0)
			gc();
	}
	console.log(n);'
ktap_done

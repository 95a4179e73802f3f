# SPDX-License-Identifier: MIT
"""python.py - a deterministic load for python.sh; prints digests only.

Every section prints one line, so that a difference names its section.
"""
import array
import collections
import ctypes
import hashlib
import json
import multiprocessing
import os
import pickle
import random
import re
import subprocess
import sys
import threading
import zlib


def digest(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def objects(seed):
    """Nested objects of many sizes, mutated at random places."""
    rnd = random.Random(seed)
    live = {}
    for i in range(8000):
        key = rnd.randrange(3000)
        kind = rnd.randrange(5)
        if kind == 0:
            live[key] = list(range(rnd.randrange(200)))
        elif kind == 1:
            live[key] = "x" * rnd.randrange(5000) + str(i)
        elif kind == 2:
            live[key] = {j: (j, str(j)) for j in range(rnd.randrange(40))}
        elif kind == 3:
            live[key] = bytes(rnd.randrange(100000))
        else:
            live.pop(key, None)
    return digest(sorted((k, zlib.crc32(repr(v)[:3000].encode()))
                         for k, v in live.items()))


def documents():
    rows = [{"id": i, "name": "n%d" % i, "tags": list("abc") * (i % 7),
             "sub": {"f": i / 3, "none": None}} for i in range(5000)]
    text = json.dumps(rows, sort_keys=True)
    assert json.loads(text) == rows
    assert pickle.loads(pickle.dumps(rows)) == rows
    return digest(text), len(re.findall(r'"n(\d+)7"', text))


def growing():
    """realloc upwards and down: bytearray, array, list, big integers."""
    data = bytearray()
    for i in range(30000):
        data += b"%d," % i
    numbers = array.array("q")
    for i in range(300000):
        numbers.append(i * i)
    del numbers[1000:]
    queue = collections.deque(range(100000), maxlen=777)
    big = 3 ** 60000
    return digest(bytes(data)), digest(numbers), digest(queue), big % 9973


def threads():
    results = [None] * 8

    def work(i):
        results[i] = objects(i)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    return digest(results)


def children():
    """fork while other threads allocate, then subprocesses and a pool."""
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            [bytes(n) for n in range(0, 4000, 37)]

    busy = [threading.Thread(target=churn) for _ in range(2)]
    for t in busy:
        t.start()
    codes = []
    for i in range(40):
        pid = os.fork()
        if pid == 0:
            blocks = [bytearray(n) for n in range(0, 60000, 997)]
            os._exit(len(blocks) % 7 + i % 3)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    stop.set()
    for t in busy:
        t.join()
    text = [subprocess.run(["cat"], input=b"z" * 300000, check=True,
                           stdout=subprocess.PIPE).stdout for _ in range(5)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        sums = pool.map(objects, range(2))
    return digest(codes), digest(text), digest(sums)


def foreign():
    """Blocks that libc made are freed here, and the other way round."""
    libc = ctypes.CDLL(None)
    libc.strdup.restype = libc.realloc.restype = ctypes.c_void_p
    libc.realloc.argtypes = ctypes.c_void_p, ctypes.c_size_t
    libc.free.argtypes = [ctypes.c_void_p]
    total = 0
    for n in range(1, 400):
        block = libc.strdup(b"a" * n)
        block = libc.realloc(block, n * 50)
        total += len(ctypes.string_at(block))
        libc.free(block)
    zeroed = 0
    libc.calloc.restype = ctypes.c_void_p
    for n in range(1, 3000, 7):
        block = libc.calloc(n, 3)
        zeroed += ctypes.string_at(block, n * 3).count(0)
        ctypes.memset(block, 0x55, n * 3)
        libc.free(block)
    return total, zeroed


if __name__ == "__main__":
    for section in documents, growing, threads, children, foreign:
        print(section.__name__, section())
        sys.stdout.flush()

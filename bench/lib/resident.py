# SPDX-License-Identifier: MIT
"""resident.py - a load that stays alive under one allocator, between runs.

Owns    the process, what is said to it and what /proc says of it.
Calls   bench/loads/soak.
"""
import re
import select
import subprocess
from dataclasses import dataclass
from pathlib import Path

from allocators import Allocator
from tree import UsageError, clean_environment

PATIENCE = 300.0        # seconds for an answer


@dataclass(frozen=True)
class Answer:
    """What a run took: CPU time of all threads of the process, and wall."""
    ops: int
    cpu: float
    wall: float


@dataclass(frozen=True)
class Memory:
    """What the process has now; faults since it began."""
    rss_kib: int
    huge_kib: int
    threads: int
    faults: int


class Resident:
    """The process. It is killed if the one that holds it fails."""

    def __init__(self, allocator: Allocator, command: list[str]):
        self.name = allocator.name
        self.child = subprocess.Popen(
            command, env=clean_environment() | allocator.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.proc = Path("/proc") / str(self.child.pid)

    def __enter__(self) -> "Resident":
        return self

    def __exit__(self, failed, *_) -> None:
        if failed:
            self.child.kill()
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()

    def run(self, ops: int) -> Answer:
        """Does OPS operations, and rests."""
        try:
            self.child.stdin.write(b"run %d\n" % ops)
        except BrokenPipeError:
            pass            # why it is gone is said below
        ready, _, _ = select.select([self.child.stdout], [], [], PATIENCE)
        if not ready:
            raise UsageError(f"{self.name}: no answer in {PATIENCE:g} s")
        line = self.child.stdout.readline()
        if not line:
            raise UsageError(f"{self.name}: the load ended, status "
                             f"{self.child.wait()}")
        done, cpu, wall = line.split()
        return Answer(int(done), float(cpu) / 1e9, float(wall) / 1e9)

    def memory(self) -> Memory:
        rollup = (self.proc / "smaps_rollup").read_text()
        kib = dict(re.findall(r"^(\w+): +(\d+) kB$", rollup, re.M))
        # the second field is the program's name in brackets
        stat = (self.proc / "stat").read_text().rpartition(")")[2].split()
        return Memory(int(kib["Rss"]), int(kib["AnonHugePages"]),
                      int(stat[17]), int(stat[7]))

    def threads(self) -> dict[int, str]:
        """Its threads by number, and what they are called."""
        return {int(task.name): (task / "comm").read_text().strip()
                for task in (self.proc / "task").iterdir()}

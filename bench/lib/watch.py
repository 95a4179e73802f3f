# SPDX-License-Identifier: MIT
"""watch.py - the system calls of a process that is already running.

Owns    the strace that is attached to it, and what counts as a call: one
        that returned while it was watched.
Calls   strace.
"""
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from resident import Resident

KEEPER = "hakmem-keeper"    # the thread that is no application's
ATTACH_SECONDS = 10.0
SETTLE_SECONDS = 0.2        # until the last call is written down, too
# an answer is on the line of its call, or on one that says: resumed
CALL = re.compile(r"(\d+) +(?!---|\+\+\+)"
                  r"(?!.*<(unfinished|detached) \.\.\.>$)")


class CannotWatch(Exception):
    """No strace, or it is not allowed; the text says why."""


@dataclass(frozen=True)
class Calls:
    """How many; keeper is None where there is no such thread."""
    application: int
    keeper: int | None


class Watch:
    """From `with` to its end the process is watched."""

    def __init__(self, resident: Resident):
        self.resident = resident
        self.work = tempfile.TemporaryDirectory(prefix="hakmem-watch-")
        self.log = Path(self.work.name) / "log"
        self.errors = Path(self.work.name) / "errors"

    def __enter__(self) -> "Watch":
        try:
            with self.errors.open("w") as errors:
                self.strace = subprocess.Popen(
                    ["strace", "-f", "-o", str(self.log), "-p",
                     str(self.resident.child.pid)],
                    stdin=subprocess.DEVNULL, stderr=errors,
                    start_new_session=True)
        except OSError as missing:
            self.work.cleanup()
            raise CannotWatch("no strace: install the package strace"
                              ) from missing
        try:
            self.wait_until_attached()
        except BaseException:
            self.__exit__()
            raise
        time.sleep(SETTLE_SECONDS)
        return self

    def __exit__(self, *_) -> None:
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait()
        self.work.cleanup()

    def wait_until_attached(self) -> None:
        end = time.monotonic() + ATTACH_SECONDS
        while " attached" not in (said := self.errors.read_text()):
            if self.strace.poll() is not None or time.monotonic() > end:
                last = (said.strip().splitlines() or ["it does not attach"])
                raise CannotWatch(f"strace: {last[-1][:200]}")
            time.sleep(0.02)

    def so_far(self) -> Counter[int]:
        """Calls by thread."""
        with self.log.open(errors="replace") as lines:
            return Counter(int(seen[1]) for line in lines
                           if (seen := CALL.match(line)))

    def during(self, action: Callable[[], object]) -> Calls:
        before = self.so_far()
        action()
        return self.since(before)

    def since(self, before: Counter[int]) -> Calls:
        time.sleep(SETTLE_SECONDS)
        made = self.so_far() - before
        keepers = [thread for thread, name in self.resident.threads().items()
                   if name == KEEPER]
        kept = sum(made[thread] for thread in keepers)
        return Calls(made.total() - kept, kept if keepers else None)

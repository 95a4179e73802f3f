# SPDX-License-Identifier: MIT
"""runner.py - one run of one command under one allocator, and its figures.

Owns    what a load's output means, and what counts as a failed run.
Calls   bench/programs/launch, which says what the run cost.
"""
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from allocators import Allocator
from tree import UsageError, clean_environment


@dataclass(frozen=True)
class Figure:
    """A number a run gave."""
    value: float
    unit: str
    higher: bool = False        # more of it is better


@dataclass
class Run:
    """What one run gave. Failed: why; there are no figures then."""
    failed: str = ""
    main: str = ""              # the name of the figure it is judged by
    figures: dict[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Runner:
    """How everything is run."""
    launcher: Path
    directory: Path
    timeout: float

    def start(self, command: list[str], allocator: Allocator, own: bool = True
              ) -> tuple[int | None, str, str, str]:
        """Exit status or None after a timeout, stdout, stderr, the cost.
        A command of the user's runs where the user is."""
        settings = [f"{name}={value}"
                    for name, value in allocator.environment().items()]
        reading, writing = os.pipe()
        with os.fdopen(reading) as cost:
            try:
                child = subprocess.Popen(
                    [str(self.launcher), str(writing), *settings, "--",
                     *command],
                    cwd=self.directory if own else None,
                    env=clean_environment(),
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, pass_fds=(writing,),
                    start_new_session=True, text=True, errors="replace")
            finally:
                os.close(writing)
            try:
                output, errors = child.communicate(timeout=self.timeout)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
                return None, "", "", ""
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                raise
            return child.returncode, output, errors, cost.read()

    def run(self, command: list[str], allocator: Allocator, own: bool = True
            ) -> Run:
        """Runs a command; OWN loads must print their figures themselves."""
        status, output, errors, cost = self.start(command, allocator, own)
        if status is None:
            return Run(failed=f"no end after {self.timeout:g} s")
        if status or not cost:
            return Run(failed="cannot run: " + last_line(errors))
        died, user, system, peak_kib, faults = map(float, cost.split())
        run = Run()
        if died:
            run.failed = how_it_ended(int(died), errors)
            return run
        if own:
            run.figures = parse_figures(output)
            run.main = next(iter(run.figures), "")
            if not run.main:
                run.failed = "printed no figure"
                return run
        else:
            run.main = "time"
            run.figures["time"] = Figure((user + system) * 1e3, "ms")
        run.figures |= {
            "peak_rss": Figure(peak_kib / 1024, "MiB"),
            "minor_faults": Figure(faults, "faults"),
            "user": Figure(user, "s"),
            "system": Figure(system, "s"),
        }
        return run


# The figures the launcher adds to those of the load.
COSTS = ("peak_rss", "minor_faults", "user", "system")


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1][:200]


def how_it_ended(status: int, errors: str) -> str:
    """A wait status in words, with the last the program said."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        how = f"killed by {signal.Signals(number).name}"
    else:
        how = f"exit status {os.WEXITSTATUS(status)}"
    return f"{how}: {last_line(errors)}" if errors.strip() else how


def parse_figures(output: str) -> dict[str, Figure]:
    """The lines NAME, VALUE, UNIT, lower|higher; others are no figures."""
    figures: dict[str, Figure] = {}
    for line in output.splitlines():
        fields = line.split("\t")
        if len(fields) != 4 or fields[3] not in ("lower", "higher"):
            continue
        try:
            value = float(fields[1])
        except ValueError:
            continue
        figures[fields[0]] = Figure(value, fields[2], fields[3] == "higher")
    return figures


def check_effect(runner: Runner, allocator: Allocator) -> None:
    """The library is there in a child, alone, and has nothing against it."""
    status, output, errors, _ = runner.start(["cat", "/proc/self/maps"],
                                             allocator)
    if status or errors.strip():
        raise UsageError(f"{allocator.name}: {last_line(errors)}")
    mapped = {line.split(maxsplit=5)[5] for line in output.splitlines()
              if line.count("/")}
    if allocator.library and str(allocator.library) not in mapped:
        raise UsageError(f"{allocator.name}: {allocator.library} is not "
                         "mapped where it is preloaded")
    if not allocator.library:
        others = [path for path in mapped if "malloc" in path]
        if others:
            raise UsageError(f"{allocator.name}: {others[0]} is in the way; "
                             "see /etc/ld.so.preload")

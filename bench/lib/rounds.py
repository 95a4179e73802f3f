# SPDX-License-Identifier: MIT
"""rounds.py - every row under every allocator, in turn, round after round.

Owns    the order of the runs, and telling how far it is.
Calls   runner.
"""
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from allocators import Allocator
from rows import Row
from runner import Run, Runner

# Order(round) -> the allocators in the order of that round.
Order = Callable[[int], list[Allocator]]


@dataclass
class Results:
    """runs[row][allocator]: one a round, the warm-up not among them."""
    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)
    rounds: int = 0
    seconds: float = 0.0


def shuffled(allocators: list[Allocator], seed: int) -> Order:
    """A new order each time, the same ones for the same seed."""
    rng = random.Random(seed)
    return lambda _: rng.sample(allocators, len(allocators))


def abba(allocators: list[Allocator]) -> Order:
    """There and back: what drifts evenly is evened out."""
    return lambda number: allocators[:: 1 if number % 2 == 0 else -1]


class Progress:
    """One line, rewritten, on a terminal; else a line a row."""

    def __init__(self, steps: int, quiet: bool):
        self.steps = steps
        self.done = 0
        self.start = time.monotonic()
        self.quiet = quiet
        self.terminal = sys.stderr.isatty()

    def step(self, what: str) -> None:
        """Before a row is run."""
        if self.quiet:
            return
        spent = time.monotonic() - self.start
        left = "" if not self.done else (
            f", {spent / self.done * (self.steps - self.done):.0f} s left")
        line = f"{what} ({self.done + 1}/{self.steps}{left})"
        if self.terminal:
            sys.stderr.write(f"\r{line:<78}")
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()
        self.done += 1

    def finish(self) -> None:
        if self.terminal and not self.quiet:
            sys.stderr.write("\r" + " " * 78 + "\r")


@dataclass(frozen=True)
class Plan:
    """What is to be run."""
    commands: dict[str, list[str]]      # by row
    rows: list[Row]
    allocators: list[Allocator]
    order: Order
    rounds: int
    warmup: int
    seconds: float | None               # start no round that would end later
    quiet: bool


def one_round(plan: Plan, runner: Runner, number: int, progress: Progress
              ) -> dict[str, dict[str, Run]]:
    """Each row once under each allocator, these next to each other."""
    name = (f"round {number + 1}/{plan.rounds}" if number >= 0
            else "warm-up")
    done: dict[str, dict[str, Run]] = {}
    for row in plan.rows:
        progress.step(f"{name} {row.name}")
        done[row.name] = {
            allocator.name: runner.run(plan.commands[row.name], allocator,
                                       row.own)
            for allocator in plan.order(max(number, 0))}
    return done


def run_rounds(plan: Plan, runner: Runner) -> Results:
    """The warm-up, then the rounds; at least one, whatever the time."""
    results = Results({row.name: {a.name: [] for a in plan.allocators}
                       for row in plan.rows})
    progress = Progress((plan.warmup + plan.rounds) * len(plan.rows),
                        plan.quiet)
    start = time.monotonic()
    longest = 0.0
    for number in range(-plan.warmup, plan.rounds):
        begun = time.monotonic()
        if (results.rounds and plan.seconds
                and begun - start + longest > plan.seconds):
            break
        done = one_round(plan, runner, number, progress)
        longest = max(longest, time.monotonic() - begun)
        if number < 0:
            continue
        for row, by_allocator in done.items():
            for name, run in by_allocator.items():
                results.runs[row][name].append(run)
        results.rounds += 1
    progress.finish()
    results.seconds = time.monotonic() - start
    return results

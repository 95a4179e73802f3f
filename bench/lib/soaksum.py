# SPDX-License-Identifier: MIT
"""soaksum.py - what a soak comes to, side by side, and what was promised.

Owns    what is meant by drift, by steady and by the tail; the limits.
Calls   soaklog, stats, verdict's form.
"""
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from soaklog import EPOCH, IDLE, TRACED, Log, Record
from stats import sample
from verdict import Judged

STEADY_SECONDS = 300.0      # from then on; or the share of a shorter run
STEADY_SHARE = 1 / 12
MIN_STEADY = 3              # epochs, for a drift to be said
DRIFT = 0.005
CALLS_EACH = 1e-8
MIXED_SLOTS = "8192"
MIXED_RSS_KIB = 33e6 / 1024


@dataclass(frozen=True)
class Drift:
    """RSS from the steady state's beginning to the end, as shares of it."""
    start_kib: int
    fit: float              # of a straight line through all of it
    ends: float             # the last epoch's beside the first's

    @property
    def worse(self) -> float:
        """A leak is in both; only the ends see a late step in full."""
        return max(self.fit, self.ends)


@dataclass
class Side:
    """One side's figures."""
    name: str
    kind: str
    epochs: list[Record]
    mops: dict[str, float]          # p50 p10 p1 worst mean
    cv: float
    max_kib: int
    end_kib: int
    huge: float                     # of the RSS, in the steady state
    threads: int
    faults: float                   # an epoch, in the steady state
    drift: Drift | None = None
    traced: Record | None = None
    idle: Record | None = None

    @property
    def calls_each(self) -> float | None:
        return self.traced.calls / self.traced.ops if self.traced else None


def steady_from(log: Log) -> float:
    """The second at which the steady state begins, if nobody says."""
    last = max(r.time for r in log.records if r.leg == EPOCH)
    return min(STEADY_SECONDS, last * STEADY_SHARE)


def drift_of(steady: list[Record]) -> Drift | None:
    if len(steady) < MIN_STEADY:
        return None
    times = np.array([record.time for record in steady])
    rss = np.array([record.rss_kib for record in steady], dtype=float)
    slope, start = map(float, np.polyfit(times - times[0], rss, 1))
    return Drift(steady[0].rss_kib,
                 slope * float(times[-1] - times[0]) / start,
                 steady[-1].rss_kib / steady[0].rss_kib - 1)


def sum_side(log: Log, name: str, since: float) -> Side:
    epochs = log.of(EPOCH, name)
    mops = [record.mops for record in epochs]
    steady = [record for record in epochs if record.time >= since]
    p50, p10, p1 = map(float, np.percentile(mops, (50, 10, 1)))
    seen = sample(mops)
    return Side(
        name, log.kinds[name], epochs,
        {"p50": p50, "p10": p10, "p1": p1, "worst": seen.low,
         "mean": float(np.mean(mops))}, seen.cv,
        max(record.rss_kib for record in epochs), epochs[-1].rss_kib,
        float(np.mean([r.huge_kib / r.rss_kib for r in steady or epochs])),
        max(record.threads for record in epochs),
        float(np.mean([record.faults for record in steady or epochs])),
        drift_of(steady), *(next(iter(log.of(leg, name)), None)
                            for leg in (TRACED, IDLE)))


def sum_sides(log: Log, since: float) -> list[Side]:
    """SINCE: the second from which on they are steady."""
    return [sum_side(log, name, since) for name in log.kinds
            if log.of(EPOCH, name)]


def judge_drift(side: Side) -> Judged:
    promise = f"{side.name}: RSS drift <= {DRIFT:.1%}"
    if not side.drift:
        return Judged(promise, None, f"fewer than {MIN_STEADY} epochs")
    return Judged(promise, side.drift.worse <= DRIFT,
                  f"{side.drift.fit:+.2%} by a line, {side.drift.ends:+.2%} "
                  "from end to end")


def judge_rss(side: Side, slots: str) -> Judged:
    promise = f"{side.name}: RSS <= 33 MB at {MIXED_SLOTS} slots"
    if slots != MIXED_SLOTS:
        return Judged(promise, None, f"it had {slots}")
    return Judged(promise, side.max_kib <= MIXED_RSS_KIB,
                  f"{side.max_kib * 1024 / 1e6:.1f} MB at most")


def judge_cv(side: Side, mimalloc: Side | None) -> Judged:
    promise = f"{side.name}: CV of throughput <= mimalloc's"
    if not mimalloc:
        return Judged(promise, None, "not run")
    return Judged(promise, side.cv <= mimalloc.cv,
                  f"{side.cv:.2%} against {mimalloc.cv:.2%}")


def judge_calls(side: Side) -> Judged:
    promise = f"{side.name}: system calls <= {CALLS_EACH:.0e} an operation"
    if not side.traced:
        return Judged(promise, None, "not counted")
    return Judged(promise, side.calls_each <= CALLS_EACH,
                  f"{side.traced.calls} in {side.traced.ops:.3g}")


def judge_keeper(side: Side) -> Judged:
    promise = f"{side.name}: no system calls of the keeper at rest"
    if not side.idle:
        return Judged(promise, None, "not counted")
    if side.idle.keeper_calls is None:
        return Judged(promise, None, "it has no keeper")
    return Judged(promise, side.idle.keeper_calls == 0,
                  f"{side.idle.keeper_calls} in {side.idle.wall:.3g} s")


def judge(log: Log, sides: list[Side]) -> Iterator[Judged]:
    """Every promise of every side that is this project's."""
    mimalloc = next((s for s in sides if s.kind == "mimalloc"), None)
    for side in sides:
        if side.kind == "hakmem":
            yield judge_drift(side)
            yield judge_rss(side, log.about("slots"))
            yield judge_calls(side)
            yield judge_keeper(side)
            yield judge_cv(side, mimalloc)

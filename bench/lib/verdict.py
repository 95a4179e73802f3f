# SPDX-License-Identifier: MIT
"""verdict.py - what hakmem promises of its speed and size, judged.

Owns    the limits. One function a promise; each answers yes, no, or that
        it was not run, and with what it saw.
Calls   summary.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from stats import geomean, ratios, sample
from summary import RowSummary, Summary

RANDMIX = r"randmix-\d+"
RANDMIX_AHEAD = 1.2         # of mimalloc
ROW_AHEAD = 0.98            # of the best peer of the row
MIMALLOC_AHEAD = 1.25       # geometric means over all rows
SINGLE_AHEAD = 1.15
ROWWISE_AHEAD = 1.00
RSS_OVER = 1.10             # the leanest's, geometric mean
RSS_WORST = 1.5
SCALING = 1.9
MIN_ROUNDS = 7


@dataclass
class Judged:
    """One promise. answer: None where it was not run."""
    promise: str
    answer: bool | None
    saw: str
    details: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        return {True: "yes", False: "no", None: "-"}[self.answer]


def matching(summary: Summary, pattern: str) -> list[RowSummary]:
    return [row for row in summary.rows if re.fullmatch(pattern, row.name)]


def ahead_of(rows: list[RowSummary], peer: str, limit: float, promise: str
             ) -> Judged:
    """Each row at least LIMIT times ahead of a peer."""
    seen = {row.name: row.ahead[peer].median for row in rows
            if peer in row.ahead}
    if not seen:
        return Judged(promise, None, "not run")
    return Judged(promise, min(seen.values()) >= limit,
                  ", ".join(f"{name} {ratio:.3f}"
                            for name, ratio in seen.items()))


def no_failures(summary: Summary) -> Judged:
    failed = [f"{row.name}: {row.cells[summary.main].failures[0]}"
              for row in summary.rows if row.cells[summary.main].failed]
    return Judged("no run fails", not failed,
                  f"{len(failed)} of {len(summary.rows)} rows failed", failed)


def randmix_ahead(summary: Summary) -> Iterator[Judged]:
    rows = matching(summary, RANDMIX)
    mimalloc = summary.named("mimalloc")
    yield ahead_of(rows, mimalloc, RANDMIX_AHEAD,
                   f"randmix >= {RANDMIX_AHEAD}x mimalloc")
    for peer in summary.peers:
        if peer != mimalloc:
            yield ahead_of(rows, peer, 1.0, f"randmix >= {peer}")


def randmix_cv(summary: Summary) -> Judged:
    promise = "randmix: CV not above mimalloc's"
    mimalloc = summary.named("mimalloc")
    seen = [(row.name, row.cells[summary.main].time.cv,
             row.cells[mimalloc].time.cv)
            for row in matching(summary, RANDMIX) if mimalloc in row.ahead]
    if not seen:
        return Judged(promise, None, "not run")
    return Judged(promise, all(own <= other for _, own, other in seen),
                  ", ".join(f"{name} {own:.2%} against {other:.2%}"
                            for name, own, other in seen))


def every_row(summary: Summary) -> Judged:
    """By the median; a row whose spread reaches the limit is marked."""
    promise = f"every row >= {ROW_AHEAD}x its best peer"
    rows = [row for row in summary.rows if row.best]
    if not rows:
        return Judged(promise, None, "no peer was run")
    behind = []
    for row in rows:
        seen = row.ahead[row.best]
        if seen.median < ROW_AHEAD:
            reach = ", within the spread" if seen.high >= ROW_AHEAD else ""
            behind.append(f"{row.name}: {seen.median:.3f} "
                          f"[{seen.low:.3f}, {seen.high:.3f}] "
                          f"of {row.best}{reach}")
    return Judged(promise, not behind,
                  f"{len(behind)} of {len(rows)} rows are behind", behind)


def mean_ahead(value: float | None, limit: float, whom: str) -> Judged:
    promise = f"geometric mean >= {limit:.2f}x {whom}"
    if value is None:
        return Judged(promise, None, "not run")
    return Judged(promise, value >= limit, f"{value:.3f}")


def means(summary: Summary) -> Iterator[Judged]:
    yield mean_ahead(summary.overall.get(summary.named("mimalloc")),
                     MIMALLOC_AHEAD, "mimalloc")
    single = mean_ahead(summary.overall.get(summary.best_single),
                        SINGLE_AHEAD, "the best single peer")
    if summary.best_single:
        single.saw += f" ({summary.best_single})"
    yield single
    yield mean_ahead(summary.overall_best, ROWWISE_AHEAD,
                     "the row-wise best of all peers")


def leanness(summary: Summary) -> Iterator[Judged]:
    mean = f"peak RSS, geometric mean <= {RSS_OVER:.2f}x the leanest peer"
    worst = f"peak RSS of no row > {RSS_WORST}x the leanest peer"
    if summary.overall_rss is None:
        yield Judged(mean, None, "not run")
        yield Judged(worst, None, "not run")
        return
    yield Judged(mean, summary.overall_rss <= RSS_OVER,
                 f"{summary.overall_rss:.3f}")
    rows = sorted((row for row in summary.rows if row.leanest),
                  key=lambda row: -row.rss)
    yield Judged(worst, rows[0].rss <= RSS_WORST,
                 f"worst {rows[0].name} {rows[0].rss:.3f}",
                 [f"{row.name}: {row.rss:.3f} of {row.leanest}"
                  for row in rows if row.rss > RSS_WORST])


def latency(summary: Summary) -> Judged:
    """max: of the calls that no interrupt fell into, where that is known."""
    promise = "latency: p99.9 and max not above the best peer's"
    above: list[str] = []
    judged = 0
    for row in matching(summary, r"latency.*"):
        own = row.cells[summary.main]
        for name in own.figures:
            if not re.fullmatch(r"(malloc|free)_(p99\.9|max\w*)", name):
                continue
            if name + "_undisturbed" in own.figures:
                continue
            peers = {peer: row.cells[peer].figures[name].median
                     for peer in summary.peers
                     if name in row.cells[peer].figures}
            if not peers:
                continue
            judged += 1
            best = min(peers, key=lambda peer: peers[peer])
            if own.figures[name].median > peers[best]:
                above.append(f"{row.name} {name}: "
                             f"{own.figures[name].median:,.0f} against "
                             f"{peers[best]:,.0f} of {best}")
    if not judged:
        return Judged(promise, None, "not run")
    return Judged(promise, not above,
                  f"{len(above)} of {judged} figures are above", above)


def foreign_free(summary: Summary) -> Judged:
    promise = "prodcons >= the best peer"
    rows = [row for row in matching(summary, r"prodcons.*") if row.best]
    if not rows:
        return Judged(promise, None, "not run")
    return Judged(promise,
                  all(row.ahead[row.best].median >= 1 for row in rows),
                  ", ".join(f"{row.name} {row.ahead[row.best].median:.3f} of "
                            f"{row.best}" for row in rows))


def scaling(summary: Summary) -> Judged:
    """NAME beside NAME-t2; their wall time is that of a thread's operation."""
    promise = f"1 to 2 threads, each on its own: >= {SCALING}x"
    by_name = {row.name: row.cells[summary.main] for row in summary.rows}
    seen: dict[str, float] = {}
    for name, one in by_name.items():
        two = by_name.get(name + "-t2")
        if (two and not name.startswith("latency")
                and "wall" in one.values and "wall" in two.values):
            seen[name] = 2 * sample(ratios(two.values["wall"],
                                           one.values["wall"], False)).median
    if not seen:
        return Judged(promise, None, "not run")
    return Judged(promise, min(seen.values()) >= SCALING,
                  f"geometric mean {geomean(list(seen.values())):.3f}",
                  [f"{name}: {ratio:.3f}" for name, ratio in seen.items()
                   if ratio < SCALING])


def judge(summary: Summary) -> list[Judged]:
    """Every promise that runs of loads can show."""
    return [no_failures(summary), *randmix_ahead(summary),
            randmix_cv(summary), every_row(summary), *means(summary),
            *leanness(summary), latency(summary), foreign_free(summary),
            scaling(summary)]

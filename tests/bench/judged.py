#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""judged.py - figures whose verdict is known, put before bench/lib.

Prints  `ok NAME` or `not ok NAME`, a line each; ab.sh makes KTAP of it.
"""
import math
import os
import random
import sys
import tempfile
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
SOURCE = Path(os.environ.get("top_srcdir", "."))
sys.path.insert(0, str(SOURCE.resolve() / "bench" / "lib"))

import allocators  # noqa: E402
from allocators import Allocator, parse_allocators, split_form  # noqa: E402
from experiment import (GO, NO_GO, UNDECIDED, Interval, decide,  # noqa: E402
                        interval, more_pairs, over_rows)
from rounds import Results, abba, shuffled  # noqa: E402
from rows import choose_rows, command_line, read_rows  # noqa: E402
from runner import Figure, Run, parse_figures  # noqa: E402
from stats import geomean, ratios, sample  # noqa: E402
from summary import sum_up  # noqa: E402
from verdict import judge  # noqa: E402


def pairs(gain: float, noise: float, count: int, seed: int) -> list[float]:
    """Log ratios of COUNT pairs: a gain, under noise of a normal kind."""
    rng = random.Random(seed)
    return [math.log(gain) + rng.gauss(0, noise) for _ in range(count)]


def verdicts(gain: float, noise: float, count: int) -> list[str]:
    return [decide(interval(pairs(gain, noise, count, seed), seed),
                   count).verdict for seed in range(20)]


def test_five_percent_more_is_go():
    assert verdicts(1.05, 0.02, 15) == [GO] * 20


def test_five_percent_less_is_no_go():
    assert verdicts(0.95, 0.02, 15) == [NO_GO] * 20


def test_nothing_is_never_go():
    seen = verdicts(1.0, 0.02, 15)
    assert seen.count(GO) == 0 and UNDECIDED in seen


def test_nothing_with_little_noise_is_no_go():
    assert verdicts(1.0, 0.001, 7) == [NO_GO] * 20


def test_one_percent_under_noise_is_undecided():
    seen = verdicts(1.01, 0.03, 7)
    assert seen.count(UNDECIDED) >= 15


def test_as_many_more_pairs_would_tell():
    # on a log scale as wide as it is off, times two: four times the pairs
    off = 0.01
    seen = Interval(1.005 * math.exp(off), 1.005 * math.exp(-off),
                    1.005 * math.exp(3 * off))
    assert more_pairs(seen, 10) == 30
    decision = decide(seen, 10)
    assert decision.verdict == UNDECIDED and "30 more pairs" in str(decision)


def test_too_near_to_tell():
    assert more_pairs(Interval(1.0051, 0.9, 1.1), 10) is None


def test_a_disturbed_pair_does_not_decide():
    values = pairs(1.05, 0.01, 15, 1)
    values[3] = math.log(0.3)
    values[9] = math.log(3)
    seen = interval(values, 1)
    assert decide(seen, 15).verdict == GO and 1.04 < seen.ratio < 1.06


def test_the_interval_holds_the_truth():
    held = 0
    for seed in range(100):
        seen = interval(pairs(1.03, 0.02, 15, seed), seed)
        held += seen.low <= 1.03 <= seen.high
    assert 85 <= held <= 99, held


def test_values_all_alike():
    seen = interval([math.log(1.02)] * 9, 1)
    assert seen.low == seen.high == seen.ratio


def test_no_gain_with_more_code():
    wide = Interval(1.002, 0.99, 1.02)
    assert decide(wide, 15).verdict == UNDECIDED
    assert decide(wide, 15, more_code=True).verdict == NO_GO
    some = Interval(1.02, 0.99, 1.05)
    assert decide(some, 15, more_code=True).verdict == UNDECIDED


def test_rows_count_alike():
    logs = over_rows([[2.0, 2.0], [0.5, 0.5], [1.0, 8.0]])
    assert math.isclose(logs[0], 0, abs_tol=1e-12)
    assert math.isclose(math.exp(logs[1]), 2)


def test_medians_and_spreads():
    seen = sample([10, 12, 8, 11, 9])
    assert seen.median == 10 and math.isclose(seen.spread, 0.4)
    assert math.isclose(seen.cv, math.sqrt(2.5) / 10)
    assert math.isclose(geomean([1, 4, 16]), 4)


def test_ratios_are_a_lead():
    assert ratios([10, 20], [20, 20], False) == [2, 1]
    assert ratios([10, 20], [20, 20], True) == [0.5, 1]


def test_figures_are_read():
    seen = parse_figures("time\t1.5\tns/op\tlower\nhello\n"
                         "rate\t7\t1/s\thigher\nbad\tx\ts\tlower\n")
    assert seen == {"time": Figure(1.5, "ns/op"),
                    "rate": Figure(7, "1/s", True)}


def test_the_table_is_read():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("# rows\nfew-1  quick,full  few -s 8 x  what it is\n"
                   "many\tfull\tmany 'a b'\tone other\n")
        file.flush()
        rows = read_rows(Path(file.name))
    assert [row.name for row in rows] == ["few-1", "many"]
    assert rows[0].what == "what it is"
    assert choose_rows(rows, [], "quick") == rows[:1]
    assert choose_rows(rows, ["m*"], "quick") == rows[1:]
    loads = Path("/b")
    assert command_line(rows[0], loads, 0.5) == ["/b/few", "-s", "4", "x"]
    assert command_line(rows[1], loads, 0.5) == ["/b/many", "-s", "0.5",
                                                 "a b"]
    assert command_line(rows[1], loads, 1) == ["/b/many", "a b"]


def test_allocators_are_read():
    assert split_form("glibc") == ("", "glibc", ())
    assert split_form("x=/a/b.so:A=1:B=c:d,e") == (
        "x", "/a/b.so", (("A", "1"), ("B", "c:d,e")))
    found, missing = parse_allocators(["glibc:MALLOC_ARENA_MAX=1"], Path("/"))
    assert found[0].name == "glibc:1" and not missing
    assert found[0].environment() == {"MALLOC_ARENA_MAX": "1"}


def test_a_peer_that_is_missing_is_named():
    keep, allocators.find_shared = allocators.find_shared, lambda _: None
    try:
        found, missing = parse_allocators(["glibc", "tbb"], Path("/"))
    finally:
        allocators.find_shared = keep
    assert [a.name for a in found] == ["glibc"]
    assert "libtbbmalloc2" in missing[0]


def test_orders():
    three = [Allocator(name, name, None) for name in "abc"]
    one, two = shuffled(three, 5), shuffled(three, 5)
    seen = [[a.name for a in one(number)] for number in range(20)]
    assert seen == [[a.name for a in two(number)] for number in range(20)]
    assert all(sorted(order) == ["a", "b", "c"] for order in seen)
    assert len({"".join(order) for order in seen}) > 3
    order = abba(three[:2])
    assert "".join(a.name for n in range(4) for a in order(n)) == "abbaabba"


def run_of(time: float, rss: float, more: dict[str, float]) -> Run:
    figures = {"time": Figure(time, "ns/op"), "peak_rss": Figure(rss, "MiB")}
    figures |= {name: Figure(value, "") for name, value in more.items()}
    return Run(main="time", figures=figures)


def answers(times: dict[str, dict[str, tuple[float, float]]],
            more: dict[str, dict[str, float]] | None = None
            ) -> dict[str, bool | None]:
    """What is judged of times[row][allocator] = time and RSS; the first
    allocator's own spread is half that of the others."""
    names = list(next(iter(times.values())))
    results = Results(rounds=7)
    for row, by_allocator in times.items():
        results.runs[row] = {
            name: [run_of(time * (1 + n * noise), rss,
                          (more or {}).get(name, {})) for n in range(-3, 4)]
            for noise, (name, (time, rss)) in zip(
                (0.001, *[0.002] * 9), by_allocator.items())}
    summary = sum_up(results, [Allocator(name, name, None) for name in names],
                     "")
    return {one.promise: one.answer for one in judge(summary)}


GOOD = {
    "randmix-256": {"hakmem": (10, 10), "mimalloc": (13, 10),
                    "jemalloc": (14, 12), "tcmalloc": (12, 15)},
    "prodcons": {"hakmem": (10, 10), "mimalloc": (13, 12),
                 "jemalloc": (14, 10), "tcmalloc": (12, 15)},
}


def test_all_that_is_promised():
    seen = answers(GOOD)
    assert False not in seen.values(), seen
    assert sum(answer is True for answer in seen.values()) == 12, seen


def broken(row: str, peer: str, time: float, rss: float) -> set[str]:
    times = {name: dict(cells) for name, cells in GOOD.items()}
    times[row][peer] = (time, rss)
    return {promise for promise, answer in answers(times).items()
            if answer is False}


def test_promises_that_are_broken():
    assert broken("randmix-256", "mimalloc", 12.5, 10) == set()
    assert broken("randmix-256", "mimalloc", 11.8, 10) == {
        "randmix >= 1.2x mimalloc",
        "geometric mean >= 1.25x mimalloc"}
    assert "randmix >= tcmalloc" in broken("randmix-256", "tcmalloc", 9.9, 15)
    assert broken("prodcons", "jemalloc", 9.85, 10) == {
        "prodcons >= the best peer"}
    assert "every row >= 0.98x its best peer" in broken(
        "prodcons", "jemalloc", 9.7, 10)
    assert broken("prodcons", "jemalloc", 14, 8) == {
        "peak RSS, geometric mean <= 1.10x the leanest peer"}
    assert broken("prodcons", "jemalloc", 14, 6) == {
        "peak RSS, geometric mean <= 1.10x the leanest peer",
        "peak RSS of no row > 1.5x the leanest peer"}


def test_scaling_and_latency():
    names = ("hakmem", "mimalloc")
    times = {row: {name: (10, 10) for name in names}
             for row in ("powerlaw", "powerlaw-t2", "latency")}
    scaling = "1 to 2 threads, each on its own: >= 1.9x"
    latency = "latency: p99.9 and max not above the best peer's"
    figures = {"wall": 10, "malloc_p99.9": 100, "malloc_max": 9,
               "malloc_max_undisturbed": 5}
    worse = figures | {"malloc_max": 99}    # an interrupt's, not its own
    seen = answers(times, {"hakmem": worse, "mimalloc": figures})
    assert seen[scaling] is True and seen[latency] is True
    for name in "malloc_p99.9", "malloc_max_undisturbed":
        seen = answers(times, {"hakmem": worse | {name: 101},
                               "mimalloc": figures})
        assert seen[latency] is False
    results = Results(rounds=1, runs={
        row: {"hakmem": [run_of(wall, 1, {"wall": wall})]}
        for row, wall in (("powerlaw", 10), ("powerlaw-t2", 12))})
    summary = sum_up(results, [Allocator("hakmem", "hakmem", None)], "")
    assert {one.promise: one.answer for one in judge(summary)}[
        scaling] is False


def test_a_failed_run_has_no_ratio():
    results = Results(rounds=2, runs={"row": {
        "hakmem": [run_of(10, 1, {}), run_of(10, 1, {})],
        "glibc": [run_of(12, 1, {}), Run(failed="exit status 1")]}})
    summary = sum_up(results, [Allocator(name, name, None)
                               for name in ("hakmem", "glibc")], "")
    assert not summary.rows[0].ahead and not summary.overall
    assert summary.rows[0].cells["glibc"].failures == ["exit status 1"]


def main() -> int:
    """Runs every test_ in the order of the file."""
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        words = name.removeprefix("test_").replace("_", " ")
        try:
            test()
            print("ok", words)
        except Exception:  # a test fails whatever it stumbles over
            failed += 1
            print("not ok", words)
            for line in traceback.format_exc().splitlines():
                print("#", line)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())

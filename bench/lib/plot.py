# SPDX-License-Identifier: MIT
"""plot.py - the ratios as bars, an SVG for time and one for peak RSS.

Owns    how they look: a group of bars a row, 1 in the middle, log scale.
Calls   matplotlib, svg.
"""
from pathlib import Path

from matplotlib.ticker import FuncFormatter, NullFormatter

from stats import geomean
from summary import Summary
from svg import pyplot, write

TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10,
         20, 50, 100)


def ticks_between(low: float, high: float) -> list[float]:
    """Those that are in sight, without the fine ones of a wide range."""
    fine = {0.7, 0.8, 0.9, 1.1, 1.25}
    return [tick for tick in TICKS if low <= tick <= high
            and not (high / low > 8 and tick in fine)]


def bars(path: Path, title: str, names: list[str], others: list[str],
         values: dict[str, dict[str, tuple[float, float, float]]]) -> None:
    """values[other][row]: the ratio, its lowest and its highest."""
    thick = 0.8 / max(len(others), 1)
    figure, axes = pyplot.subplots(
        figsize=(9, 1.4 + len(names) * (0.14 * len(others) + 0.12)))
    ends = [1.0]
    for number, other in enumerate(others):
        seen = values[other]
        rows = [row for row in names if row in seen]
        at = [names.index(row) + (number + 0.5) * thick - 0.4 for row in rows]
        middle = [seen[row][0] for row in rows]
        reach = [[seen[row][0] - seen[row][1] for row in rows],
                 [seen[row][2] - seen[row][0] for row in rows]]
        # from 1 to the ratio: on a log scale a bar has no other foot
        axes.barh(at, [value - 1 for value in middle], thick * 0.9, left=1,
                  label=other, color=f"C{number}", xerr=reach,
                  error_kw={"elinewidth": 0.6, "ecolor": "0.3"})
        ends += middle
    low, high = min(ends) / 1.25, max(ends) * 1.25
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(ticks_between(low, high))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.axvline(1, color="0.2", linewidth=0.8)
    axes.grid(axis="x", color="0.88", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(title, loc="left", fontsize=10)
    figure.legend(loc="lower center", ncol=len(others), frameon=False)
    figure.tight_layout(rect=(0, 0.4 / figure.get_figheight(), 1, 1))
    write(figure, path)


def plot_time(path: Path, summary: Summary) -> None:
    """Lead in time; whiskers from the worst round to the best."""
    values = {other: {row.name: (seen.median, seen.low, seen.high)
                      for row in summary.rows
                      if (seen := row.ahead.get(other))}
              for other in summary.others}
    draw(path, summary, values, "time of each / time of "
         f"{summary.main}: right of 1 {summary.main} is faster")


def plot_rss(path: Path, summary: Summary) -> None:
    """Lead in peak RSS."""
    values = {other: {row.name: (row.leaner[other],) * 3
                      for row in summary.rows if other in row.leaner}
              for other in summary.others}
    draw(path, summary, values, "peak RSS of each / peak RSS of "
         f"{summary.main}: right of 1 {summary.main} is leaner")


def draw(path: Path, summary: Summary,
         values: dict[str, dict[str, tuple[float, float, float]]],
         title: str) -> None:
    """Adds the means as a last group."""
    mean = "geometric mean"
    others = [other for other in summary.others if values[other]]
    for other in others:
        over = geomean([middle for middle, _, _ in values[other].values()])
        values[other][mean] = (over, over, over)
    names = [row.name for row in summary.rows] + [mean]
    bars(path, title, names, others, values)

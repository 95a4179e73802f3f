# SPDX-License-Identifier: MIT
"""soakplot.py - a soak over its time: throughput above, RSS below.

Owns    how it looks: a point an epoch, and a line through their medians.
Calls   matplotlib, svg.
"""
from pathlib import Path

import numpy as np

from soaksum import Side
from svg import pyplot, write

WINDOWS = 60        # medians along the time


def running_median(values: list[float]) -> list[float]:
    """Of a 60th of all epochs around each, and of three at least."""
    reach = max(1, len(values) // WINDOWS // 2)
    return [float(np.median(values[max(0, at - reach):at + reach + 1]))
            for at in range(len(values))]


def plot_soak(path: Path, sides: list[Side], steady: float) -> None:
    """Throughput jumps with the neighbours, so its median is what is seen."""
    figure, (above, below) = pyplot.subplots(2, sharex=True, figsize=(9, 6.5))
    for number, side in enumerate(sides):
        minutes = [record.time / 60 for record in side.epochs]
        mops = [record.mops for record in side.epochs]
        color = f"C{number}"
        above.plot(minutes, mops, ".", color=color, markersize=2, alpha=0.35)
        above.plot(minutes, running_median(mops), color=color,
                   linewidth=1.2, label=side.name)
        below.plot(minutes, [r.rss_kib / 1024 for r in side.epochs],
                   color=color, linewidth=1.2)
    above.set_title("Mops/s of CPU time, an epoch a point; the lines are "
                    "medians", loc="left", fontsize=10)
    below.set_title("RSS, MiB; steady from the dotted line on", loc="left",
                    fontsize=10)
    below.set_xlabel("minutes")
    below.axvline(steady / 60, color="0.2", linewidth=0.8, linestyle=":")
    for axes in (above, below):
        axes.set_ylim(bottom=0)
        axes.grid(color="0.88", linewidth=0.6)
        axes.set_axisbelow(True)
    figure.legend(loc="lower center", ncol=len(sides), frameon=False)
    figure.tight_layout(rect=(0, 0.4 / figure.get_figheight(), 1, 1))
    write(figure, path)

# SPDX-License-Identifier: MIT
"""svg.py - matplotlib as all plots use it, and the file that comes of one.

Owns    how matplotlib is set; what has to be changed in what it writes.
Calls   matplotlib.
"""
import io
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
# text stays text, and the same figures make the same file
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hakmem",
                            "font.size": 9})

from matplotlib import pyplot  # noqa: E402


def write(figure: pyplot.Figure, path: Path) -> None:
    """Saves a figure, and is done with it."""
    drawing = io.StringIO()
    figure.savefig(drawing, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    # it leaves blanks at the ends of lines, which no file of ours may have
    path.write_text("".join(line.rstrip() + "\n"
                            for line in drawing.getvalue().splitlines()))

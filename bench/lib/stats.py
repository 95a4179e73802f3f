# SPDX-License-Identifier: MIT
"""stats.py - medians, spreads, paired ratios, geometric means.

Owns    what is meant by each of them; numbers in, numbers out.
"""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sample:
    """One figure over the rounds."""
    median: float
    spread: float       # (max - min) / median
    cv: float           # standard deviation / mean
    low: float
    high: float
    count: int


def sample(values: list[float]) -> Sample:
    """Sums up at least one value."""
    v = np.asarray(values, dtype=float)
    middle, mean = float(np.median(v)), float(np.mean(v))
    deviation = float(np.std(v, ddof=1)) if len(v) > 1 else 0.0
    low, high = float(v.min()), float(v.max())
    return Sample(middle, (high - low) / middle if middle else 0.0,
                  deviation / mean if mean else 0.0, low, high, len(v))


def ratios(main: list[float], other: list[float], higher: bool
           ) -> list[float]:
    """How far ahead main is, round by round: above 1 where it is better."""
    if higher:
        return [m / o for m, o in zip(main, other, strict=True)]
    return [o / m for m, o in zip(main, other, strict=True)]


def geomean(values: list[float]) -> float:
    """Of at least one number above 0."""
    return float(np.exp(np.mean(np.log(values))))

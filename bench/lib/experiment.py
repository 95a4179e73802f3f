# SPDX-License-Identifier: MIT
"""experiment.py - is B faster than A, and is that known well enough?

Owns    the interval and the rule: GO if it lies wholly above +0.5 %, NO-GO
        if wholly below or if there is no gain for more code, else UNDECIDED.
Calls   stats, scipy.
"""
import math
import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats as scipy_stats

from stats import sample

GAIN = 1.005
TRIM = 0.2          # of the pairs at each end: a disturbed run is an outlier
RESAMPLES = 9999
MAX_MORE = 1000     # a difference that takes more pairs is none

GO, NO_GO, UNDECIDED = "GO", "NO-GO", "UNDECIDED"


@dataclass(frozen=True)
class Interval:
    """A ratio above 1 where B is ahead, and its 95 % interval."""
    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Decision:
    """The verdict, and for UNDECIDED how many more pairs; None: too many."""
    verdict: str
    more: int | None = 0
    why: str = ""

    def __str__(self) -> str:
        if self.verdict != UNDECIDED:
            return self.verdict + (f", {self.why}" if self.why else "")
        if self.more is None:
            return f"{UNDECIDED}, too near +{GAIN - 1:.1%} to tell"
        return f"{UNDECIDED}, about {self.more} more pairs would tell"


def trimmed_mean(values: np.ndarray, axis: int = -1) -> np.ndarray:
    return scipy_stats.trim_mean(values, TRIM, axis=axis)


def interval(logs: list[float], seed: int) -> Interval:
    """Bootstrap over the pairs, of their log ratios; BCa."""
    values = np.asarray(logs, dtype=float)
    middle = float(trimmed_mean(values))
    low = high = middle
    if np.ptp(values) > 0:
        for method in ("BCa", "percentile"):
            # many equal values can leave BCa without an answer
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = scipy_stats.bootstrap(
                    (values,), trimmed_mean, confidence_level=0.95,
                    n_resamples=RESAMPLES, method=method,
                    random_state=np.random.default_rng(seed))
            low, high = map(float, found.confidence_interval)
            if math.isfinite(low) and math.isfinite(high):
                break
    return Interval(math.exp(middle), math.exp(low), math.exp(high))


def more_pairs(seen: Interval, pairs: int) -> int | None:
    """Until the end of the interval that is in doubt passes the limit."""
    off = math.log(seen.ratio / GAIN)
    half = math.log(seen.ratio / seen.low if off > 0
                    else seen.high / seen.ratio)
    if off == 0:
        return None
    # its width goes with one over the root of the pairs
    more = math.ceil(pairs * (half / off) ** 2) - pairs
    return max(more, 1) if more <= MAX_MORE else None


def decide(seen: Interval, pairs: int, more_code: bool = False) -> Decision:
    """The rule."""
    if seen.low > GAIN:
        return Decision(GO)
    if seen.high < GAIN:
        return Decision(NO_GO)
    if more_code and seen.ratio < GAIN:
        return Decision(NO_GO, why="no gain with more code")
    return Decision(UNDECIDED, more_pairs(seen, pairs))


def cv_of_means(logs: list[list[float]]) -> float:
    """CV over the pairs of one side's geometric mean; logs[row][pair]."""
    return sample(np.exp(np.mean(logs, axis=0)).tolist()).cv


def over_rows(ratios: list[list[float]]) -> list[float]:
    """The log of the geometric mean over the rows, pair by pair."""
    return np.mean(np.log(ratios), axis=0).tolist()

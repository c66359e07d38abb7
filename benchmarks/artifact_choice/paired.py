"""The paired difference of two artifacts on the same photos, its interval, and what follows from it (pure).

Photos of one group (a film, a scene) are right or wrong together, so the groups are drawn anew and not the photos: else
the interval would be far too narrow. A ratio of sums, as groups differ in size: the pairs cluster bootstrap of Cameron,
Gelbach and Miller, "Bootstrap-Based Improvements for Inference with Clustered Errors", 2008.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, bootstrap

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]

LEVEL = 0.95
RESAMPLES = 9_999
SEED = 11


class Verdict(StrEnum):
    """What an interval says about a loss of at least the margin."""

    NOT_WORSE = "not worse"
    """The whole interval lies above a loss of the margin: non-inferior."""
    WORSE = "worse"
    """The whole interval lies below it."""
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Paired:
    """Shares of 0..1 on the same photos. `difference` is that of the candidate minus that of the reference."""

    photos: int
    groups: int
    reference: float
    gained: int
    """Right by the candidate alone."""
    lost: int
    """Right by the reference alone."""
    difference: float
    low: float
    high: float
    """The interval of `LEVEL`, groups drawn anew."""
    mcnemar: float
    """The exact two-sided p of McNemar's test, which takes photos for independent."""

    def verdict(self, margin: float) -> Verdict:
        """Hold the interval against the largest loss that is accepted, a share > 0."""
        if self.low > -margin:
            return Verdict.NOT_WORSE
        return Verdict.WORSE if self.high < -margin else Verdict.UNDECIDED


def compared(candidate: Bools, reference: Bools, groups: Groups, resamples: int = RESAMPLES) -> Paired:
    """Compare what is right (n,) by a candidate and by the reference, on photos of `groups` (n,).

    Raises:
        ValueError: there is no photo, or the lengths differ.
    """
    if not len(reference) or not len(candidate) == len(reference) == len(groups):
        raise ValueError(f"{len(candidate)}, {len(reference)} and {len(groups)} are no photos in pairs")
    gained, lost = int((candidate & ~reference).sum()), int((~candidate & reference).sum())
    _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    sums = np.bincount(group_of, candidate.astype(np.float64) - reference).astype(np.float64)
    low, high = interval(sums, sizes.astype(np.float64), resamples)
    return Paired(
        photos=len(groups),
        groups=len(sums),
        reference=float(reference.mean()),
        gained=gained,
        lost=lost,
        difference=(gained - lost) / len(groups),
        low=low,
        high=high,
        mcnemar=mcnemar(gained, lost),
    )


def interval(sums: Floats, sizes: Floats, resamples: int) -> tuple[float, float]:
    """Return the interval of a mean over photos, from the sum and the size of each group (g,): BCa, seeded.

    Groups that all have the same mean give an interval of no width, as there is nothing to draw from.
    """
    means = sums / sizes
    if np.ptp(means) == 0:
        return float(means[0]), float(means[0])
    found = bootstrap(
        (sums, sizes),
        _ratio,
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        batch=1_000,
        confidence_level=LEVEL,
        method="BCa",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def _ratio(sums: Floats, sizes: Floats, axis: int = -1) -> Floats:
    found: Floats = sums.sum(axis=axis) / sizes.sum(axis=axis)
    return found


def mcnemar(gained: int, lost: int) -> float:
    """Return the exact two-sided p of the discordant pairs; 1 where there is none."""
    return float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0

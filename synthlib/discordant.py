"""What the images on which two models disagree say of both, exactly.

A bootstrap that redraws a handful of them is sure too soon: of 4 to 0 it never draws one the other
way. Data are *leads*: float (images,) in [-1, 1], by how much the first model leads on each image
(or object), its mean over seeds; 0 where they do equally well.
"""

import numpy as np
from scipy.stats import binomtest

MIN_DISCORDANT_IMAGES = 10
"""Images with a lead below which an interval is widened to `bounds`."""


def mean_difference_bounds(differences: np.ndarray) -> tuple[float, float]:
    """95% bounds of the mean lead, in points: the shares of images with a lead either way, each
    with its Clopper-Pearson interval, joined as independent (MOVER: half widths add in squares).

    Of no lead at all: as many points either way as the share in which one may be all the same.
    """
    below, above = zip(
        *(_one_sided_half_widths(sign * differences) for sign in (1, -1)), strict=True
    )
    mean = 100 * differences.mean()
    return mean - np.hypot(below[0], above[1]), mean + np.hypot(above[0], below[1])


def _one_sided_half_widths(differences: np.ndarray) -> tuple[float, float]:
    """How far below and above its share of the images the leads one way may lie, in points."""
    mine = differences[differences > 0]
    ci = binomtest(len(mine), len(differences)).proportion_ci(method="exact")
    share, points = len(mine) / len(differences), 100 * (mine.mean() if len(mine) else 1.0)
    return points * (share - ci.low), points * (ci.high - share)


def sign_flip_p_value(a: np.ndarray, b: np.ndarray) -> float:
    """Two-sided p that neither model leads, of hits, bool (seeds, images) each: how often the sum
    of all leads is as far from 0 when each image's is turned by the toss of a coin. Of one seed
    McNemar's exact test; of more, an image counts once, however many seeds agree on it."""
    leads = np.asarray(a, int).sum(axis=0) - np.asarray(b, int).sum(axis=0)
    chances = np.ones(1)  # of the sums -n, -n + 2, ... n; n: that of the sizes so far
    for size in abs(leads[leads != 0]):
        still = np.zeros(size)
        chances = (np.append(chances, still) + np.append(still, chances)) / 2
    sums = 2 * np.arange(len(chances)) - (len(chances) - 1)
    return float(min(1.0, chances[abs(sums) >= abs(leads.sum())].sum()))

"""The bootstrap that all intervals stand on: it resamples seeds, then images.

Data are *hits*: bool (seeds, images), whether each seed's model named each test image rightly. All
groups that are resampled together get the same resamples, and so does every group of the same
shape: a resample depends on nothing but the seed and the numbers of seeds and images.

What the images on which two models disagree say of both, exactly.

A bootstrap that redraws a handful of them is sure too soon: of 4 to 0 it never draws one the other
way. Data are *leads*: float (images,) in [-1, 1], by how much the first model leads on each image
(or object), its mean over seeds; 0 where they do equally well.

How sure a number is: intervals, paired tests, spread over seeds, verdicts, real-equivalents.

Data are *hits*: bool (seeds, images), whether each seed's model named each test image rightly; one
run is (1, images). Accuracies and differences are percent and percentage points. The bootstrap
resamples seeds, then images; the images are the same for every seed, so one resample of them
serves all seeds (resampling them a seed would count the same photographs several times). With one
seed an interval says nothing of other seeds; with two or three it still is too narrow for them.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_test
from statsmodels.stats.multitest import multipletests

from synthlib.seeding import rng_for

CONFIDENCE_LEVEL = 0.95
N_RESAMPLES = 10_000
INTERVAL_QUANTILES = ((1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2)

_BLOCK_SIZE = 500
_MAX_CACHED_WEIGHTS = 30_000_000
"""Weights of images that are kept for the next call at most, a byte each."""


def bootstrap_accuracies(groups: list[np.ndarray], seed: int, n_resamples: int) -> np.ndarray:
    """float (groups, resamples): each group's accuracy in percent, all under the same resamples."""
    seeds, images = groups[0].shape
    means = np.empty((len(groups), n_resamples))
    kept = n_resamples * images <= _MAX_CACHED_WEIGHTS
    drawn = _cached_weights(seeds, images, seed, n_resamples) if kept else None
    blocks = iter(drawn) if drawn else _resample_weights(seeds, images, seed, n_resamples)
    for start, (of_seeds, counts) in zip(range(0, n_resamples, _BLOCK_SIZE), blocks, strict=True):
        of_images = counts / images
        for group, mean in zip(groups, means, strict=True):
            found = ((of_seeds @ group) * of_images).sum(axis=1)
            mean[start : start + _BLOCK_SIZE] = 100 * found
    return means


def percentile_interval(values: np.ndarray) -> tuple[float, float]:
    """The ends of the interval that holds `LEVEL` of the values."""
    low, high = np.quantile(values, INTERVAL_QUANTILES)
    return float(low), float(high)


def as_correct_matrix(correct: np.ndarray) -> np.ndarray:
    """float (seeds, images) of hits; one run's may be (images,). Raises ValueError on others."""
    correct = np.atleast_2d(np.asarray(correct, bool))
    if correct.ndim != 2 or correct.size == 0:
        raise ValueError(f"hits are (seeds, images) with one of each at least, got {correct.shape}")
    return correct.astype(float)


def raise_unless_paired(a: np.ndarray, b: np.ndarray) -> None:
    """Raises ValueError unless two groups have the same seeds and images."""
    if a.shape != b.shape:
        raise ValueError(
            f"paired hits need the same seeds and images, got shapes {a.shape} and {b.shape}"
        )


@lru_cache(maxsize=4)
def _cached_weights(
    n_seeds: int, n_images: int, seed: int, n_resamples: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """All blocks of `_weights`: a study asks for the same ones a hundred times."""
    return list(_resample_weights(n_seeds, n_images, seed, n_resamples))


def _resample_weights(
    n_seeds: int, n_images: int, seed: int, n_resamples: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of resamples: float (n, seeds), weights that sum to 1, and (n, images), how often each
    image was drawn. By blocks: the weights of all images at once are large."""
    rng = rng_for(seed, "bootstrap")
    of_seeds = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), n_resamples) / n_seeds
    for start in range(0, n_resamples, _BLOCK_SIZE):
        some = of_seeds[start : start + _BLOCK_SIZE]
        counts = rng.multinomial(n_images, np.full(n_images, 1 / n_images), len(some))
        small = counts.max(initial=0) < 256
        yield some, counts.astype(np.uint8) if small else counts


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


REPLACEMENT_MARGIN = -2.0
"""Points that data may cost and still "replace" other data (docs/design.md, Verdicts)."""

Verdict = Literal["held", "not held", "undecided"]


def wilson_interval(percent: float, n: int) -> tuple[float, float]:
    """95% Wilson interval, in percent, of an accuracy of `percent` on n images of one run."""
    ci = binomtest(round(percent / 100 * n), n).proportion_ci(method="wilson")
    return 100 * ci.low, 100 * ci.high


def accuracy_interval(
    correct: np.ndarray,
    *,
    instance_ids: np.ndarray | None = None,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> tuple[float, float]:
    """95% percentile bootstrap interval of the mean accuracy over seeds, in percent.

    `objects` (images,): which object each image shows, where several are of one: they are drawn
    together. Wilson's, on as many images or objects, where all are right or all are wrong.
    """
    correct = as_correct_matrix(correct)
    if correct.min() == correct.max():
        n = correct.shape[1] if instance_ids is None else len(np.unique(instance_ids))
        return wilson_interval(100 * correct[0, 0], n)
    return percentile_interval(
        _bootstrap_images_or_instances([correct], instance_ids, seed, n_resamples)[0]
    )


def paired_interval(
    a: np.ndarray,
    b: np.ndarray,
    *,
    instance_ids: np.ndarray | None = None,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> tuple[float, float]:
    """95% percentile bootstrap interval of accuracy(a) - accuracy(b), in points.

    Both are bool (seeds, images) on the same images and seeds, in the same order; `objects` as in
    `accuracy_interval`. Where they differ on fewer than `FEW` images or objects, it is widened to
    what so few can say (`discordant.bounds`). Raises ValueError when the shapes differ.
    """
    a, b = as_correct_matrix(a), as_correct_matrix(b)
    raise_unless_paired(a, b)
    drawn = _bootstrap_images_or_instances([a, b], instance_ids, seed, n_resamples)
    # rounded: sums in another order must not decide on which side of 0 an end lies
    low, high = percentile_interval((drawn[0] - drawn[1]).round(9))
    leads = (a - b).mean(axis=0)
    if instance_ids is not None:
        place = np.unique(instance_ids, return_inverse=True)[1]
        leads = np.bincount(place, weights=leads) / np.bincount(place)
    if np.count_nonzero(leads.round(9)) < MIN_DISCORDANT_IMAGES:
        least, most = mean_difference_bounds(leads.round(9))
        low, high = min(low, least), max(high, most)
    return low, high


def _bootstrap_images_or_instances(
    groups: list[np.ndarray], instance_ids: np.ndarray | None, seed: int, n_resamples: int
) -> np.ndarray:
    """float (groups, resamples): accuracies in percent, of resampled images or objects."""
    if instance_ids is None:
        return bootstrap_accuracies(groups, seed, n_resamples)
    place = np.unique(instance_ids, return_inverse=True)[1]
    sums = [  # of each object's images, (seeds, objects); the last group counts them
        np.stack([np.bincount(place, weights=row) for row in group])
        for group in (*groups, np.ones_like(groups[0]))
    ]
    *right, images = bootstrap_accuracies(sums, seed, n_resamples)
    return 100 * np.stack(right) / images


def paired_p_value(
    a: np.ndarray, b: np.ndarray, *, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> float:
    """Two-sided bootstrap p that accuracy(a) = accuracy(b), of hits as `paired_interval` takes."""
    a, b = as_correct_matrix(a), as_correct_matrix(b)
    raise_unless_paired(a, b)
    first, second = bootstrap_accuracies([a, b], seed, n_resamples).round(9)
    least = min((first <= second).sum(), (first >= second).sum())
    return float(min(1.0, 2 * (1 + least) / (1 + n_resamples)))


def mcnemar(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """McNemar's exact test of two runs on the same images, bool (images,) each.

    `only_a`, `only_b`: images that one of them alone names rightly; `p`: two-sided. One seed pair
    at a time: pooling seeds would count every image several times.
    """
    a, b = np.asarray(a, bool), np.asarray(b, bool)
    if a.ndim != 1:
        raise ValueError(f"McNemar's test takes one run's hits (images,), got shape {a.shape}")
    raise_unless_paired(a, b)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    if only_a + only_b == 0:
        return {"only_a": 0, "only_b": 0, "p": 1.0}
    table = [[int((a & b).sum()), only_a], [only_b, int((~a & ~b).sum())]]
    result: Any = mcnemar_test(table, exact=True)
    return {"only_a": only_a, "only_b": only_b, "p": float(result.pvalue)}


def holm_correction(p: np.ndarray) -> np.ndarray:
    """p-values (k,) after Holm's correction for k tests, each in [0, 1]."""
    p = np.asarray(p, float)
    return np.asarray(multipletests(p, method="holm")[1]) if len(p) else p


def mean_and_sd(values: np.ndarray) -> dict[str, float]:
    """`mean`, sample standard deviation `sd` (NaN of one value) and `n` of a number over seeds."""
    values = np.asarray(values, float)
    if values.size == 0:
        raise ValueError("no values, so no mean and no spread")
    sd = float(values.std(ddof=1)) if values.size > 1 else math.nan
    return {"mean": float(values.mean()), "sd": sd, "n": values.size}


def superiority_verdict(low: float, high: float, above: float = 0.0) -> Verdict:
    """Whether a difference is above `above` points, by its 95% interval [low, high].

    Held when the whole interval is above, not held when none of it is, undecided otherwise.
    "Helps" is `above=0`; "replaces" is `above=REPLACES`.
    """
    if not low <= high:
        raise ValueError(f"an interval's low is at most its high, got [{low}, {high}]")
    if low > above:
        return "held"
    return "not held" if high <= above else "undecided"


@dataclass(frozen=True)
class RealEquivalent:
    """Real photographs that alone reach an accuracy: estimate and 95% interval.

    0 stands for fewer than `smallest`, infinity for more than `largest`: the curve's ends, beyond
    which nothing is claimed.
    """

    n: float
    low: float
    high: float
    smallest: int
    largest: int

    def __str__(self) -> str:
        words = [self._word(value) for value in (self.n, self.low, self.high)]
        return f"{words[0]} ({words[1]} to {words[2]})"

    def _word(self, value: float) -> str:
        if value == 0:
            return f"< {self.smallest:,}"
        return f"> {self.largest:,}" if math.isinf(value) else f"{value:,.0f}"


def estimate_real_equivalent(
    curve: Mapping[int, np.ndarray],
    correct: np.ndarray,
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> RealEquivalent:
    """How many real photographs alone reach the accuracy of `hits`.

    `curve`: number of real photographs trained on to hits; all hits are bool (seeds, images) on the
    same images and seeds. The curve is made monotone (isotonic regression: more photographs never
    hurt), and interpolated linearly in log n. Curve and target are resampled together.
    """
    if len(curve) < 2:
        raise ValueError(f"a curve needs two numbers of real photographs, got {sorted(curve)}")
    sizes = sorted(curve)
    groups = [as_correct_matrix(curve[n]) for n in sizes] + [as_correct_matrix(correct)]
    for group in groups:
        raise_unless_paired(group, groups[-1])
    drawn = bootstrap_accuracies(groups, seed, n_resamples)
    found = _invert_curves(sizes, drawn[:-1], drawn[-1])
    measured = np.array([[100 * group.mean()] for group in groups])
    low, high = np.quantile(
        found, INTERVAL_QUANTILES, method="inverted_cdf"
    )  # never between an end and more
    n = float(_invert_curves(sizes, measured[:-1], measured[-1])[0])
    return RealEquivalent(n, float(low), float(high), sizes[0], sizes[-1])


def _invert_curves(sizes: list[int], accuracies: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """float (n,): the fewest photographs whose accuracy reaches each of `targets` (n,) on its own
    curve, a column of `accuracies` (sizes, n); 0 below the curve, infinity above."""
    # rounded: sums in another order must not decide whether an equal accuracy is reached
    rising, targets, logs = _isotonic(accuracies).round(9), targets.round(9), np.log(sizes)
    right = (rising >= targets).argmax(axis=0)  # the first that reaches it
    left, column = np.maximum(right - 1, 0), np.arange(len(targets))
    rise = rising[right, column] - rising[left, column]
    share = np.divide(
        targets - rising[left, column], rise, out=np.ones(len(targets)), where=rise > 0
    )
    found = np.exp(logs[left] * (1 - share) + logs[right] * share)
    found = np.clip(found, sizes[0], sizes[-1])
    return np.where(targets > rising[-1], np.inf, np.where(targets < rising[0], 0.0, found))


def _isotonic(values: np.ndarray) -> np.ndarray:
    """Each column of `values` (k, n) made rising by isotonic regression; most resampled curves rise
    already, so that only the others are fitted."""
    rising = values.copy()
    for column in np.flatnonzero((np.diff(values, axis=0) < 0).any(axis=0)):
        rising[:, column] = isotonic_regression(values[:, column]).x
    return rising

"""Statistics of accuracies: intervals, paired tests, spread over seeds, verdicts.

Functions take correctness as (seeds, images): whether the model of each seed predicted each test
image correctly, bool, or float with NaN where a seed was not tested on an image (each seed has its
own unused photographs); a single run is (1, images). Accuracies are in percent and means over seeds
of each seed's accuracy, differences in percentage points.

Intervals are by the bootstrap over seeds and images (`bootstrap`). In cross-validation, where each
image is tested with one seed, it would count the variation of images twice: there an interval is
the mean over folds with its standard error instead (`_fold_mean`).

A bootstrap is overconfident where two models disagree on a handful of images: of 4 images to 0 it
never draws one the other way. The exact bounds and the exact test of this module use the per-image
differences instead, float (images,) in [-1, 1]: the mean over seeds of the first model's
correctness less the second's, 0 where they do equally well.
"""

import math
from typing import Any, Literal

import numpy as np
from scipy.stats import binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_test
from statsmodels.stats.multitest import multipletests

from synthlib.evaluation.bootstrap import (
    INTERVAL_QUANTILES,
    N_RESAMPLES,
    as_correct_matrix,
    bootstrap_accuracies,
    percentile_interval,
    raise_unless_paired,
)

MIN_DISCORDANT_IMAGES = 10
"""Number of images on which two models must differ; with fewer, an interval is widened to
`mean_difference_bounds`."""

REPLACEMENT_MARGIN = -2.0
"""Points that data may cost and still "replace" other data (docs/design.md, Verdicts)."""

Verdict = Literal["supported", "contradicted", "inconclusive"]


# --- intervals ------------------------------------------------------------------------------------


def wilson_interval(percent: float, n: int) -> tuple[float, float]:
    """95% Wilson interval of the accuracy of one run.

    Args:
        percent: The accuracy in percent, in [0, 100].
        n: Number of test images, at least 1.

    Returns:
        Lower and upper end, in percent.
    """
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

    In cross-validation it is the mean over folds with 1.96 standard errors on either side, within
    [0, 100].

    If all images are correct, or none is, the bootstrap has no spread: the interval is then
    Wilson's on as many images (or instances).

    Args:
        correct: Correctness (seeds, images), or (images,) for one run.
        instance_ids: (images,), the instance that each image shows; images of one instance are
            resampled together. None: images are independent.
        seed: Seed of the resamples.
        n_resamples: Number of resamples.

    Returns:
        Lower and upper end, in percent.

    Raises:
        ValueError: If `correct` has more than two dimensions, or a seed or an image without any
            prediction.
    """
    correct = as_correct_matrix(correct)
    if np.nanmin(correct) == np.nanmax(correct):
        n = correct.shape[1] if instance_ids is None else len(np.unique(instance_ids))
        return wilson_interval(100 * np.nanmax(correct), n)
    if _is_cross_validation(correct):
        low, high = _fold_interval(correct)
        return max(0.0, low), min(100.0, high)
    accuracies = bootstrap_accuracies([correct], instance_ids, seed, n_resamples)
    return percentile_interval(accuracies[0])


def paired_interval(
    a: np.ndarray,
    b: np.ndarray,
    *,
    instance_ids: np.ndarray | None = None,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> tuple[float, float]:
    """95% percentile bootstrap interval of accuracy(a) - accuracy(b), in points.

    In cross-validation it is the mean over folds with 1.96 standard errors on either side. Where
    the two differ on fewer than `MIN_DISCORDANT_IMAGES` images (or instances), it is widened to
    `mean_difference_bounds`.

    Args:
        a: Correctness (seeds, images).
        b: Correctness for the same seeds and images in the same order, NaN where `a` is.
        instance_ids: As in `accuracy_interval`.
        seed: Seed of the resamples.
        n_resamples: Number of resamples.

    Returns:
        Lower and upper end, in points; 0 between them means that no difference is shown.

    Raises:
        ValueError: If the seeds or images differ.
    """
    a, b = as_correct_matrix(a), as_correct_matrix(b)
    raise_unless_paired(a, b)
    if _is_cross_validation(a):
        low, high = _fold_interval(a - b)
    else:
        accuracies = bootstrap_accuracies([a, b], instance_ids, seed, n_resamples)
        # rounded, so that the order of a sum does not decide on which side of 0 an end lies
        low, high = percentile_interval((accuracies[0] - accuracies[1]).round(9))
    differences = np.nanmean(a - b, axis=0)
    if instance_ids is not None:
        index = np.unique(instance_ids, return_inverse=True)[1]
        differences = np.bincount(index, weights=differences) / np.bincount(index)
    differences = differences.round(9)
    if np.count_nonzero(differences) < MIN_DISCORDANT_IMAGES:
        lower_bound, upper_bound = mean_difference_bounds(differences)
        low, high = min(low, lower_bound), max(high, upper_bound)
    return low, high


def mean_difference_bounds(differences: np.ndarray) -> tuple[float, float]:
    """95% bounds of the mean per-image difference, in points, from exact intervals.

    The shares of images that favour either model get a Clopper-Pearson interval each; the two are
    combined as independent (MOVER: half widths add in squares; Zou and Donner 2008). Without any
    difference the bounds are the share in which one may still occur.

    Args:
        differences: float (images,) in [-1, 1]; at least one image.

    Returns:
        Lower and upper bound, in points.
    """
    # half widths (below, above) of the share that favours the first model, then the second
    for_first = _one_sided_half_widths(differences)
    for_second = _one_sided_half_widths(-differences)
    mean = 100 * differences.mean()
    low = mean - np.hypot(for_first[0], for_second[1])
    high = mean + np.hypot(for_first[1], for_second[0])
    return low, high


def _one_sided_half_widths(differences: np.ndarray) -> tuple[float, float]:
    """Half widths below and above, in points, of the part of the mean due to positive values."""
    positive = differences[differences > 0]
    ci = binomtest(len(positive), len(differences)).proportion_ci(method="exact")
    share = len(positive) / len(differences)
    points = 100 * (positive.mean() if len(positive) else 1.0)
    return points * (share - ci.low), points * (ci.high - share)


# --- cross-validation -----------------------------------------------------------------------------


def _is_cross_validation(correct: np.ndarray) -> bool:
    """True if there are several seeds and each image was tested with one of them only."""
    return len(correct) > 1 and bool(((~np.isnan(correct)).sum(axis=0) == 1).all())


def _fold_mean(values: np.ndarray) -> tuple[float, float]:
    """Mean over folds of each fold's mean of `values` (folds, images), and its standard error.

    The variance of a fold's mean is estimated twice, from its images and from the spread of the
    folds, and the larger one counts: the first does not contain the variation of training, and the
    second comes from few numbers and is sometimes far too small.
    """
    means = np.nanmean(values, axis=1)
    within = np.nanvar(values, axis=1) / np.sum(~np.isnan(values), axis=1)
    variance = max(within.mean(), means.var(ddof=1))
    return float(means.mean()), math.sqrt(variance / len(means))


def _fold_interval(values: np.ndarray) -> tuple[float, float]:
    """95% interval of the mean over folds of `values` (folds, images), times 100."""
    mean, error = _fold_mean(values)
    low, high = (100 * (mean + z * error) for z in norm.ppf(INTERVAL_QUANTILES))
    return float(low), float(high)


# --- tests ----------------------------------------------------------------------------------------


def paired_p_value(
    a: np.ndarray, b: np.ndarray, *, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> float:
    """Two-sided bootstrap p-value of the hypothesis accuracy(a) = accuracy(b).

    In cross-validation it is that of the mean over folds and its standard error (normal).

    Args:
        a: Correctness (seeds, images).
        b: Correctness for the same seeds and images in the same order, NaN where `a` is.
        seed: Seed of the resamples.
        n_resamples: Number of resamples, which bounds p from below: 2 / (1 + n_resamples).

    Returns:
        The p-value, in [0, 1].

    Raises:
        ValueError: If the shapes differ.
    """
    a, b = as_correct_matrix(a), as_correct_matrix(b)
    raise_unless_paired(a, b)
    if _is_cross_validation(a):
        mean, error = _fold_mean(a - b)
        return float(2 * norm.sf(abs(mean) / (error or np.finfo(float).tiny)))
    of_a, of_b = bootstrap_accuracies([a, b], None, seed, n_resamples).round(9)
    smaller_tail = min((of_a <= of_b).sum(), (of_a >= of_b).sum())
    return float(min(1.0, 2 * (1 + smaller_tail) / (1 + len(of_a))))


def sign_flip_p_value(a: np.ndarray, b: np.ndarray) -> float:
    """Exact two-sided p-value of equal accuracy, by flipping the sign of each image's difference.

    p is the probability that the sum of all differences is as far from 0 as the observed one when
    each image's sign is a coin toss. With one seed this is McNemar's exact test; with more, an
    image counts once, however many seeds agree on it.

    Args:
        a: Correctness (seeds, images).
        b: Correctness for the same seeds and images in the same order, NaN where `a` is.

    Returns:
        The p-value, in (0, 1]; 1 if no image favours either model.
    """
    a, b = as_correct_matrix(a), as_correct_matrix(b)
    raise_unless_paired(a, b)
    differences = np.nansum(a - b, axis=0).astype(int)
    # probabilities of the sums -n, -n + 2, ..., n, where n is the total of the sizes so far
    probabilities = np.ones(1)
    for size in abs(differences[differences != 0]):
        padding = np.zeros(size)
        probabilities = (np.append(probabilities, padding) + np.append(padding, probabilities)) / 2
    sums = 2 * np.arange(len(probabilities)) - (len(probabilities) - 1)
    return float(min(1.0, probabilities[abs(sums) >= abs(differences.sum())].sum()))


def mcnemar(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """McNemar's exact test of two runs on the same images.

    One pair of seeds at a time: pooling seeds would count every image several times.

    Args:
        a: bool (images,).
        b: bool (images,), for the same images in the same order.

    Returns:
        only_a, only_b: numbers of images that one of the two alone predicts correctly; p:
        two-sided p-value.

    Raises:
        ValueError: If the shapes differ, or are not those of one run.
    """
    a, b = np.asarray(a, bool), np.asarray(b, bool)
    if a.ndim != 1:
        raise ValueError(f"McNemar's test takes one run, of shape (images,); got shape {a.shape}")
    raise_unless_paired(a, b)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    if only_a + only_b == 0:
        return {"only_a": 0, "only_b": 0, "p": 1.0}
    table = [[int((a & b).sum()), only_a], [only_b, int((~a & ~b).sum())]]
    result: Any = mcnemar_test(table, exact=True)
    return {"only_a": only_a, "only_b": only_b, "p": float(result.pvalue)}


def holm_correction(p: np.ndarray) -> np.ndarray:
    """Correct p-values for multiple tests by Holm's method, which controls the family-wise error.

    Args:
        p: p-values of k tests, float (k,) in [0, 1].

    Returns:
        float (k,) in [0, 1], in the same order, none smaller than before.
    """
    p = np.asarray(p, float)
    return np.asarray(multipletests(p, method="holm")[1]) if len(p) else p


def mean_and_sd(values: np.ndarray) -> dict[str, float]:
    """Summarise the values of one number over seeds.

    Args:
        values: One value per seed, (n,).

    Returns:
        `mean`, `sd` (sample standard deviation, ddof 1; NaN for one value) and `n`.

    Raises:
        ValueError: If there are no values.
    """
    values = np.asarray(values, float)
    if values.size == 0:
        raise ValueError("no values, so no mean and no standard deviation")
    sd = float(values.std(ddof=1)) if values.size > 1 else math.nan
    return {"mean": float(values.mean()), "sd": sd, "n": values.size}


def superiority_verdict(low: float, high: float, above: float = 0.0) -> Verdict:
    """Verdict on whether a difference exceeds a bound, from its 95% interval.

    Args:
        low: Lower end of the interval, in points.
        high: Upper end.
        above: The bound: 0 for "helps", `REPLACEMENT_MARGIN` for "replaces".

    Returns:
        `supported` if the whole interval is above the bound, `contradicted` if none of it is, else
        `inconclusive`.

    Raises:
        ValueError: If `low` exceeds `high`, or one of them is NaN.
    """
    if not low <= high:
        raise ValueError(f"an interval's low is at most its high, got [{low}, {high}]")
    if low > above:
        return "supported"
    return "contradicted" if high <= above else "inconclusive"

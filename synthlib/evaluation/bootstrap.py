"""Resamples of seeds and images, for intervals of accuracies and of what follows from them.

The bootstrap resamples seeds, then images. Seeds share images, so one resample of the images serves
all seeds: resampling them per seed would count the same photographs several times. An image counts
in the seeds that were tested on it (docs/design.md, Intervals).
Groups that are resampled together get the same resamples, and so does every group of the same
shape: a resample depends on the random seed and the numbers of seeds and images alone. With one
seed an interval does not cover other seeds; with two or three it is still too narrow for them.

Correctness is as in `statistics`: float (seeds, images), NaN where a seed was not tested.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from synthlib.seeding import rng_for

CONFIDENCE_LEVEL = 0.95
INTERVAL_QUANTILES = ((1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2)
N_RESAMPLES = 10_000

_BLOCK_SIZE = 500
_MAX_CACHED_WEIGHTS = 30_000_000
"""Largest number of image weights, one byte each, that are cached for the next call."""


def mean_accuracy(correct: np.ndarray) -> float:
    """The mean over seeds of each seed's accuracy, in percent."""
    return 100 * float(np.nanmean(correct, axis=1).mean())


def bootstrap_accuracies(
    groups: list[np.ndarray], instance_ids: np.ndarray | None, seed: int, n_resamples: int
) -> np.ndarray:
    """Accuracies in percent, float (groups, resamples), of all groups under the same resamples.

    A resampled accuracy is the drawn weight of the correct predictions, divided by that of all
    predictions. A prediction weighs 1 over its seed's number of images, so that without resampling
    it is `mean_accuracy`. A resample without any prediction, possible if images are few, is left
    out.
    """
    weights = ~np.isnan(groups[0]) / np.sum(~np.isnan(groups[0]), axis=1, keepdims=True)
    sums = np.stack([*(weights * np.nan_to_num(group) for group in groups), weights])
    if instance_ids is not None:  # sums over the images of each instance
        index = np.unique(instance_ids, return_inverse=True)[1]
        sums = np.apply_along_axis(lambda row: np.bincount(index, row), 2, sums)
    _, n_seeds, n = sums.shape
    resample = _cached_weights if n_resamples * n <= _MAX_CACHED_WEIGHTS else _resample_weights
    totals = [
        np.einsum("bs,gsb->gb", seed_weights, sums @ counts.T.astype(float))
        for seed_weights, counts in resample(n_seeds, n, seed, n_resamples)
    ]
    *correct, drawn = np.concatenate(totals, axis=1)
    return 100 * np.stack(correct)[:, drawn > 0] / drawn[drawn > 0]


@lru_cache(maxsize=4)
def _cached_weights(
    n_seeds: int, n_images: int, seed: int, n_resamples: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """All blocks of `_resample_weights`: a study needs the same ones a hundred times."""
    return list(_resample_weights(n_seeds, n_images, seed, n_resamples))


def _resample_weights(
    n_seeds: int, n_images: int, seed: int, n_resamples: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of resamples: float (block, seeds), weights that sum to 1, and int (block, images),
    how often each image was drawn. In blocks because the weights of all images are large."""
    rng = rng_for(seed, "bootstrap")
    seed_weights = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), n_resamples) / n_seeds
    for start in range(0, n_resamples, _BLOCK_SIZE):
        block = seed_weights[start : start + _BLOCK_SIZE]
        counts = rng.multinomial(n_images, np.full(n_images, 1 / n_images), len(block))
        fits_in_byte = counts.max(initial=0) < 256
        yield block, counts.astype(np.uint8) if fits_in_byte else counts


def percentile_interval(values: np.ndarray) -> tuple[float, float]:
    """95% percentile interval of resampled values (resamples,)."""
    low, high = np.quantile(values, INTERVAL_QUANTILES)
    return float(low), float(high)


def as_correct_matrix(correct: np.ndarray) -> np.ndarray:
    """Correctness as float (seeds, images); that of one run may be (images,)."""
    correct = np.atleast_2d(np.asarray(correct, float))
    is_empty = correct.size == 0 or any(np.isnan(correct).all(axis).any() for axis in (0, -1))
    if correct.ndim != 2 or is_empty:
        raise ValueError(
            "expected correctness of shape (seeds, images), both at least 1, with a prediction of "
            f"each seed and each image; got {correct.shape}"
        )
    return correct


def raise_unless_paired(a: np.ndarray, b: np.ndarray) -> None:
    """Check that two are of the same seeds and images.

    Raises:
        ValueError: If shapes differ, or one has a prediction where the other has none.
    """
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        raise ValueError(
            f"a paired comparison needs the same seeds and images, got shapes {a.shape} and "
            f"{b.shape}"
        )

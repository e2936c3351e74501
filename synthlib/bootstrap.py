"""The bootstrap that all intervals stand on: it resamples seeds, then images.

Data are *hits*: bool (seeds, images), whether each seed's model named each test image rightly. All
groups that are resampled together get the same resamples, and so does every group of the same
shape: a resample depends on nothing but the seed and the numbers of seeds and images.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

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

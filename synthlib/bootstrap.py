"""The bootstrap that all intervals stand on: it resamples seeds, then images.

Data are *hits*: bool (seeds, images), whether each seed's model named each test image rightly. All
groups that are resampled together get the same resamples, and so does every group of the same
shape: a resample depends on nothing but the seed and the numbers of seeds and images.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from synthlib.seeding import rng_for

LEVEL = 0.95
RESAMPLES = 10_000
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)

_BLOCK = 500
_KEPT = 30_000_000
"""Weights of images that are kept for the next call at most, a byte each."""


def resampled(groups: list[np.ndarray], seed: int, resamples: int) -> np.ndarray:
    """float (groups, resamples): each group's accuracy in percent, all under the same resamples."""
    seeds, images = groups[0].shape
    means = np.empty((len(groups), resamples))
    kept = resamples * images <= _KEPT
    drawn = _drawn(seeds, images, seed, resamples) if kept else None
    blocks = iter(drawn) if drawn else _weights(seeds, images, seed, resamples)
    for start, (of_seeds, counts) in zip(range(0, resamples, _BLOCK), blocks, strict=True):
        of_images = counts / images
        for group, mean in zip(groups, means, strict=True):
            found = ((of_seeds @ group) * of_images).sum(axis=1)
            mean[start : start + _BLOCK] = 100 * found
    return means


def quantiles(values: np.ndarray) -> tuple[float, float]:
    """The ends of the interval that holds `LEVEL` of the values."""
    low, high = np.quantile(values, TAILS)
    return float(low), float(high)


def checked(hits: np.ndarray) -> np.ndarray:
    """float (seeds, images) of hits; one run's may be (images,). Raises ValueError on others."""
    hits = np.atleast_2d(np.asarray(hits, bool))
    if hits.ndim != 2 or hits.size == 0:
        raise ValueError(f"hits are (seeds, images) with one of each at least, got {hits.shape}")
    return hits.astype(float)


def refuse_unpaired(a: np.ndarray, b: np.ndarray) -> None:
    """Raises ValueError unless two groups have the same seeds and images."""
    if a.shape != b.shape:
        raise ValueError(
            f"paired hits need the same seeds and images, got shapes {a.shape} and {b.shape}"
        )


@lru_cache(maxsize=4)
def _drawn(
    seeds: int, images: int, seed: int, resamples: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """All blocks of `_weights`: a study asks for the same ones a hundred times."""
    return list(_weights(seeds, images, seed, resamples))


def _weights(
    seeds: int, images: int, seed: int, resamples: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of resamples: float (n, seeds), weights that sum to 1, and (n, images), how often each
    image was drawn. By blocks: the weights of all images at once are large."""
    rng = rng_for(seed, "bootstrap")
    of_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), resamples) / seeds
    for start in range(0, resamples, _BLOCK):
        some = of_seeds[start : start + _BLOCK]
        counts = rng.multinomial(images, np.full(images, 1 / images), len(some))
        small = counts.max(initial=0) < 256
        yield some, counts.astype(np.uint8) if small else counts

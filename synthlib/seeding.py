"""Named, independent random streams; nothing in synthlib uses global random state.

A stream is named by a seed and any number of keys: `rng_for(0, "views", "banana", "p0003")`. Its
draws depend on the name alone, and not on the order of calls, the batch size, the number of workers
or the device. Seed 0 is a seed like any other.
"""

import hashlib
import json

import numpy as np

# constants of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
# OOPSLA 2014)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def stream_key(*keys: str | int) -> int:
    """A 64-bit key of a stream's name; equal names give equal keys on every machine.

    Args:
        *keys: Strings and integers; ("a", 1) and ("a1",) are different names.

    Raises:
        TypeError: A key is of another type.
    """
    for key in keys:
        if not isinstance(key, str | int | np.integer) or isinstance(key, bool):
            raise TypeError(f"a stream's key is a string or an integer, got {key!r}")
    name = json.dumps([k if isinstance(k, str) else int(k) for k in keys])
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def rng_for(seed: int, *keys: str | int) -> np.random.Generator:
    """A new generator of the stream named (seed, *keys), at the beginning of the stream.

    Examples:
        >>> rng_for(0, "split", "banana").integers(10) == rng_for(0, "split", "banana").integers(10)
        True
    """
    return np.random.default_rng(stream_key(seed, *keys))


def sample_ids(names: list[str]) -> np.ndarray:
    """uint64 (N,): an id for each sample's name, equal on every machine, for `uniforms`."""
    return np.array([stream_key(name) for name in names], dtype=np.uint64)


def uniforms(seed: int, *keys: str | int, ids: np.ndarray, n: int) -> np.ndarray:
    """Draw uniform numbers for a batch of samples, from one stream per sample.

    A row depends only on (seed, *keys) and its sample's id, so that batches can be cut and ordered
    in any way. SplitMix64 is counter-based, so the whole batch is drawn at once.

    Args:
        seed: The seed.
        *keys: Name of the streams.
        ids: uint64 (N,), from `sample_ids`.
        n: Number of draws per sample.

    Returns:
        float64 (N, n) in [0, 1).
    """
    ids = np.asarray(ids, dtype=np.uint64)
    with np.errstate(over="ignore"):
        start = _mix(ids ^ np.uint64(stream_key(seed, *keys)))[:, None]
        counters = np.arange(1, n + 1, dtype=np.uint64)[None, :] * _GOLDEN
        bits = _mix(start + counters)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: a bijection of 64-bit words that maps close ones far apart."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))

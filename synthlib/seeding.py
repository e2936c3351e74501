"""Named, independent random streams: nothing in synthlib uses global random state.

A stream is named by a seed and any number of keys (`rng_for(0, "views", "banana", "p0003")`), so
what a stream yields depends on the names alone: not on the order of calls, the batch size, the
number of workers or the device. Seed 0 is a seed like any other.
"""

import hashlib
import json

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def stream_key(*keys: str | int) -> int:
    """A 64-bit key of a name: equal names give equal keys on every machine.

    `keys` are strings and integers; ("a", 1) and ("a1",) are different names.
    """
    for key in keys:
        if not isinstance(key, str | int | np.integer) or isinstance(key, bool):
            raise TypeError(f"a stream's key is a string or an integer, got {key!r}")
    name = json.dumps([k if isinstance(k, str) else int(k) for k in keys])
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def rng_for(seed: int, *keys: str | int) -> np.random.Generator:
    """The generator of the stream named (seed, *keys). Two calls give the same draws."""
    return np.random.default_rng(stream_key(seed, *keys))


def sample_ids(names: list[str]) -> np.ndarray:
    """uint64 (N,): a stable id of each sample's name, to be kept and passed to `uniforms`."""
    return np.array([stream_key(name) for name in names], dtype=np.uint64)


def uniforms(seed: int, *keys: str | int, ids: np.ndarray, n: int) -> np.ndarray:
    """float64 (N, n) in [0, 1): `n` draws for each sample of `ids`, one stream a sample.

    A row depends on (seed, *keys) and on its own id only, so that a batch can be cut and ordered
    in any way. Counter-based (SplitMix64), hence the whole batch at once.
    """
    ids = np.asarray(ids, dtype=np.uint64)
    with np.errstate(over="ignore"):
        start = _mix(ids ^ np.uint64(stream_key(seed, *keys)))[:, None]
        counters = np.arange(1, n + 1, dtype=np.uint64)[None, :] * _GOLDEN
        bits = _mix(start + counters)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: a bijection of 64-bit words that scatters neighbours."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))

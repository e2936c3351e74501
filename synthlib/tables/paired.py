"""Runs held against each other on the same photographs: differences, intervals, verdicts.

Every interval resamples seeds, then images, the same ones for all experiments of a comparison.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from synthlib import thesis
from synthlib.seeding import rng_for
from synthlib.tables.measured import right_on, runs_of

RESAMPLES = 2000


class Draws(NamedTuple):
    """Top-1 in percent of experiments tested on the same images: `point`, and a row a resample in
    `draws`, columns the experiments; `seeds` are those that all have, `n` the images."""

    point: pd.Series
    draws: pd.DataFrame
    seeds: list[int]
    n: int


def accuracy_draws(
    outputs: Path,
    scale: str,
    experiments: Sequence[str],
    protocol: str = "thesis",
    test_set: str = "real",
) -> Draws | None:
    """Resampled top-1 of experiments on the images that all of them were tested on.

    None unless each has a run and they share a seed and images.
    """
    names = list(dict.fromkeys(experiments))
    found = [runs_of(outputs, scale, name, protocol, test_set) for name in names]
    if any(runs.empty for runs in found):
        return None
    seeds = sorted(set.intersection(*(set(runs["seed"]) for runs in found)))
    if not seeds:
        return None
    columns = {
        (name, seed): right_on(runs.loc[runs["seed"] == seed, "folder"].iloc[0], test_set)
        for name, runs in zip(names, found, strict=True)
        for seed in seeds
    }
    table = pd.DataFrame(columns).dropna()
    if table.empty:
        return None
    right = 100 * table.to_numpy(float).reshape(len(table), len(names), len(seeds))
    rng = rng_for(0, "tables", "paired", test_set)
    draws = np.empty((RESAMPLES, len(names)))
    for i in range(RESAMPLES):
        by_image = right[:, :, rng.integers(len(seeds), size=len(seeds))].mean(axis=2)
        draws[i] = by_image[rng.integers(len(table), size=len(table))].mean(axis=0)
    point = pd.Series(right.mean(axis=(0, 2)), names)
    return Draws(point, pd.DataFrame(draws, columns=names), seeds, len(table))


def compare(
    outputs: Path,
    scale: str,
    first: str,
    second: str,
    protocol: str = "thesis",
    test_set: str = "real",
    other: str | None = None,
) -> dict[str, Any] | None:
    """Points by which the first experiment's top-1 exceeds the second's, paired by seed and image.

    With `other`, the second is tested on that test set; images are then not paired.
    Keys: difference, low, high (95%), n, seeds; None where the two have nothing in common.
    """
    both = [first, second]
    found = accuracy_draws(outputs, scale, both if other is None else [first], protocol, test_set)
    beside = found if other is None else accuracy_draws(outputs, scale, [second], protocol, other)
    if found is None or beside is None:
        return None
    low, high = np.percentile(found.draws[first] - beside.draws[second], [2.5, 97.5])
    return {
        "difference": float(found.point[first] - beside.point[second]),
        "low": float(low),
        "high": float(high),
        "n": found.n if other is None else min(found.n, beside.n),
        "seeds": ", ".join(map(str, found.seeds)),
    }


def verdict(low: float, high: float, *, above: float = 0.0, within: float | None = None) -> str:
    """held, not held or undecided: that a difference lies above a bound, or within ± a bound."""
    if within is not None:
        if low > -within and high < within:
            return "held"
        return "not held" if low > within or high < -within else "undecided"
    if low > above:
        return "held"
    return "not held" if high < above else "undecided"


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """What the thesis states, each with the comparison that decides it (`statements.yaml`).

    Columns: statement, label, protocol, published (points of the thesis, NaN for a
    control), difference, low, high,
    n, seeds, verdict ("not run" without runs).
    """
    rows = []
    for entry in yaml.safe_load((Path(thesis.__file__).parent / "statements.yaml").read_text()):
        bound = {key: entry[key] for key in ("above", "within") if key in entry}
        both = entry.get("published", (np.nan, np.nan))
        for sets in _test_sets(entry):
            label = " - ".join([entry["first"], entry["second"]])
            label += f", {sets[0]} - {sets[1]}" if sets[1] else ""
            label += ", unused photographs" if sets[0] == "real_rest" else ""
            for protocol in entry.get("protocols", ["thesis"]):
                found = compare(outputs, scale, entry["first"], entry["second"], protocol, *sets)
                about = {"statement": entry["statement"], "label": label, "protocol": protocol}
                printed = both[0] - both[1] if sets[0] != "real_rest" else np.nan
                decided = verdict(found["low"], found["high"], **bound) if found else "not run"
                rows.append(about | {"published": printed} | (found or {}) | {"verdict": decided})
    columns = ["statement", "label", "protocol", "published", "difference", "low", "high"]
    return pd.DataFrame(rows).reindex(columns=[*columns, "n", "seeds", "verdict"])


def _test_sets(entry: dict) -> list[tuple[str, str | None]]:
    """What a statement is tested on: real photographs, or two sets of its own; and with `rest` once
    more the training photographs that neither run used, as there are more of them."""
    sets: list[tuple[str, str | None]] = [tuple(entry.get("test_sets", ("real", None)))]
    return [*sets, ("real_rest", None)] if entry.get("rest") else sets

"""Runs held against each other on the same photographs: differences, intervals, verdicts.

Intervals are those of `statistics`: they resample seeds, then images, the same for all experiments.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from synthlib import statistics
from synthlib.evaluation import BatchNorm, correct_by_sample, has, objects, predictions
from synthlib.tables.measured import refuse_other_studies, runs_of

NUMBERS = ("difference", "low", "high")
UNUSED = ", unused photographs"
"""What the label of a statement ends with that is tested on photographs no run trained on."""


class Hits(NamedTuple):
    """Which images each experiment got right: `by_name` has bool (seeds, images) an experiment, on
    the same seeds and images, in the same order."""

    by_name: dict[str, np.ndarray]
    seeds: list[int]
    n: int
    objects: np.ndarray | None = None  # str (images,): what is shown, of synthetic test sets

    def top1(self, name: str) -> float:
        """Mean top-1 of an experiment over seeds, in percent."""
        return 100 * float(self.by_name[name].mean())

    def only(self, seeds: Sequence[int]) -> "Hits":
        """The same of some of the seeds."""
        rows = [self.seeds.index(seed) for seed in seeds]
        by_name = {name: right[rows] for name, right in self.by_name.items()}
        return self._replace(by_name=by_name, seeds=list(seeds))


def hits_of(
    outputs: Path,
    scale: str,
    experiments: Sequence[str],
    protocol: str = "thesis",
    test_set: str = "real",
    batch_norm: BatchNorm = "trained",
) -> Hits | None:
    """What experiments got right on the images that all of them were tested on.

    None unless each has a run (with `bn_real`, one that has such predictions) and they share a seed
    and images. Raises RunError on runs of different studies.
    """
    names = list(dict.fromkeys(experiments))
    found = [runs_of(outputs, scale, name, protocol, test_set) for name in names]
    if any(runs.empty for runs in found) or not all(
        has(predictions(folder), batch_norm) for runs in found for folder in runs["folder"]
    ):
        return None
    seeds = sorted(set.intersection(*(set(runs["seed"]) for runs in found)))
    refuse_other_studies([_folder(runs, seed) for runs in found for seed in seeds])
    columns = {
        (name, seed): correct_by_sample(_folder(runs, seed), test_set, batch_norm)
        for name, runs in zip(names, found, strict=True)
        for seed in seeds
    }
    table = pd.DataFrame(columns).dropna()
    if not seeds or table.empty:
        return None
    right = {name: table[name].to_numpy(bool).T for name in names}
    return Hits(right, seeds, len(table), objects(test_set, list(table.index)))


def common_runs(
    outputs: Path, scale: str, first: str, second: str, protocol: str = "thesis"
) -> dict[int, tuple[Path, Path]]:
    """Folders of two experiments' runs, by the seeds that both have."""
    found = [runs_of(outputs, scale, name, protocol) for name in (first, second)]
    one, two = ({row["seed"]: row["folder"] for row in t.to_dict("records")} for t in found)
    return {seed: (one[seed], two[seed]) for seed in sorted(set(one) & set(two))}


def _folder(runs: pd.DataFrame, seed: int) -> Path:
    return runs.loc[runs["seed"] == seed, "folder"].iloc[0]


def compare(
    outputs: Path,
    scale: str,
    first: str,
    second: str,
    protocol: str = "thesis",
    test_set: str = "real",
    other: str | None = None,
    batch_norm: BatchNorm = "trained",
) -> dict[str, Any] | None:
    """Points by which the first experiment's top-1 exceeds the second's, paired by seed and image.

    With `other`, the second is tested on that test set: images are then not paired, and the two
    intervals are joined as independent ones (MOVER: half widths add in squares).
    Keys: difference, low, high (95%), n (images), n_other (of the second, NaN if they are the
    same), seeds, levels (both top-1 on these seeds and images); None where the two have nothing in
    common.
    """
    if other is None:
        found = hits_of(outputs, scale, [first, second], protocol, test_set, batch_norm)
        if found is None:
            return None
        both = found.by_name[first], found.by_name[second]
        low, high = statistics.paired_interval(*both, objects=found.objects)
        levels, beside = (found.top1(first), found.top1(second)), None
    else:
        found = hits_of(outputs, scale, [first], protocol, test_set, batch_norm)
        beside = hits_of(outputs, scale, [second], protocol, other, batch_norm)
        shared = sorted(set(found.seeds) & set(beside.seeds)) if found and beside else []
        if not found or not beside or not shared:
            return None
        pairs = ((first, test_set), (second, other))
        both_runs = [runs_of(outputs, scale, name, protocol, tested) for name, tested in pairs]
        refuse_other_studies([_folder(runs, seed) for runs in both_runs for seed in shared])
        found, beside = found.only(shared), beside.only(shared)
        a, b = levels = found.top1(first), beside.top1(second)
        (a_low, a_high), (b_low, b_high) = _alone(found, first), _alone(beside, second)
        low = round(a - b - float(np.hypot(a - a_low, b_high - b)), 9)
        high = round(a - b + float(np.hypot(a_high - a, b - b_low)), 9)
    numbers = {"difference": levels[0] - levels[1], "low": low, "high": high, "n": found.n}
    numbers["n_other"] = beside.n if beside else np.nan
    return numbers | {"seeds": ", ".join(map(str, found.seeds)), "levels": levels}


def _alone(found: Hits, name: str) -> tuple[float, float]:
    if len(found.seeds) == 1 and found.objects is None:
        return statistics.interval(found.top1(name), found.n)
    return statistics.accuracy_interval(found.by_name[name], objects=found.objects)


def verdict(low: float, high: float, *, above: float = 0.0, within: float | None = None) -> str:
    """held, not held or undecided: that a difference lies above a bound, or within ± a bound."""
    if within is not None:
        if low > -within and high < within:
            return "held"
        return "not held" if low > within or high < -within else "undecided"
    return statistics.verdict(low, high, above)


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """What the thesis states, each with the comparison that decides it (`statements.yaml`).

    Columns: statement, label, protocol, difference, low, high, n, n_other (see `compare`), seeds,
    verdict ("not run" without runs), above or within (points that decide it), and the same with
    batch-norm statistics of the real training photographs, where both runs have such and one of
    them is a mix: bn_real_difference, bn_real_low, bn_real_high, bn_real_verdict ("" elsewhere).
    """
    rows = []
    for entry in entries():
        bound = {key: entry[key] for key in ("above", "within") if key in entry}
        pair = (entry["first"], entry["second"])
        for sets in _test_sets(entry):
            label = " - ".join(pair)
            label += f", {sets[0]} - {sets[1]}" if sets[1] else ""
            label += UNUSED if sets[0] == "real_rest" else ""
            for protocol in entry.get("protocols", ["thesis"]):
                found = compare(outputs, scale, *pair, protocol, *sets)
                again = None
                if found and any(name.startswith("mixed") for name in pair):
                    again = compare(outputs, scale, *pair, protocol, *sets, batch_norm="bn_real")
                about = {"statement": entry["statement"], "label": label, "protocol": protocol}
                about |= {"above": entry.get("above", 0), "within": entry.get("within", np.nan)}
                words = {"verdict": _decided(found, bound) or "not run"}
                words |= {f"bn_real_{k}": v for k, v in (again or {}).items() if k in NUMBERS}
                words |= {"bn_real_verdict": _decided(again, bound)}
                rows.append(about | (found or {}) | words)
    columns = ["statement", "label", "protocol", *NUMBERS]
    columns += ["n", "n_other", "seeds", "verdict", "above", "within"]
    columns += [f"bn_real_{name}" for name in (*NUMBERS, "verdict")]
    return pd.DataFrame(rows).reindex(columns=columns)


def entries() -> list[dict[str, Any]]:
    """The entries of `statements.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text())


def _decided(found: dict[str, Any] | None, bound: dict[str, float]) -> str:
    return verdict(found["low"], found["high"], **bound) if found else ""


def _test_sets(entry: dict) -> list[tuple[str, str | None]]:
    """What a statement is tested on: real photographs, or two sets of its own; and with `rest` once
    more the training photographs that neither run used, as there are more of them."""
    sets: list[tuple[str, str | None]] = [tuple(entry.get("test_sets", ("real", None)))]
    return [*sets, ("real_rest", None)] if entry.get("rest") else sets

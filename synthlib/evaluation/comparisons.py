"""Runs held against each other on the same photographs: differences, intervals, verdicts.

Intervals are those of `statistics`: they resample seeds, then images, the same for all experiments.

What a class gains by another run (Table 22), and whether that is more than chance.

Only seeds that both experiments have count. Intervals resample seeds, then images. With one seed p
is McNemar's exact one; with more the larger of the bootstrap's, which knows how seeds differ, and
the exact one of the photographs, each counted once. `p_holm` is corrected for the number of
classes (Holm).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from synthlib.evaluation import predictions, statistics
from synthlib.evaluation.predictions import (
    BatchNormSource,
    correct_by_sample,
    has_batch_norm,
    instance_ids,
    read_predictions,
)
from synthlib.evaluation.run_metrics import finished_runs, raise_on_mixed_studies

INTERVAL_COLUMNS = ("difference", "low", "high")
UNUSED = ", unused photographs"
"""What the label of a statement ends with that is tested on photographs no run trained on."""


class CorrectPredictions(NamedTuple):
    """Which images each experiment got right: `by_name` has bool (seeds, images) an experiment, on
    the same seeds and images, in the same order."""

    by_experiment: dict[str, np.ndarray]
    seeds: list[int]
    n: int
    instance_ids: np.ndarray | None = None  # str (images,): what is shown, of synthetic test sets

    def top1(self, experiment: str) -> float:
        """Mean top-1 of an experiment over seeds, in percent."""
        return 100 * float(self.by_experiment[experiment].mean())

    def for_seeds(self, seeds: Sequence[int]) -> "CorrectPredictions":
        """The same of some of the seeds."""
        rows = [self.seeds.index(seed) for seed in seeds]
        by_experiment = {name: right[rows] for name, right in self.by_experiment.items()}
        return self._replace(by_experiment=by_experiment, seeds=list(seeds))


def load_correct_predictions(
    outputs: Path,
    scale: str,
    experiments: Sequence[str],
    protocol: str = "thesis",
    test_set: str = "real",
    batch_norm: BatchNormSource = "trained",
) -> CorrectPredictions | None:
    """What experiments got right on the images that all of them were tested on.

    None unless each has a run (with `bn_real`, one that has such predictions) and they share a seed
    and images. Raises RunError on runs of different studies.
    """
    names = list(dict.fromkeys(experiments))
    found = [finished_runs(outputs, scale, name, protocol, test_set) for name in names]
    if any(runs.empty for runs in found) or not all(
        has_batch_norm(read_predictions(folder), batch_norm)
        for runs in found
        for folder in runs["folder"]
    ):
        return None
    seeds = sorted(set.intersection(*(set(runs["seed"]) for runs in found)))
    raise_on_mixed_studies([_run_folder(runs, seed) for runs in found for seed in seeds])
    columns = {
        (name, seed): correct_by_sample(_run_folder(runs, seed), test_set, batch_norm)
        for name, runs in zip(names, found, strict=True)
        for seed in seeds
    }
    table = pd.DataFrame(columns).dropna()
    if not seeds or table.empty:
        return None
    right = {name: table[name].to_numpy(bool).T for name in names}
    return CorrectPredictions(right, seeds, len(table), instance_ids(test_set, list(table.index)))


def common_runs(
    outputs: Path, scale: str, first: str, second: str, protocol: str = "thesis"
) -> dict[int, tuple[Path, Path]]:
    """Folders of two experiments' runs, by the seeds that both have."""
    found = [finished_runs(outputs, scale, name, protocol) for name in (first, second)]
    one, two = ({row["seed"]: row["folder"] for row in t.to_dict("records")} for t in found)
    return {seed: (one[seed], two[seed]) for seed in sorted(set(one) & set(two))}


def _run_folder(runs: pd.DataFrame, seed: int) -> Path:
    return runs.loc[runs["seed"] == seed, "folder"].iloc[0]


def compare_experiments(
    outputs: Path,
    scale: str,
    first: str,
    second: str,
    protocol: str = "thesis",
    test_set: str = "real",
    second_test_set: str | None = None,
    batch_norm: BatchNormSource = "trained",
) -> dict[str, Any] | None:
    """Points by which the first experiment's top-1 exceeds the second's, paired by seed and image.

    With `other`, the second is tested on that test set: images are then not paired, and the two
    intervals are joined as independent ones (MOVER: half widths add in squares).
    Keys: difference, low, high (95%), n (images), n_other (of the second, NaN if they are the
    same), seeds, levels (both top-1 on these seeds and images); None where the two have nothing in
    common.
    """
    if second_test_set is None:
        found = load_correct_predictions(
            outputs, scale, [first, second], protocol, test_set, batch_norm
        )
        if found is None:
            return None
        both = found.by_experiment[first], found.by_experiment[second]
        low, high = statistics.paired_interval(*both, instance_ids=found.instance_ids)
        levels, beside = (found.top1(first), found.top1(second)), None
    else:
        found = load_correct_predictions(outputs, scale, [first], protocol, test_set, batch_norm)
        beside = load_correct_predictions(
            outputs, scale, [second], protocol, second_test_set, batch_norm
        )
        shared = sorted(set(found.seeds) & set(beside.seeds)) if found and beside else []
        if not found or not beside or not shared:
            return None
        pairs = ((first, test_set), (second, second_test_set))
        both_runs = [
            finished_runs(outputs, scale, name, protocol, tested) for name, tested in pairs
        ]
        raise_on_mixed_studies([_run_folder(runs, seed) for runs in both_runs for seed in shared])
        found, beside = found.for_seeds(shared), beside.for_seeds(shared)
        a, b = levels = found.top1(first), beside.top1(second)
        (a_low, a_high), (b_low, b_high) = (
            _single_interval(found, first),
            _single_interval(beside, second),
        )
        low = round(a - b - float(np.hypot(a - a_low, b_high - b)), 9)
        high = round(a - b + float(np.hypot(a_high - a, b - b_low)), 9)
    numbers = {"difference": levels[0] - levels[1], "low": low, "high": high, "n": found.n}
    numbers["n_other"] = beside.n if beside else np.nan
    return numbers | {"seeds": ", ".join(map(str, found.seeds)), "levels": levels}


def _single_interval(correct: CorrectPredictions, experiment: str) -> tuple[float, float]:
    if len(correct.seeds) == 1 and correct.instance_ids is None:
        return statistics.wilson_interval(correct.top1(experiment), correct.n)
    return statistics.accuracy_interval(
        correct.by_experiment[experiment], instance_ids=correct.instance_ids
    )


def verdict(low: float, high: float, *, above: float = 0.0, within: float | None = None) -> str:
    """held, not held or undecided: that a difference lies above a bound, or within ± a bound."""
    if within is not None:
        if low > -within and high < within:
            return "held"
        return "not held" if low > within or high < -within else "undecided"
    return statistics.superiority_verdict(low, high, above)


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """What the thesis states, each with the comparison that decides it (`statements.yaml`).

    Columns: statement, label, protocol, difference, low, high, n, n_other (see `compare`), seeds,
    verdict ("not run" without runs), above or within (points that decide it), and the same with
    batch-norm statistics of the real training photographs, where both runs have such and one of
    them is a mix: bn_real_difference, bn_real_low, bn_real_high, bn_real_verdict ("" elsewhere).
    """
    rows = []
    for entry in read_statements():
        bound = {key: entry[key] for key in ("above", "within") if key in entry}
        pair = (entry["first"], entry["second"])
        for sets in _statement_test_sets(entry):
            label = " - ".join(pair)
            label += f", {sets[0]} - {sets[1]}" if sets[1] else ""
            label += UNUSED if sets[0] == "real_rest" else ""
            for protocol in entry.get("protocols", ["thesis"]):
                found = compare_experiments(outputs, scale, *pair, protocol, *sets)
                again = None
                if found and any(name.startswith("mixed") for name in pair):
                    again = compare_experiments(
                        outputs, scale, *pair, protocol, *sets, batch_norm="bn_real"
                    )
                about = {"statement": entry["statement"], "label": label, "protocol": protocol}
                about |= {"above": entry.get("above", 0), "within": entry.get("within", np.nan)}
                words = {"verdict": _verdict_or_empty(found, bound) or "not run"}
                words |= {
                    f"bn_real_{k}": v for k, v in (again or {}).items() if k in INTERVAL_COLUMNS
                }
                words |= {"bn_real_verdict": _verdict_or_empty(again, bound)}
                rows.append(about | (found or {}) | words)
    columns = ["statement", "label", "protocol", *INTERVAL_COLUMNS]
    columns += ["n", "n_other", "seeds", "verdict", "above", "within"]
    columns += [f"bn_real_{name}" for name in (*INTERVAL_COLUMNS, "verdict")]
    return pd.DataFrame(rows).reindex(columns=columns)


def read_statements() -> list[dict[str, Any]]:
    """The entries of `statements.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text())


def _verdict_or_empty(comparison: dict[str, Any] | None, bound: dict[str, float]) -> str:
    return verdict(comparison["low"], comparison["high"], **bound) if comparison else ""


def _statement_test_sets(entry: dict) -> list[tuple[str, str | None]]:
    """What a statement is tested on: real photographs, or two sets of its own; and with `rest` once
    more the training photographs that neither run used, as there are more of them."""
    sets: list[tuple[str, str | None]] = [tuple(entry.get("test_sets", ("real", None)))]
    return [*sets, ("real_rest", None)] if entry.get("rest") else sets


GAIN_COLUMNS = ["measured", "spread", "low", "high", "n", "p", "p_holm", "clear"]
SIGNIFICANCE_LEVEL = 0.05


def class_gains(runs: pd.DataFrame, baseline_runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Points a class gains over other runs: index class; columns measured (mean over seeds),
    spread, low, high (95%, paired by seed and image), n (images), p (two-sided), p_holm, clear
    ("gain" or "loss" where p_holm is below 0.05, else ""). Empty without a common seed."""
    seeds = (
        sorted(set(runs["seed"]) & set(baseline_runs["seed"]))
        if len(runs) and len(baseline_runs)
        else []
    )
    if not seeds:
        return pd.DataFrame(columns=GAIN_COLUMNS)
    pairs = [
        [t.loc[t["seed"] == seed, "folder"].iloc[0] for t in (runs, baseline_runs)]
        for seed in seeds
    ]
    part = predictions.read_predictions(pairs[0][0], test_set)
    true = pd.Series(part["true"].to_numpy(), part["sample"].to_numpy())
    right = pd.DataFrame(
        {(which, i): predictions.correct_by_sample(folder, test_set)
         for i, pair in enumerate(pairs) for which, folder in zip("ab", pair, strict=True)}
    ).dropna()  # fmt: skip
    _, names = predictions.logits_and_classes(part)
    rows = {}
    for name in names:
        mine = right[true.reindex(right.index) == name]
        if len(mine):
            rows[name] = _class_gain(*(mine[which].to_numpy(bool).T for which in "ab"))
    table = pd.DataFrame(rows).T.astype(float)
    table["p_holm"] = statistics.holm_correction(table["p"].to_numpy())
    word = np.where(table["measured"] > 0, "gain", "loss")
    table["clear"] = np.where(table["p_holm"] < SIGNIFICANCE_LEVEL, word, "")
    return table.reindex(names)[GAIN_COLUMNS].rename_axis("class")


def _class_gain(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """A class's numbers, of bool (seeds, images) each."""
    by_seed = 100 * (a.mean(axis=1) - b.mean(axis=1))
    low, high = statistics.paired_interval(a, b)
    p = statistics.sign_flip_p_value(a, b)
    if len(a) > 1:
        p = max(p, statistics.paired_p_value(a, b))
    found = statistics.mean_and_sd(by_seed)
    about = {"measured": found["mean"], "spread": found["sd"], "low": low, "high": high}
    return about | {"n": a.shape[1], "p": p}

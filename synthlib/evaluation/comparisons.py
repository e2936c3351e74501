"""Comparisons of experiments on the same images: differences, intervals, p-values, verdicts.

Runs are paired by seed and image: only seeds and images that all compared experiments have count.
Differences are in percentage points of top-1. Intervals are those of `statistics`: they resample
seeds, then images, with the same resamples for all experiments.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from synthlib.evaluation import statistics
from synthlib.evaluation.predictions import (
    BatchNormSource,
    correct_by_sample,
    has_batch_norm,
    instance_ids,
    logits_and_classes,
    read_predictions,
)
from synthlib.evaluation.run_metrics import finished_runs, raise_on_mixed_studies

INTERVAL_COLUMNS = ("difference", "low", "high")

UNUSED_PHOTOGRAPHS_SUFFIX = ", unused photographs"
"""End of the label of a statement that is tested on photographs no run trained on."""

GAIN_COLUMNS = ["measured", "spread", "low", "high", "n", "p", "p_holm", "clear"]
SIGNIFICANCE_LEVEL = 0.05


# --- two experiments ------------------------------------------------------------------------------


class CorrectPredictions(NamedTuple):
    """Correctness of several experiments on the same seeds and images.

    Attributes:
        by_experiment: bool (seeds, images) by experiment, in the same order for all.
        seeds: Seeds that all experiments share.
        n: Number of images.
        instance_ids: str (images,), the instance that each image shows; None for photographs.
    """

    by_experiment: dict[str, np.ndarray]
    seeds: list[int]
    n: int
    instance_ids: np.ndarray | None = None

    def top1(self, experiment: str) -> float:
        """Mean top-1 of an experiment over seeds, in percent."""
        return 100 * float(self.by_experiment[experiment].mean())

    def for_seeds(self, seeds: Sequence[int]) -> "CorrectPredictions":
        """Correctness for some of the seeds."""
        rows = [self.seeds.index(seed) for seed in seeds]
        by_experiment = {name: correct[rows] for name, correct in self.by_experiment.items()}
        return self._replace(by_experiment=by_experiment, seeds=list(seeds))


def load_correct_predictions(
    outputs: Path,
    scale: str,
    experiments: Sequence[str],
    protocol: str = "thesis",
    test_set: str = "real",
    batch_norm: BatchNormSource = "trained",
) -> CorrectPredictions | None:
    """Load the correctness of experiments on the images on which all of them were tested.

    Returns:
        None unless each experiment has a finished run (with `bn_real`: runs with such predictions)
        and they share a seed and images.

    Raises:
        RunError: If the runs belong to different studies.
    """
    names = list(dict.fromkeys(experiments))
    runs_by_experiment = {
        name: finished_runs(outputs, scale, name, protocol, test_set) for name in names
    }
    if any(runs.empty for runs in runs_by_experiment.values()) or not all(
        has_batch_norm(read_predictions(folder), batch_norm)
        for runs in runs_by_experiment.values()
        for folder in runs["folder"]
    ):
        return None
    seeds = sorted(set.intersection(*(set(runs["seed"]) for runs in runs_by_experiment.values())))
    folders = {
        (name, seed): _run_folder(runs, seed)
        for name, runs in runs_by_experiment.items()
        for seed in seeds
    }
    raise_on_mixed_studies(list(folders.values()))
    table = pd.DataFrame(
        {key: correct_by_sample(folder, test_set, batch_norm) for key, folder in folders.items()}
    ).dropna()
    if not seeds or table.empty:
        return None
    correct = {name: table[name].to_numpy(bool).T for name in names}
    return CorrectPredictions(correct, seeds, len(table), instance_ids(test_set, list(table.index)))


def common_runs(
    outputs: Path, scale: str, first: str, second: str, protocol: str = "thesis"
) -> dict[int, tuple[Path, Path]]:
    """Folders of two experiments' finished runs, by the seeds that both have."""
    first_runs, second_runs = (
        finished_runs(outputs, scale, name, protocol) for name in (first, second)
    )
    return {
        seed: (_run_folder(first_runs, seed), _run_folder(second_runs, seed))
        for seed in _common_seeds(first_runs, second_runs)
    }


def _common_seeds(first: pd.DataFrame, second: pd.DataFrame) -> list[int]:
    # a table without runs may have no columns
    return [] if first.empty or second.empty else sorted(set(first["seed"]) & set(second["seed"]))


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
    """Compare the top-1 of two experiments, paired by seed and image.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.
        first: Experiment whose top-1 is the minuend, such as `mixed_real33`.
        second: Experiment whose top-1 is subtracted, such as `baseline`.
        protocol: Protocol under which both ran.
        test_set: Test set of both.
        second_test_set: Test set of the second experiment if it is another one. The images are then
            not paired, and the two intervals are combined as independent (MOVER: half widths add
            in squares).
        batch_norm: Batch-norm statistics of the models that predicted.

    Returns:
        None if the two share no seed or no image. Else a dict: difference (points), low, high (its
        95% interval), n (images), n_other (images of the second, NaN if they are the same), seeds
        (such as "0, 1"), levels (top-1 of both in percent, on these seeds and images).

    Raises:
        RunError: If the runs belong to different studies.

    Examples:
        >>> result = evaluation.compare_experiments(
        ...     Path("outputs"), "tiny", "mixed_real33", "baseline"
        ... )
        >>> result["difference"], result["low"], result["high"]
        (-10.0, -14.6, -5.4)
    """
    if second_test_set is not None:
        return _compare_unpaired(
            outputs, scale, (first, second), (test_set, second_test_set), protocol, batch_norm
        )
    correct = load_correct_predictions(
        outputs, scale, [first, second], protocol, test_set, batch_norm
    )
    if correct is None:
        return None
    interval = statistics.paired_interval(
        correct.by_experiment[first],
        correct.by_experiment[second],
        instance_ids=correct.instance_ids,
    )
    levels = correct.top1(first), correct.top1(second)
    return _comparison(levels, interval, correct.n, np.nan, correct.seeds)


def _compare_unpaired(
    outputs: Path,
    scale: str,
    experiments: tuple[str, str],
    test_sets: tuple[str, str],
    protocol: str,
    batch_norm: BatchNormSource,
) -> dict[str, Any] | None:
    tested = list(zip(experiments, test_sets, strict=True))
    first, second = (
        load_correct_predictions(outputs, scale, [name], protocol, test_set, batch_norm)
        for name, test_set in tested
    )
    seeds = sorted(set(first.seeds) & set(second.seeds)) if first and second else []
    if not first or not second or not seeds:
        return None
    runs = [finished_runs(outputs, scale, name, protocol, test_set) for name, test_set in tested]
    raise_on_mixed_studies([_run_folder(table, seed) for table in runs for seed in seeds])
    first, second = first.for_seeds(seeds), second.for_seeds(seeds)
    a, b = first.top1(experiments[0]), second.top1(experiments[1])
    a_low, a_high = _top1_interval(first, experiments[0])
    b_low, b_high = _top1_interval(second, experiments[1])
    low = round(a - b - float(np.hypot(a - a_low, b_high - b)), 9)
    high = round(a - b + float(np.hypot(a_high - a, b - b_low)), 9)
    return _comparison((a, b), (low, high), first.n, second.n, seeds)


def _comparison(
    levels: tuple[float, float],
    interval: tuple[float, float],
    n: int,
    n_other: float,
    seeds: Sequence[int],
) -> dict[str, Any]:
    return {
        "difference": levels[0] - levels[1],
        "low": interval[0],
        "high": interval[1],
        "n": n,
        "n_other": n_other,
        "seeds": ", ".join(map(str, seeds)),
        "levels": levels,
    }


def _top1_interval(correct: CorrectPredictions, experiment: str) -> tuple[float, float]:
    if len(correct.seeds) == 1 and correct.instance_ids is None:
        return statistics.wilson_interval(correct.top1(experiment), correct.n)
    return statistics.accuracy_interval(
        correct.by_experiment[experiment], instance_ids=correct.instance_ids
    )


def verdict(low: float, high: float, *, above: float = 0.0, within: float | None = None) -> str:
    """Verdict on a claim about a difference, from its 95% interval.

    Args:
        low: Lower end of the interval, in points.
        high: Upper end.
        above: The claim is that the difference exceeds this bound.
        within: If given, the claim is instead that it lies within ± this bound.

    Returns:
        `held`, `not held` or `undecided`.
    """
    if within is None:
        return statistics.superiority_verdict(low, high, above)
    if low > -within and high < within:
        return "held"
    return "not held" if low > within or high < -within else "undecided"


# --- the thesis's statements ----------------------------------------------------------------------


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """Decide each statement of the thesis by the comparison that `statements.yaml` names.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.

    Returns:
        One row per statement, test set and protocol: statement, label (the two experiments),
        protocol, difference, low, high, n, n_other, seeds (as in `compare_experiments`), verdict
        (`not run` without runs), above or within (the bound in points). Where both runs have
        predictions with batch-norm statistics of the real training photographs and one of them is a
        mix, also bn_real_difference, bn_real_low, bn_real_high, bn_real_verdict; NaN and ""
        elsewhere.

    Raises:
        RunError: If the runs belong to different studies.
    """
    rows = [
        _decide_statement(outputs, scale, entry, test_sets, protocol)
        for entry in read_statements()
        for test_sets in _statement_test_sets(entry)
        for protocol in entry.get("protocols", ["thesis"])
    ]
    columns = ["statement", "label", "protocol", *INTERVAL_COLUMNS]
    columns += ["n", "n_other", "seeds", "verdict", "above", "within"]
    columns += [f"bn_real_{name}" for name in (*INTERVAL_COLUMNS, "verdict")]
    return pd.DataFrame(rows).reindex(columns=columns)


def read_statements() -> list[dict[str, Any]]:
    """The entries of `statements.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text())


def _decide_statement(
    outputs: Path, scale: str, entry: dict, test_sets: tuple[str, str | None], protocol: str
) -> dict[str, Any]:
    """A row of `statements`."""
    pair = (entry["first"], entry["second"])
    label = " - ".join(pair)
    if test_sets[1]:
        label += f", {test_sets[0]} - {test_sets[1]}"
    if test_sets[0] == "real_rest":
        label += UNUSED_PHOTOGRAPHS_SUFFIX
    row = {
        "statement": entry["statement"],
        "label": label,
        "protocol": protocol,
        "above": entry.get("above", 0),
        "within": entry.get("within", np.nan),
    }
    bound = {key: entry[key] for key in ("above", "within") if key in entry}
    trained = compare_experiments(outputs, scale, *pair, protocol, *test_sets)
    bn_real = None
    if trained and any(name.startswith("mixed") for name in pair):
        bn_real = compare_experiments(
            outputs, scale, *pair, protocol, *test_sets, batch_norm="bn_real"
        )
    row |= trained or {}
    row |= {"verdict": _verdict_or_empty(trained, bound) or "not run"}
    row |= {f"bn_real_{key}": bn_real[key] for key in INTERVAL_COLUMNS if bn_real}
    return row | {"bn_real_verdict": _verdict_or_empty(bn_real, bound)}


def _verdict_or_empty(comparison: dict[str, Any] | None, bound: dict[str, float]) -> str:
    return verdict(comparison["low"], comparison["high"], **bound) if comparison else ""


def _statement_test_sets(entry: dict) -> list[tuple[str, str | None]]:
    """Test sets of a statement: real photographs, or two sets that the entry names; with `rest`
    also the training photographs that neither run used, as there are more of them."""
    sets: list[tuple[str, str | None]] = [tuple(entry.get("test_sets", ("real", None)))]
    return [*sets, ("real_rest", None)] if entry.get("rest") else sets


# --- classes --------------------------------------------------------------------------------------


def class_gains(runs: pd.DataFrame, baseline_runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Points that each class gains over another experiment, with a test for each (Table 22).

    With one seed, p is McNemar's exact p-value. With more it is the larger of two: the bootstrap's,
    which includes the spread of seeds, and the exact sign-flip test of the images, each counted
    once.

    Args:
        runs: Finished runs of an experiment, from `finished_runs`.
        baseline_runs: Finished runs of the experiment to compare with.
        test_set: Test set of both.

    Returns:
        Index class; columns measured (mean difference over seeds, points), spread (standard
        deviation over seeds), low, high (paired 95% interval), n (images), p (two-sided), p_holm (p
        after Holm's correction for the number of classes), clear (`gain` or `loss` where p_holm is
        below 0.05, else ""). Empty without a common seed.
    """
    seeds = _common_seeds(runs, baseline_runs)
    if not seeds:
        return pd.DataFrame(columns=GAIN_COLUMNS)
    correct = pd.DataFrame(
        {
            (side, seed): correct_by_sample(_run_folder(table, seed), test_set)
            for seed in seeds
            for side, table in (("runs", runs), ("baseline", baseline_runs))
        }
    ).dropna()
    predictions = read_predictions(_run_folder(runs, seeds[0]), test_set)
    true = pd.Series(predictions["true"].to_numpy(), predictions["sample"].to_numpy())
    true = true.reindex(correct.index)
    _, classes = logits_and_classes(predictions)
    rows = {}
    for name in classes:
        of_class = correct[true == name]
        if len(of_class):
            a, b = (of_class[side].to_numpy(bool).T for side in ("runs", "baseline"))
            rows[name] = _class_gain(a, b)
    table = pd.DataFrame(rows).T.astype(float)
    table["p_holm"] = statistics.holm_correction(table["p"].to_numpy())
    direction = np.where(table["measured"] > 0, "gain", "loss")
    table["clear"] = np.where(table["p_holm"] < SIGNIFICANCE_LEVEL, direction, "")
    return table.reindex(classes)[GAIN_COLUMNS].rename_axis("class")


def _class_gain(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """One class's row, from bool (seeds, images) of the two experiments."""
    by_seed = statistics.mean_and_sd(100 * (a.mean(axis=1) - b.mean(axis=1)))
    low, high = statistics.paired_interval(a, b)
    p = statistics.sign_flip_p_value(a, b)
    if len(a) > 1:
        p = max(p, statistics.paired_p_value(a, b))
    return {
        "measured": by_seed["mean"],
        "spread": by_seed["sd"],
        "low": low,
        "high": high,
        "n": a.shape[1],
        "p": p,
    }

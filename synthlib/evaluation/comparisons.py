"""Comparisons of experiments on the same images: differences, intervals, p-values, verdicts.

Runs are paired by seed and image: only seeds and images that all compared experiments share are
used. Differences are in percentage points of top-1 accuracy ("points"). Intervals are computed by
`statistics`: with several seeds, a bootstrap that resamples seeds, then images, and uses the same
resamples for all experiments.
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
"""Columns of a comparison: difference of top-1 and the ends of its 95% interval, in points."""

UNUSED_PHOTOGRAPHS_SUFFIX = ", unused photographs"
"""Suffix of a statement's label when it is tested on the training photographs that neither run
used (test set `real_rest`)."""

GAIN_COLUMNS = ["measured", "spread", "low", "high", "n", "p", "p_holm", "clear"]
"""Columns of `class_gains`."""

SIGNIFICANCE_LEVEL = 0.05
"""Largest corrected p-value of a gain or loss that is called clear."""


# --- two experiments ------------------------------------------------------------------------------


class CorrectPredictions(NamedTuple):
    """Correctness of the predictions of several experiments, for the same seeds and images.

    Attributes:
        by_experiment: For each experiment's name, True where the predicted class is correct, bool
            (n_seeds, n). All arrays have the same seeds and images in the same order.
        seeds: The seeds, one per row.
        n: Number of images.
        instance_ids: The instance that each image shows, str (n,); None for photographs.
    """

    by_experiment: dict[str, np.ndarray]
    seeds: list[int]
    n: int
    instance_ids: np.ndarray | None = None

    def top1(self, experiment: str) -> float:
        """Top-1 accuracy of an experiment in percent, averaged over seeds."""
        return 100 * float(self.by_experiment[experiment].mean())

    def for_seeds(self, seeds: Sequence[int]) -> "CorrectPredictions":
        """Select some of the seeds, in the given order."""
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

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.
        experiments: Names of the experiments.
        protocol: Protocol under which all of them ran.
        test_set: Name of the test set.
        batch_norm: Batch-norm statistics of the models that predicted.

    Returns:
        None if an experiment has no finished run, if a run has no predictions with the statistics
        `batch_norm`, or if the experiments share no seed or no image.

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
    """Find the finished runs of two experiments for the seeds that both have.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.
        first: Name of the first experiment.
        second: Name of the second experiment.
        protocol: Protocol under which both ran.

    Returns:
        For each seed, the folder of the first experiment's run and that of the second's.
    """
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
        second_test_set: Test set of the second experiment, if it differs from `test_set`. The
            images are then not paired, and the interval of the difference is computed from two
            independent intervals by MOVER (method of variance estimates recovery), which adds the
            squares of their half widths.
        batch_norm: Batch-norm statistics of the models that predicted.

    Returns:
        None if the two experiments share no seed or no image, or one has not run. Else a dict:

        - `difference`: top-1 of `first` minus top-1 of `second`, in points.
        - `low`, `high`: the ends of its 95% interval, in points.
        - `n`: number of images.
        - `n_other`: number of images of the second test set; NaN if there is only one.
        - `seeds`: the common seeds as text, such as "0, 1".
        - `levels`: top-1 of `first` and of `second` in percent, on these seeds and images.

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
    levels = (correct.top1(first), correct.top1(second))
    return _comparison(levels, interval, correct.n, np.nan, correct.seeds)


def _compare_unpaired(
    outputs: Path,
    scale: str,
    experiments: tuple[str, str],
    test_sets: tuple[str, str],
    protocol: str,
    batch_norm: BatchNormSource,
) -> dict[str, Any] | None:
    """Compare two experiments on different test sets, paired by seed only (MOVER interval)."""
    experiments_and_sets = list(zip(experiments, test_sets, strict=True))
    first, second = (
        load_correct_predictions(outputs, scale, [name], protocol, test_set, batch_norm)
        for name, test_set in experiments_and_sets
    )
    seeds = sorted(set(first.seeds) & set(second.seeds)) if first and second else []
    if not first or not second or not seeds:
        return None
    run_tables = [
        finished_runs(outputs, scale, name, protocol, test_set)
        for name, test_set in experiments_and_sets
    ]
    raise_on_mixed_studies([_run_folder(runs, seed) for runs in run_tables for seed in seeds])
    first, second = first.for_seeds(seeds), second.for_seeds(seeds)
    first_top1, second_top1 = first.top1(experiments[0]), second.top1(experiments[1])
    first_low, first_high = _top1_interval(first, experiments[0])
    second_low, second_high = _top1_interval(second, experiments[1])
    difference = first_top1 - second_top1
    half_below = float(np.hypot(first_top1 - first_low, second_high - second_top1))
    half_above = float(np.hypot(first_high - first_top1, second_top1 - second_low))
    interval = (round(difference - half_below, 9), round(difference + half_above, 9))
    return _comparison((first_top1, second_top1), interval, first.n, second.n, seeds)


def _comparison(
    levels: tuple[float, float],
    interval: tuple[float, float],
    n: int,
    n_other: float,
    seeds: Sequence[int],
) -> dict[str, Any]:
    """The result of `compare_experiments`, from the top-1 of both and their interval."""
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
    """95% interval of the top-1 of one experiment, in percent."""
    if len(correct.seeds) == 1 and correct.instance_ids is None:
        return statistics.wilson_interval(correct.top1(experiment), correct.n)
    return statistics.accuracy_interval(
        correct.by_experiment[experiment], instance_ids=correct.instance_ids
    )


def verdict(low: float, high: float, *, above: float = 0.0, within: float | None = None) -> str:
    """Decide a claim about a difference by its 95% interval.

    Args:
        low: Lower end of the interval, in points.
        high: Upper end of the interval, in points.
        above: The claim is that the difference is above this bound, in points.
        within: If given, the claim is instead that the difference is between -`within` and
            +`within`, in points.

    Returns:
        `held` if the claim is true for the whole interval, `not held` if it is false for the whole
        interval, else `undecided`.
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
        One row per statement, test set and protocol, with the columns:

        - `statement`, `protocol`, and `label`, the two experiments.
        - `difference`, `low`, `high`, `n`, `n_other`, `seeds`: as in `compare_experiments`; NaN
          without runs.
        - `verdict`: as in `verdict`, or `not run`.
        - `above`, `within`: the bounds of the claim, in points; `within` is NaN if it has none.
        - `bn_real_difference`, `bn_real_low`, `bn_real_high`, `bn_real_verdict`: the comparison
          with batch-norm statistics of the real training photographs, where one of the experiments
          is a mix and both have such predictions; NaN and "" elsewhere.

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
    """The entries of `statements.yaml`, which explains their keys."""
    return yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text())


def _decide_statement(
    outputs: Path, scale: str, entry: dict, test_sets: tuple[str, str | None], protocol: str
) -> dict[str, Any]:
    """Decide one statement on one pair of test sets; returns a row of `statements`."""
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
    """Test sets of the two experiments of a statement, one pair per comparison.

    The second set is None where both experiments are tested on the first. With the entry's key
    `rest`, the training photographs that neither run used are a further test set, as there are more
    of them.
    """
    sets: list[tuple[str, str | None]] = [tuple(entry.get("test_sets", ("real", None)))]
    return [*sets, ("real_rest", None)] if entry.get("rest") else sets


# --- classes --------------------------------------------------------------------------------------


def class_gains(runs: pd.DataFrame, baseline_runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Compute the gain of each class over another experiment, with a test for each (Table 22).

    With one seed, p is McNemar's exact p-value. With several, it is the larger of two p-values:
    that of the bootstrap, which includes the variation between seeds, and that of the exact
    sign-flip test, in which each image counts once.

    Args:
        runs: Finished runs of an experiment, from `finished_runs`.
        baseline_runs: Finished runs of the experiment to compare with.
        test_set: Test set of both.

    Returns:
        One row per class (the index `class`); empty without a common seed. Columns:

        - `measured`: mean difference of accuracy over seeds, in points.
        - `spread`: standard deviation of the difference over seeds, in points.
        - `low`, `high`: paired 95% interval of the difference, in points.
        - `n`: number of test images.
        - `p`: two-sided p-value.
        - `p_holm`: p-value after Holm's correction for the number of classes.
        - `clear`: `gain` or `loss` where `p_holm` is below 0.05, else "".
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
            run_correct, baseline_correct = (
                of_class[side].to_numpy(bool).T for side in ("runs", "baseline")
            )
            rows[name] = _class_gain(run_correct, baseline_correct)
    table = pd.DataFrame(rows).T.astype(float)
    table["p_holm"] = statistics.holm_correction(table["p"].to_numpy())
    direction = np.where(table["measured"] > 0, "gain", "loss")
    table["clear"] = np.where(table["p_holm"] < SIGNIFICANCE_LEVEL, direction, "")
    return table.reindex(classes)[GAIN_COLUMNS].rename_axis("class")


def _class_gain(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """A row of `class_gains`, from the correctness of two experiments, bool (n_seeds, n)."""
    by_seed = statistics.mean_and_sd(100 * (a.mean(axis=1) - b.mean(axis=1)))
    low, high = statistics.paired_interval(a, b)
    p = statistics.sign_flip_p_value(a, b)  # with one seed, it is McNemar's
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

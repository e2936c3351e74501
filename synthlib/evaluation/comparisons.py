"""Comparisons of experiments on the same images: differences, intervals, p-values, verdicts.

Runs are paired by seed and image: of each seed that all compared experiments share, the images on
which all of them were tested are used. Differences are in percentage points of top-1 accuracy
("points"). Intervals are computed by `statistics`: with several seeds, a bootstrap that resamples
seeds, then images, and uses the same resamples for all experiments.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthlib.evaluation import bootstrap, power, statistics
from synthlib.evaluation.predictions import (
    BatchNormSource,
    correct_by_sample,
    has_batch_norm,
    instance_ids,
    logits_and_classes,
    read_predictions,
)
from synthlib.evaluation.run_metrics import (
    finished_runs,
    raise_on_mixed_studies,
)
from synthlib.evaluation.unseen_photographs import unseen_photographs
from synthlib.params import UNUSED_REAL_SETS

INTERVAL_COLUMNS = ("difference", "low", "high")
"""Columns of a comparison: difference of top-1 and the ends of its 95% interval, in points."""

GAIN_COLUMNS = ["measured", "spread", "low", "high", "n", "p", "p_holm", "clear"]
"""Columns of `class_gains`."""

SIGNIFICANCE_LEVEL = 0.05
"""Largest corrected p-value of a gain or loss that is called clear."""


# --- two experiments ------------------------------------------------------------------------------


class CorrectPredictions(NamedTuple):
    """Correctness of the predictions of several experiments, for the same seeds and images.

    Attributes:
        by_experiment: For each experiment's name, 1 where the predicted class is correct and 0
            where it is not, float (n_seeds, n). NaN where the runs of the seed were not tested on
            the image: each seed has its own unused photographs.
        seeds: The seeds, int (n_seeds,).
        samples: Names of the images, str (n,); each has a prediction of at least one seed.
        test_set: Name of the test set.
    """

    by_experiment: dict[str, np.ndarray]
    seeds: np.ndarray
    samples: np.ndarray
    test_set: str

    @property
    def n(self) -> int:
        """Number of different images."""
        return len(self.samples)

    @property
    def instance_ids(self) -> np.ndarray | None:
        """The instance that each image shows, str (n,); None for photographs."""
        return instance_ids(self.test_set, list(self.samples))

    def top1(self, experiment: str) -> float:
        """Top-1 accuracy of an experiment in percent, averaged over seeds."""
        return bootstrap.mean_accuracy(self.by_experiment[experiment])

    def select(
        self, seeds: np.ndarray | bool = True, images: np.ndarray | bool = True
    ) -> "CorrectPredictions":
        """Select seeds and images, and leave out those that then have no prediction.

        Args:
            seeds: Mask, bool (n_seeds,); True: all.
            images: Mask, bool (n,); True: all.
        """
        tested = ~np.isnan(next(iter(self.by_experiment.values())))
        tested &= np.reshape(seeds, (-1, 1)) & images
        rows, columns = tested.any(axis=1), tested.any(axis=0)
        by_experiment = {k: correct[rows][:, columns] for k, correct in self.by_experiment.items()}
        return CorrectPredictions(
            by_experiment, self.seeds[rows], self.samples[columns], self.test_set
        )


def load_correct_predictions(
    outputs: Path,
    scale: str,
    experiments: Sequence[str],
    protocol: str = "thesis",
    test_set: str = "real",
    batch_norm: BatchNormSource = "trained",
) -> CorrectPredictions | None:
    """Load the correctness of experiments, with each seed on the images of all its runs.

    Of unused photographs, those by which settings of the protocol were chosen are left out
    (`unseen_photographs`).

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
    folders = {name: _folders_by_seed(runs) for name, runs in runs_by_experiment.items()}
    paired = _pair_runs(folders, test_set, batch_norm)
    unseen = unseen_photographs(outputs, scale, protocol) if test_set in UNUSED_REAL_SETS else None
    if paired is None or unseen is None:
        return paired
    paired = paired.select(images=np.isin(paired.samples, [*unseen]))
    return paired if paired.n else None


def _pair_runs(
    folders: Mapping[str, Mapping[int, Path]],
    test_set: str,
    batch_norm: BatchNormSource = "trained",
) -> CorrectPredictions | None:
    """Pair runs by seed and image, from their folders by experiment and seed; None: no image."""
    seeds = sorted(set.intersection(*map(set, folders.values())))
    if not seeds:
        return None
    raise_on_mixed_studies([by_seed[seed] for by_seed in folders.values() for seed in seeds])
    table = pd.DataFrame(
        {
            (name, seed): correct_by_sample(by_seed[seed], test_set, batch_norm)
            for name, by_seed in folders.items()
            for seed in seeds
        }
    )
    correct = table.to_numpy(float).T.reshape(len(folders), len(seeds), len(table))
    correct = np.where(np.isnan(correct).any(axis=0), np.nan, correct)
    by_experiment = dict(zip(folders, correct, strict=True))
    paired = CorrectPredictions(by_experiment, np.array(seeds), table.index.to_numpy(), test_set)
    return paired.select() if not np.isnan(correct).all() else None


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
    first_folders, second_folders = (
        _folders_by_seed(finished_runs(outputs, scale, name, protocol)) for name in (first, second)
    )
    seeds = sorted(first_folders.keys() & second_folders.keys())
    return {seed: (first_folders[seed], second_folders[seed]) for seed in seeds}


def _folders_by_seed(runs: pd.DataFrame) -> dict[int, Path]:
    # a table without runs may have no columns
    return {} if runs.empty else dict(zip(runs["seed"], runs["folder"], strict=True))


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
        - `detectable`: the smallest effect that the comparison detects, in points
          (`power.detectable_difference`).
        - `n`: number of different images; a seed may have been tested on a part of them.
        - `n_other`: number of different images of the second test set; NaN if there is only one.
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
    if first is None or second is None:
        return None
    seeds = np.intersect1d(first.seeds, second.seeds)
    if not len(seeds):
        return None
    folders = [
        _folders_by_seed(finished_runs(outputs, scale, name, protocol, test_set))
        for name, test_set in experiments_and_sets
    ]
    raise_on_mixed_studies([by_seed[seed] for by_seed in folders for seed in seeds])
    first, second = (side.select(np.isin(side.seeds, seeds)) for side in (first, second))
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
    seeds: np.ndarray,
) -> dict[str, Any]:
    """The result of `compare_experiments`, from the top-1 of both and their interval."""
    return {
        "difference": levels[0] - levels[1],
        "low": interval[0],
        "high": interval[1],
        "detectable": power.detectable_difference(*interval),
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
        `supported` if the claim is true for the whole interval, `contradicted` if it is false for
        the whole interval, else `inconclusive`.
    """
    if within is None:
        return statistics.superiority_verdict(low, high, above)
    if low > -within and high < within:
        return "supported"
    return "contradicted" if low > within or high < -within else "inconclusive"


# --- classes --------------------------------------------------------------------------------------


def class_gains(runs: pd.DataFrame, baseline_runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Compute the gain of each class over another experiment, with a test for each (Table 22).

    With one seed, p is McNemar's exact p-value. With several, it is the larger of two p-values:
    that of the bootstrap, which includes the variation between seeds, and that of the exact
    sign-flip test, in which each image counts once.

    Args:
        runs: Finished runs of an experiment, from `finished_runs`.
        baseline_runs: Finished runs of the experiment to compare with.
        test_set: Test set of both, of photographs.

    Returns:
        One row per class (the index `class`); empty without a common seed. Columns:

        - `measured`: mean difference of accuracy over seeds, in points.
        - `spread`: standard deviation of the difference over seeds, in points.
        - `low`, `high`: paired 95% interval of the difference, in points.
        - `n`: number of different test images.
        - `p`: two-sided p-value.
        - `p_holm`: p-value after Holm's correction for the number of classes.
        - `clear`: `gain` or `loss` where `p_holm` is below 0.05, else "".

    Raises:
        ValueError: If images of the test set are not independent, which no p-value allows for.
        RunError: If the runs belong to different studies.
    """
    folders = {"runs": _folders_by_seed(runs), "baseline": _folders_by_seed(baseline_runs)}
    correct = _pair_runs(folders, test_set)
    if correct is None:
        return pd.DataFrame(columns=GAIN_COLUMNS)
    if correct.instance_ids is not None:
        raise ValueError(f"views of one object are not independent: no p-values on {test_set}")
    predictions = pd.concat([read_predictions(folder, test_set) for folder in runs["folder"]])
    true = predictions.drop_duplicates("sample").set_index("sample")["true"][correct.samples]
    _, classes = logits_and_classes(predictions)
    rows = {}
    for name in classes:
        of_class = correct.select(images=(true == name).to_numpy())
        if of_class.n:
            rows[name] = _class_gain(*of_class.by_experiment.values())
    table = pd.DataFrame(rows).T.astype(float)
    table["p_holm"] = statistics.holm_correction(table["p"].to_numpy())
    direction = np.where(table["measured"] > 0, "gain", "loss")
    table["clear"] = np.where(table["p_holm"] < SIGNIFICANCE_LEVEL, direction, "")
    return table.reindex(classes)[GAIN_COLUMNS].rename_axis("class")


def _class_gain(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """A row of `class_gains`, from the correctness of two experiments, float (n_seeds, n)."""
    by_seed = statistics.mean_and_sd(100 * np.nanmean(a - b, axis=1))
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

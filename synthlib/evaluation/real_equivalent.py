"""The real-equivalent (thesis 7.1): the number of real photographs that synthetic data is worth.

Two learning curves give the accuracy by number of real photographs: alone, and mixed with all
synthetic images. They are interpolated linearly in the logarithm of that number. The thesis's own
curves are read in `reporting.tables.answer_text`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from synthlib.evaluation import statistics
from synthlib.evaluation.bootstrap import (
    INTERVAL_QUANTILES,
    N_RESAMPLES,
    as_correct_matrix,
    bootstrap_accuracies,
    mean_accuracy,
    raise_unless_paired,
)
from synthlib.evaluation.comparisons import CorrectPredictions, load_correct_predictions
from synthlib.evaluation.run_metrics import finished_runs, measured_row

REAL_ONLY_EXPERIMENTS = ("real3", "real16", "real33", "baseline")
MIXED_EXPERIMENTS = ("mixed_real3", "mixed_real16", "mixed_real33", "mixed_synth100")
"""Experiments of each of the thesis's curves, from few photographs to all."""

REAL_ONLY_BY_MIX = {
    "mixed_real3": "real3",
    "mixed_real10": "real10",  # not in the thesis
    "mixed_real16": "real16",
    "mixed_real33": "real33",
    "mixed_synth100": "baseline",
}
"""The experiment on real photographs alone that has the same photographs as each mix."""


# --- the estimate ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealEquivalent:
    """Number of real photographs that alone reach an accuracy: estimate `n` and 95% interval.

    0 stands for fewer than `smallest` and infinity for more than `largest`, the ends of the curve:
    nothing is claimed beyond them. `str` formats it as "1,576 (1,245 to 1,997)".

    Attributes:
        n: The estimate.
        low: Lower end of the interval.
        high: Upper end of the interval.
        smallest: Number of photographs at the first point of the curve.
        largest: Number of photographs at its last point.
    """

    n: float
    low: float
    high: float
    smallest: int
    largest: int

    def __str__(self) -> str:
        n, low, high = (self._format(value) for value in (self.n, self.low, self.high))
        return f"{n} ({low} to {high})"

    def _format(self, value: float) -> str:
        if value == 0:
            return f"< {self.smallest:,}"
        return f"> {self.largest:,}" if math.isinf(value) else f"{value:,.0f}"


def estimate_real_equivalent(
    curve: Mapping[int, np.ndarray],
    correct: np.ndarray,
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> RealEquivalent:
    """Estimate the number of real photographs that alone reach an accuracy.

    The learning curve is made monotone (isotonic regression: more photographs never hurt) and
    interpolated linearly in the logarithm of their number. Curve and target are resampled together.

    Args:
        curve: Correctness (seeds, images) by number of real photographs trained on.
        correct: Correctness of the target, for the same seeds and images in the same order.
        seed: Seed of the resamples.
        n_resamples: Number of resamples.

    Returns:
        The number of photographs with which the curve reaches the target's accuracy.

    Raises:
        ValueError: If the curve has fewer than two points, or seeds or images differ.
    """
    if len(curve) < 2:
        raise ValueError(f"a curve needs two numbers of real photographs, got {sorted(curve)}")
    sizes = sorted(curve)
    groups = [as_correct_matrix(curve[n]) for n in sizes] + [as_correct_matrix(correct)]
    for group in groups:
        raise_unless_paired(group, groups[-1])
    resampled = bootstrap_accuracies(groups, None, seed, n_resamples)
    measured = np.array([[mean_accuracy(group)] for group in groups])
    n = float(_invert_curves(sizes, measured[:-1], measured[-1])[0])
    # without interpolation, which would mix an end of the curve with "beyond it" (0 or infinity)
    low, high = np.quantile(
        _invert_curves(sizes, resampled[:-1], resampled[-1]),
        INTERVAL_QUANTILES,
        method="inverted_cdf",
    )
    return RealEquivalent(n, float(low), float(high), sizes[0], sizes[-1])


def _invert_curves(sizes: list[int], accuracies: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """float (n,): the fewest photographs whose accuracy reaches each of `targets` (n,) on its own
    curve, a column of `accuracies` (sizes, n); 0 below the curve, infinity above."""
    # rounded, so that the order of a sum does not decide whether an equal accuracy is reached
    rising = _isotonic(accuracies).round(9)
    targets = targets.round(9)
    logs = np.log(sizes)
    right = (rising >= targets).argmax(axis=0)  # the first point that reaches the target
    left = np.maximum(right - 1, 0)
    column = np.arange(len(targets))
    rise = rising[right, column] - rising[left, column]
    share = np.divide(
        targets - rising[left, column], rise, out=np.ones(len(targets)), where=rise > 0
    )
    n = np.exp(logs[left] * (1 - share) + logs[right] * share)
    n = np.clip(n, sizes[0], sizes[-1])
    return np.where(targets > rising[-1], np.inf, np.where(targets < rising[0], 0.0, n))


def _isotonic(values: np.ndarray) -> np.ndarray:
    """Each column of `values` (k, n) made rising by isotonic regression. Most resampled curves
    already rise, so only the others are fitted."""
    rising = values.copy()
    for column in np.flatnonzero((np.diff(values, axis=0) < 0).any(axis=0)):
        rising[:, column] = isotonic_regression(values[:, column]).x
    return rising


# --- of a study -----------------------------------------------------------------------------------


def learning_curve_table(
    outputs: Path, scale: str, protocol: str = "thesis", seeds: Sequence[int] | None = None
) -> pd.DataFrame:
    """Measure both learning curves on real photographs.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.
        protocol: Protocol of the runs.
        seeds: Use only these seeds; None: all seeds of each experiment, which may differ between
            rows.

    Returns:
        One row per experiment: curve (`alone` or `mixed`), experiment, n_real, n_synthetic
        (training images), top1, low, high (percent, 95% interval); NaN in rows without a run.
    """
    keys = {
        "n_real": ("run", "n_real"),
        "n_synthetic": ("run", "n_synthetic"),
        "top1": ("top1", "measured"),
        "low": ("top1", "low"),
        "high": ("top1", "high"),
    }
    rows = []
    pairs = curve_experiments(outputs, scale, protocol)
    for curve, names in (("alone", pairs.values()), ("mixed", pairs)):
        for name in names:
            runs = finished_runs(outputs, scale, name, protocol)
            if seeds is not None and len(runs):
                runs = runs[runs["seed"].isin(seeds)]
            values = measured_row(runs, "real")
            row = {column: values.get(key, np.nan) for column, key in keys.items()}
            rows.append({"curve": curve, "experiment": name} | row)
    return pd.DataFrame(rows)


def curve_experiments(outputs: Path, scale: str, protocol: str) -> dict[str, str]:
    """The experiments of both learning curves: those of the thesis, and others that have run.

    Returns:
        Experiments on real photographs alone by their mix (`REAL_ONLY_BY_MIX`), from few
        photographs to all. A pair outside the thesis is included if both have run with all seeds
        of the baseline, because an estimate on the curve uses the seeds that all its points share.
    """
    wanted = _seeds(outputs, scale, "baseline", protocol)
    return {
        mix: alone
        for mix, alone in REAL_ONLY_BY_MIX.items()
        if mix in MIXED_EXPERIMENTS
        or all(wanted and _seeds(outputs, scale, e, protocol) >= wanted for e in (mix, alone))
    }


def real_equivalents(
    outputs: Path,
    scale: str,
    protocol: str = "thesis",
    experiments: Sequence[str] = (),
) -> pd.DataFrame:
    """Estimate the number of real photographs that alone reach the accuracy of each mix (7.1).

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.
        protocol: Protocol of the runs.
        experiments: Mixes to estimate; by default all of `curve_experiments`.

    Returns:
        One row per mix, NaN where runs are missing. Columns: experiment, n_real, n_synthetic (its
        training images), top1 (percent, on the seeds that the mix and all of the real curve share),
        seeds, real_equivalent, low, high (photographs and 95% interval; 0: fewer than the first
        point of the curve, inf: more than the last), words (the three as text), per_replaced,
        per_replaced_low, per_replaced_high (synthetic images for each real photograph that they
        replace; NaN unless both this interval and that of the gain show that they replace some).

    Raises:
        RunError: If the runs belong to different studies.

    Examples:
        >>> table = evaluation.real_equivalents(Path("outputs"), "tiny")
        >>> table.set_index("experiment").loc["mixed_real33", "words"]
        '1,576 (1,245 to 1,997)'
    """
    curves = learning_curve_table(outputs, scale, protocol)
    alone, mixed = (curves[curves["curve"] == name] for name in ("alone", "mixed"))
    rows = []
    for point in mixed[mixed["experiment"].isin(experiments or mixed["experiment"])].to_dict(
        "records"
    ):
        name = point["experiment"]
        row = {key: point[key] for key in ("experiment", "n_real", "n_synthetic", "top1")}
        correct = load_correct_predictions(outputs, scale, [*alone["experiment"], name], protocol)
        if correct is not None:
            equivalent = _estimate_on_curve(correct, alone, name)
            row |= {
                "top1": correct.top1(name),
                "seeds": ", ".join(map(str, correct.seeds)),
                "real_equivalent": equivalent.n,
                "low": equivalent.low,
                "high": equivalent.high,
                "words": str(equivalent),
            }
            row |= _images_per_replaced(point, equivalent, correct)
        rows.append(row)
    columns = ["experiment", "n_real", "n_synthetic", "top1", "seeds", "real_equivalent"]
    columns += ["low", "high", "words", "per_replaced", "per_replaced_low", "per_replaced_high"]
    return pd.DataFrame(rows).reindex(columns=columns)


def baseline_crossing(outputs: Path, scale: str, protocol: str = "thesis") -> dict[str, float]:
    """Estimate the share of real photographs at which the mixed curve reaches the baseline.

    Returns:
        `measured`, `low`, `high` in percent of the baseline's photographs; NaN where runs are
        missing, 0 below the curve's first point, inf if the curve never reaches the baseline.
    """
    curves = learning_curve_table(outputs, scale, protocol)
    mixed = curves[curves["curve"] == "mixed"]
    correct = load_correct_predictions(outputs, scale, ["baseline", *mixed["experiment"]], protocol)
    if correct is None:
        return dict.fromkeys(("measured", "low", "high"), np.nan)
    equivalent = _estimate_on_curve(correct, mixed, "baseline")
    n_baseline = float(curves.loc[curves["experiment"] == "baseline", "n_real"].iloc[0])
    numbers = {"measured": equivalent.n, "low": equivalent.low, "high": equivalent.high}
    return {key: 100 * n / n_baseline for key, n in numbers.items()}


def _seeds(outputs: Path, scale: str, experiment: str, protocol: str) -> set[int]:
    runs = finished_runs(outputs, scale, experiment, protocol)
    return set(runs["seed"]) if len(runs) else set()


def _estimate_on_curve(
    correct: CorrectPredictions, curve: pd.DataFrame, target_experiment: str
) -> RealEquivalent:
    """Number of photographs with which a curve's experiments reach the target's accuracy."""
    sizes = zip(curve["n_real"], curve["experiment"], strict=True)
    points = {int(n): correct.by_experiment[name] for n, name in sizes}
    return estimate_real_equivalent(points, correct.by_experiment[target_experiment])


def _images_per_replaced(
    point: dict, equivalent: RealEquivalent, correct: CorrectPredictions
) -> dict[str, float]:
    """Synthetic images per photograph replaced, where it is clear that some are replaced: real
    photographs alone need more than the mix contains, and the mix beats its photographs alone."""
    name, n_real = point["experiment"], point["n_real"]
    real_only = REAL_ONLY_BY_MIX[name]
    gain_low, _ = statistics.paired_interval(
        correct.by_experiment[name], correct.by_experiment[real_only]
    )
    if np.isinf(equivalent.n) or equivalent.low <= n_real or gain_low <= 0:
        return {}
    # the more photographs the mix is worth, the fewer synthetic images replace each
    totals = {"": equivalent.n, "_low": equivalent.high, "_high": equivalent.low}
    return {
        f"per_replaced{suffix}": point["n_synthetic"] / (total - n_real)
        for suffix, total in totals.items()
    }

"""The answer (thesis 7.1): how many real photographs synthetic data is worth.

Curves are read between their points, linear in the logarithm of the number of photographs. What the
thesis's own curves give is in `answered`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import statistics
from synthlib.evaluation.comparisons import CorrectPredictions, load_correct_predictions
from synthlib.evaluation.run_metrics import finished_runs, measured_row

REAL_ONLY_EXPERIMENTS = ("real3", "real16", "real33", "baseline")
MIXED_EXPERIMENTS = ("mixed_real3", "mixed_real16", "mixed_real33", "mixed_synth100")
"""Each curve's experiments, from few photographs to all."""


def learning_curve_table(
    outputs: Path, scale: str, protocol: str = "thesis", seeds: Sequence[int] | None = None
) -> pd.DataFrame:
    """Both curves, one row per experiment: curve (alone, mixed), experiment, n_real, n_synthetic,
    top1, low, high; NaN in rows without a run.

    `seeds`: only these runs; None: all, which may be others from row to row.
    """
    keys = {"n_real": ("run", "n_real"), "n_synthetic": ("run", "n_synthetic")}
    keys |= {"top1": ("top1", "measured"), "low": ("top1", "low"), "high": ("top1", "high")}
    rows = []
    for curve, names in (("alone", REAL_ONLY_EXPERIMENTS), ("mixed", MIXED_EXPERIMENTS)):
        for name in names:
            runs = finished_runs(outputs, scale, name, protocol)
            if seeds is not None and len(runs):
                runs = runs[runs["seed"].isin(seeds)]
            values = measured_row(runs, "real")
            row = {key: values.get(where, np.nan) for key, where in keys.items()}
            rows.append({"curve": curve, "experiment": name} | row)
    return pd.DataFrame(rows)


def real_equivalents(
    outputs: Path,
    scale: str,
    protocol: str = "thesis",
    experiments: Sequence[str] = MIXED_EXPERIMENTS,
) -> pd.DataFrame:
    """How many real photographs alone reach each mixed accuracy, with 95% interval.

    Columns: experiment, n_real, n_synthetic, top1, seeds (those that the mix and all of the curve
    share, of which top1 is), real_equivalent, low, high (0: fewer than the curve's first point,
    inf: more than all), words (the three, in words), per_replaced, per_replaced_low,
    per_replaced_high (synthetic images for each real photograph that they stand for; NaN unless
    both this interval and that of the gain say that they stand for some). NaN where runs are
    missing.
    """
    both = learning_curve_table(outputs, scale, protocol)
    alone, mixed = (both[both["curve"] == name] for name in ("alone", "mixed"))
    rows = []
    for row in mixed[mixed["experiment"].isin(experiments)].to_dict("records"):
        found = load_correct_predictions(
            outputs, scale, [*REAL_ONLY_EXPERIMENTS, row["experiment"]], protocol
        )
        measured = {k: row[k] for k in ("experiment", "n_real", "n_synthetic", "top1")}
        if found is not None:
            here = _estimate_on_curve(found, alone, row["experiment"])
            measured |= {"real_equivalent": here.n, "low": here.low, "high": here.high}
            measured |= {"words": str(here), "top1": found.top1(row["experiment"])}
            measured |= {"seeds": ", ".join(map(str, found.seeds))} | _images_per_replaced(
                row, here, found
            )
        rows.append(measured)
    columns = ["experiment", "n_real", "n_synthetic", "top1", "seeds", "real_equivalent"]
    columns += ["low", "high", "words", "per_replaced", "per_replaced_low", "per_replaced_high"]
    return pd.DataFrame(rows).reindex(columns=columns)


def baseline_crossing(outputs: Path, scale: str, protocol: str = "thesis") -> dict[str, float]:
    """Percent of the real photographs at which the mixed curve reaches the baseline of all of
    them: `measured`, `low`, `high` (NaN without runs; 0: below the curve's first point, inf: it
    never does)."""
    both = learning_curve_table(outputs, scale, protocol)
    mixed, base = both[both["curve"] == "mixed"], both[both["experiment"] == "baseline"]
    found = load_correct_predictions(outputs, scale, ["baseline", *MIXED_EXPERIMENTS], protocol)
    if found is None:
        return dict.fromkeys(("measured", "low", "high"), np.nan)
    here, whole = _estimate_on_curve(found, mixed, "baseline"), float(base["n_real"].iloc[0])
    percents = {"measured": here.n, "low": here.low, "high": here.high}
    return {k: 100 * n / whole for k, n in percents.items()}


def _estimate_on_curve(
    correct: CorrectPredictions, curve: pd.DataFrame, target_experiment: str
) -> statistics.RealEquivalent:
    """How many photographs a curve's experiments need for the target's accuracy."""
    sizes = zip(curve["n_real"], curve["experiment"], strict=True)
    points = {int(n): correct.by_experiment[name] for n, name in sizes}
    return statistics.estimate_real_equivalent(points, correct.by_experiment[target_experiment])


def _images_per_replaced(
    row: dict, equivalent: statistics.RealEquivalent, correct: CorrectPredictions
) -> dict[str, float]:
    """Synthetic images for each photograph replaced, where it is clear that some are: the mix needs
    more photographs than its own, and beats those alone."""
    name = row["experiment"]
    both = (
        correct.by_experiment[name],
        correct.by_experiment[REAL_ONLY_EXPERIMENTS[MIXED_EXPERIMENTS.index(name)]],
    )
    clear = equivalent.low > row["n_real"] and statistics.paired_interval(*both)[0] > 0
    if not clear or np.isinf(equivalent.n):
        return {}
    ends = {
        "": equivalent.n,
        "_low": equivalent.high,
        "_high": equivalent.low,
    }  # the more stand for, the fewer each
    return {
        f"per_replaced{end}": row["n_synthetic"] / (n - row["n_real"]) for end, n in ends.items()
    }

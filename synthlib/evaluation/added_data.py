"""A tenth of the photographs with renders, or with further photographs that a model labelled.

All experiments are compared on the same photographs: those of `val`, and those that all of them
leave out and by which no setting was chosen.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthlib.evaluation import bootstrap, statistics
from synthlib.evaluation.predictions import is_correct, read_predictions
from synthlib.evaluation.run_metrics import finished_runs, raise_on_mixed_studies
from synthlib.evaluation.unseen_photographs import unseen_photographs
from synthlib.params import UNUSED_REAL_SETS

ALONE = "real10"
ADDED_IMAGES = {
    "renders": ("mixed_real10_synth30", "mixed_real10"),
    "photographs": ("fetched10_third", "fetched10"),
}
"""Experiments that add images to those of `ALONE`, by their kind, from few to many."""

EQUAL_NUMBER = ("fetched10", "mixed_real10_synth30")
"""Photographs and renders of about the same number (at the scale `tiny`)."""

COLUMNS = ["kind", "experiment", "n_added", "top1", "low", "high"]
COLUMNS += ["gain", "gain_low", "gain_high", "n", "seeds"]


def added_images(outputs: Path, scale: str, protocol: str) -> pd.DataFrame:
    """Measure what renders and what further photographs add to a tenth of the photographs.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.
        protocol: Protocol of the runs, one of equal steps.

    Returns:
        One row per experiment that has run, `ALONE` first; empty without it. Columns: kind
        (`alone`, `renders` or `photographs`), experiment, n_added (images added), top1, low, high
        (percent, 95% interval), gain, gain_low, gain_high (points over `ALONE`, paired 95%
        interval), n (test photographs), seeds. Seeds and photographs are those that all rows share.

    Raises:
        RunError: If the runs belong to different studies.
    """
    kinds = {ALONE: "alone"}
    kinds |= {name: kind for kind, names in ADDED_IMAGES.items() for name in names}
    loaded = _load_shared(outputs, scale, protocol, list(kinds))
    if ALONE not in loaded.correct:
        return pd.DataFrame(columns=COLUMNS)
    alone = loaded.correct[ALONE]
    rows = []
    for name, values in loaded.correct.items():
        low, high = statistics.accuracy_interval(values)
        gain_low, gain_high = statistics.paired_interval(values, alone)
        top1 = bootstrap.mean_accuracy(values)
        row = {"kind": kinds[name], "experiment": name, "top1": top1, "low": low, "high": high}
        row |= {"gain": top1 - bootstrap.mean_accuracy(alone)}
        row |= {"gain_low": gain_low, "gain_high": gain_high, "n": values.shape[1]}
        rows.append(row | {"n_added": loaded.n_added[name], "seeds": loaded.seeds})
    return pd.DataFrame(rows)[COLUMNS]


def compare_at_equal_number(outputs: Path, scale: str, protocol: str) -> dict[str, Any] | None:
    """Compare as many fetched photographs with as many renders (`EQUAL_NUMBER`).

    Returns:
        difference, low, high (points that photographs are ahead, paired 95% interval), n (test
        photographs), seeds, n_photographs, n_renders (images added); None if a run is missing.
    """
    loaded = _load_shared(outputs, scale, protocol, list(EQUAL_NUMBER))
    if len(loaded.correct) < len(EQUAL_NUMBER):
        return None
    photographs, renders = (loaded.correct[name] for name in EQUAL_NUMBER)
    low, high = statistics.paired_interval(photographs, renders)
    n_photographs, n_renders = (loaded.n_added[name] for name in EQUAL_NUMBER)
    difference = bootstrap.mean_accuracy(photographs) - bootstrap.mean_accuracy(renders)
    result = {"difference": difference, "low": low, "high": high, "n": photographs.shape[1]}
    return result | {
        "seeds": loaded.seeds,
        "n_photographs": n_photographs,
        "n_renders": n_renders,
    }


class _SharedPredictions(NamedTuple):
    """Correctness (seeds, photographs) and number of added images of each experiment that has run,
    and the seeds as text; NaN where a seed does not share a photograph."""

    correct: dict[str, np.ndarray]
    n_added: dict[str, float]
    seeds: str


def _load_shared(
    outputs: Path, scale: str, protocol: str, names: Sequence[str]
) -> _SharedPredictions:
    """Load the experiments that have run, on the seeds and photographs that they share."""
    runs = {name: finished_runs(outputs, scale, name, protocol) for name in names}
    runs = {name: table for name, table in runs.items() if len(table)}
    by_run_seeds = [set(table["seed"]) for table in runs.values()]
    seeds = sorted(set.intersection(*by_run_seeds)) if runs else []
    if not seeds:
        return _SharedPredictions({}, {}, "")
    folders = {name: dict(zip(t["seed"], t["folder"], strict=True)) for name, t in runs.items()}
    raise_on_mixed_studies([by_seed[seed] for by_seed in folders.values() for seed in seeds])
    unseen = unseen_photographs(outputs, scale, protocol)
    by_run = {
        (name, seed): _correct_on_photographs(by_seed[seed], unseen)
        for name, by_seed in folders.items()
        for seed in seeds
    }
    table = pd.DataFrame(by_run).astype(float)
    for seed in seeds:  # each seed keeps the photographs on which all its runs were tested
        of_seed = [(name, seed) for name in folders]
        table.loc[table[of_seed].isna().any(axis=1), of_seed] = np.nan
    table = table.dropna(how="all")
    if table.empty:
        return _SharedPredictions({}, {}, "")
    correct = {name: table[name].to_numpy().T for name in folders}
    n_added = {name: float(runs[name]["n_synthetic"].mean()) for name in folders}
    return _SharedPredictions(correct, n_added, ", ".join(map(str, seeds)))


def _correct_on_photographs(folder: Path, unseen: frozenset[str] | None) -> pd.Series:
    """Correctness of a run on the photographs of `val`, and on those that it leaves out and that
    are `unseen` (None: all), by sample."""
    table = read_predictions(folder)
    counts = table["test_set"].isin(UNUSED_REAL_SETS)
    if unseen is not None:
        counts &= table["sample"].isin(unseen)
    table = table[counts | (table["test_set"] == "real")].drop_duplicates("sample")
    return pd.Series(is_correct(table), table["sample"].to_numpy())

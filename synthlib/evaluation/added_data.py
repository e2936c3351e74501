"""A tenth of the photographs with renders, or with further photographs that a model labelled.

All experiments are compared on the same photographs: those of `val`, and those that all of them
leave out.
"""

from pathlib import Path

import pandas as pd

from synthlib.evaluation import statistics
from synthlib.evaluation.predictions import is_correct, read_predictions
from synthlib.evaluation.run_metrics import finished_runs, raise_on_mixed_studies
from synthlib.params import UNUSED_REAL_SETS

ALONE = "real10"
ADDED_IMAGES = {
    "renders": ("mixed_real10_synth34", "mixed_real10"),
    "photographs": ("fetched10_third", "fetched10"),
}
"""Experiments that add images to those of `ALONE`, by their kind, from few to many."""

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
    runs = {name: finished_runs(outputs, scale, name, protocol) for name in kinds}
    runs = {name: table for name, table in runs.items() if len(table)}
    seeds = (
        sorted(set.intersection(*(set(table["seed"]) for table in runs.values()))) if runs else []
    )
    if ALONE not in runs or not seeds:
        return pd.DataFrame(columns=COLUMNS)
    folders = {name: dict(zip(t["seed"], t["folder"], strict=True)) for name, t in runs.items()}
    raise_on_mixed_studies([by_seed[seed] for by_seed in folders.values() for seed in seeds])
    # NaN where a run was not tested on a photograph; each seed keeps those of all its runs
    by_run = {
        (name, seed): _correct_on_photographs(by_seed[seed])
        for name, by_seed in folders.items()
        for seed in seeds
    }
    table = pd.DataFrame(by_run).astype(float)
    for seed in seeds:
        of_seed = [(name, seed) for name in folders]
        table.loc[table[of_seed].isna().any(axis=1), of_seed] = float("nan")
    table = table.dropna(how="all")
    correct = {name: table[name].to_numpy().T for name in folders}
    rows = []
    for name, values in correct.items():
        low, high = statistics.accuracy_interval(values)
        gain_low, gain_high = statistics.paired_interval(values, correct[ALONE])
        top1 = statistics.mean_accuracy(values)
        row = {"kind": kinds[name], "experiment": name, "top1": top1, "low": low, "high": high}
        row |= {"gain": top1 - statistics.mean_accuracy(correct[ALONE])}
        row |= {"gain_low": gain_low, "gain_high": gain_high}
        row |= {"n_added": float(runs[name]["n_synthetic"].mean()), "n": values.shape[1]}
        rows.append(row | {"seeds": ", ".join(map(str, seeds))})
    return pd.DataFrame(rows)[COLUMNS]


def _correct_on_photographs(folder: Path) -> pd.Series:
    """Correctness of a run on all photographs that it was tested on except `dev`, by sample."""
    table = read_predictions(folder)
    table = table[table["test_set"].isin(["real", *UNUSED_REAL_SETS])].drop_duplicates("sample")
    return pd.Series(is_correct(table), table["sample"].to_numpy())

"""The fair baseline: real photographs alone and mixed, each at its best setting of one search.

At each fraction of the real photographs, both kinds of run are trained with every learning rate and
augmentation of the search for equally many steps (protocol `matched`), and tested on `dev`, which
no run trains on, and on `real`. The setting that is best on `dev` is compared on `real`. A run of
the search is named after its experiment and its setting, `real33@lr0.03-thesis`, so that no table
of the thesis contains it.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from synthlib import params as parameters
from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.real_equivalent import MIXED_EXPERIMENTS, REAL_ONLY_EXPERIMENTS
from synthlib.evaluation.run_metrics import finished_runs, measured_row
from synthlib.evaluation.statistics import superiority_verdict
from synthlib.params import Params
from synthlib.utils.errors import ParameterError

REAL_AND_MIXED_PAIRS = [*zip(REAL_ONLY_EXPERIMENTS, MIXED_EXPERIMENTS, strict=True)][::-1]
"""Experiments on real photographs alone and mixed with synthetic images, at each fraction, from all
photographs to few."""

LEARNING_RATES = (0.003, 0.01, 0.03)
AUGMENTATIONS = ("matched", "thesis")
SETTINGS = {
    f"lr{rate:g}-{preset}": {"learning_rate": rate, "augmentation": preset}
    for rate in LEARNING_RATES
    for preset in AUGMENTATIONS
}
"""Parameters of each setting of the search, by its name."""

SEARCH_PROTOCOL = "matched"


def plan_search(scale: str, *, seeds: Sequence[int] = (0,), **overrides) -> list[Params]:
    """Plan the runs of the search.

    Args:
        scale: Scale of the study, such as `tiny`.
        seeds: Seeds with which every setting is trained.
        **overrides: Parameters that override those of the files.

    Returns:
        Validated parameters, one per seed, experiment and setting.

    Raises:
        ParameterError: If the scale has no `dev` set (`dev_per_class` 0), or a parameter is wrong.
    """
    if parameters.load(scale, "baseline", **overrides).dev_per_class == 0:
        raise ParameterError(
            f"scale {scale} has dev_per_class 0, so there is nothing to search on: set it"
        )
    return [
        parameters.load(
            scale,
            search_experiment_name(experiment, name),
            **overrides
            | setting
            | {"seed": seed, "protocol": SEARCH_PROTOCOL, "test_sets": ["dev", "real"]},
        )
        for seed in seeds
        for pair in REAL_AND_MIXED_PAIRS
        for experiment in pair
        for name, setting in SETTINGS.items()
    ]


def search_experiment_name(experiment: str, setting: str) -> str:
    """Experiment name of a run of the search, such as `real33@lr0.03-thesis`."""
    return f"{experiment}@{setting}"


def fair_comparison(outputs: Path, scale: str) -> pd.DataFrame:
    """Compare real photographs alone and mixed, each at its best setting on `dev`.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.

    Returns:
        One row per fraction at which both experiments finished all settings; empty if there is
        none. Columns: fraction (of the real photographs, in [0, 1]), n_real (photographs trained
        on), alone_setting, alone_dev, alone_top1, mixed_setting, mixed_dev, mixed_top1 (settings,
        and top-1 in percent on `dev` and `real`), difference (mixed less alone, points on `real`),
        low, high (its paired 95% interval), n (test photographs), seeds (those of both), verdict
        (`supported` if synthetic images help).
    """
    rows = []
    for pair in REAL_AND_MIXED_PAIRS:
        alone, mixed = (_best_setting(outputs, scale, experiment) for experiment in pair)
        if alone is None or mixed is None:
            continue
        names = [
            search_experiment_name(experiment, setting)
            for experiment, (setting, _) in zip(pair, (alone, mixed), strict=True)
        ]
        result = compare_experiments(outputs, scale, names[1], names[0], SEARCH_PROTOCOL)
        if result is None:
            continue
        mixed_runs = finished_runs(outputs, scale, names[1], SEARCH_PROTOCOL)
        row = {key: result[key] for key in ("difference", "low", "high", "n", "seeds")}
        row |= {
            "fraction": parameters.load(scale, pair[0]).real_fraction,
            "n_real": measured_row(mixed_runs, "real")["run", "n_real"],
            "verdict": superiority_verdict(result["low"], result["high"]),
        }
        row |= {"alone_setting": alone[0], "alone_dev": alone[1]}
        row |= {"mixed_setting": mixed[0], "mixed_dev": mixed[1]}
        row["mixed_top1"], row["alone_top1"] = result["levels"]
        rows.append(row)
    columns = ["fraction", "n_real", "alone_setting", "alone_dev", "alone_top1"]
    columns += ["mixed_setting", "mixed_dev", "mixed_top1"]
    columns += ["difference", "low", "high", "n", "seeds", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _best_setting(outputs: Path, scale: str, experiment: str) -> tuple[str, float] | None:
    """The setting with the highest top-1 on `dev` (the first of equals) and that top-1 in percent,
    on the seeds that all settings share; None unless every setting has run with one."""
    runs_by_setting = {
        name: finished_runs(
            outputs, scale, search_experiment_name(experiment, name), SEARCH_PROTOCOL, "dev"
        )
        for name in SETTINGS
    }
    if any(runs.empty for runs in runs_by_setting.values()):
        return None
    seeds = set.intersection(*(set(runs["seed"]) for runs in runs_by_setting.values()))
    if not seeds:
        return None
    top1 = {}
    for name, runs in runs_by_setting.items():
        values = measured_row(runs[runs["seed"].isin(seeds)], "dev")
        top1[name] = float(values["top1", "measured"])
    best = max(top1, key=lambda name: top1[name])
    return best, top1[best]

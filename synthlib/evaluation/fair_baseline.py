"""The fair baseline's table: what the search of `search` found, alone against mixed."""

from pathlib import Path

import pandas as pd

from synthlib import params as parameters
from synthlib.evaluation import search
from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.run_metrics import finished_runs, measured_row
from synthlib.evaluation.statistics import superiority_verdict

SEARCH_PROTOCOL = "matched"
FAIR_COMPARISON_COLUMNS = ["fraction", "n_real", "alone_setting", "alone_dev", "alone_top1"]
FAIR_COMPARISON_COLUMNS += [
    "mixed_setting",
    "mixed_dev",
    "mixed_top1",
    "difference",
    "low",
    "high",
    "n",
]
FAIR_COMPARISON_COLUMNS += ["seeds", "verdict"]


def fair_comparison(outputs: Path, scale: str) -> pd.DataFrame:
    """Real photographs alone and mixed at each fraction, each at its best setting on `dev`.

    Columns: fraction (of the real photographs, in [0, 1]), n_real, alone_setting, alone_dev,
    alone_top1, mixed_setting, mixed_dev, mixed_top1 (percent), difference (mixed less alone, points
    on `real`), low, high (95%, paired), n (photographs), seeds (of both), verdict (that synthetic
    images help).
    A row only where both searched all settings; empty without such.
    """
    rows = []
    for pair in search.REAL_AND_MIXED_PAIRS:
        best = [_best_setting(outputs, scale, experiment) for experiment in pair]
        if any(found is None for found in best):
            continue
        share = parameters.load(scale, pair[0]).real_fraction
        row: dict[str, object] = {"fraction": share}
        names: list[str] = []
        for which, experiment, found in zip(("alone", "mixed"), pair, best, strict=True):
            assert found is not None
            setting, dev = found
            names.append(search.search_experiment_name(experiment, setting))
            runs = finished_runs(outputs, scale, names[-1], SEARCH_PROTOCOL)
            values = measured_row(runs, "real")
            row |= {f"{which}_setting": setting, f"{which}_dev": dev}
            row |= {"n_real": values["run", "n_real"]}
        result = compare_experiments(outputs, scale, names[1], names[0], SEARCH_PROTOCOL)
        if result is not None:
            about = {key: result[key] for key in ("difference", "low", "high", "n", "seeds")}
            about |= {"mixed_top1": result["levels"][0], "alone_top1": result["levels"][1]}
            rows.append(
                row | about | {"verdict": superiority_verdict(result["low"], result["high"])}
            )
    return pd.DataFrame(rows, columns=FAIR_COMPARISON_COLUMNS)


def _best_setting(outputs: Path, scale: str, experiment: str) -> tuple[str, float] | None:
    """The setting with the highest top-1 on `dev` (the first of equals) and that top-1, in percent,
    on the seeds that all settings share; None unless every setting has run with one."""
    runs = {
        setting: finished_runs(
            outputs,
            scale,
            search.search_experiment_name(experiment, setting),
            SEARCH_PROTOCOL,
            "dev",
        )
        for setting in search.SETTING_NAMES
    }
    if any(found.empty for found in runs.values()):
        return None
    seeds = set.intersection(*(set(found["seed"]) for found in runs.values()))
    if not seeds:
        return None
    reached = {}
    for setting, found in runs.items():
        values = measured_row(found[found["seed"].isin(seeds)], "dev")
        reached[setting] = float(values["top1", "measured"])  # pyright: ignore[reportArgumentType]
    best = max(reached, key=lambda setting: reached[setting])
    return best, reached[best]

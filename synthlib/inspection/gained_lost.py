"""Photographs that synthetic data teaches a model to recognise, and those it loses (6.5, Figures
28, 29): the baseline and the run with all synthetic images, on the same test photographs."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib import runs
from synthlib.data import datasets
from synthlib.evaluation.comparisons import common_runs
from synthlib.evaluation.predictions import read_predictions
from synthlib.inspection import run_inspector, sample_table
from synthlib.inspection.sample_figures import sample_images
from synthlib.inspection.sample_table import OUTCOMES, Outcome, PairedOutcome
from synthlib.inspection.test_images import ImageCache
from synthlib.params import Params
from synthlib.reporting.figures.image_grids import image_grid
from synthlib.reporting.figures.style import (
    PAGE_WIDTH,
    draw_placeholder,
    mark_stand_in,
    readable_name,
    stand_in_title,
)
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.thesis.published import published_claim
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError

BASELINE, MIXED_EXPERIMENT = "baseline", "mixed_synth100"
GRID_COLUMNS = 6
FIGURE_OUTCOMES: dict[int, Outcome] = {28: "only B", 29: "only A"}
"""Which photographs a figure shows: A is the baseline, B the mixed run."""

OUTCOME_LABELS: dict[Outcome, str] = {
    "both right": "both right",
    "only B": "only mixed",
    "only A": "only baseline",
    "both wrong": "neither",
}
OUTCOME_CLAIMS = {
    "both right": "right_both",
    "only mixed": "only_mixed",
    "only baseline": "only_baseline",
    "neither": "wrong_both",
}


def _pairs(p: Params, protocol: str = "thesis") -> dict[int, tuple[Path, Path]]:
    return common_runs(p.output_dir, p.scale, BASELINE, MIXED_EXPERIMENT, protocol)


def compare_runs(folders: tuple[Path, Path]) -> pd.DataFrame:
    """Both runs on the real test photographs: the table of `inspection.compare`."""
    a, b = (sample_table.build_sample_table(read_predictions(folder, "real")) for folder in folders)
    return sample_table.compare_samples(a, b)


def outcome_counts(params: Params) -> pd.DataFrame:
    """How many photographs both got right, one alone, neither: a row a seed and protocol, and one
    as published (not at a scale of stand-ins). Columns: which, seed, n_test, both right, only
    mixed, only baseline, neither, and McNemar's p of what only one got right."""
    rows = []
    if not params.stand_in:
        printed = {name: int(published_claim(key)) for name, key in OUTCOME_CLAIMS.items()}
        a, b = printed["only mixed"], printed["only baseline"]
        row = {"which": "published", "seed": "", "n_test": sum(printed.values())} | printed
        rows.append(row | {"McNemar's p": _published_p_value(a, b)})
    for protocol in ("thesis", "matched"):
        for seed, folders in _pairs(params, protocol).items():
            found = sample_table.paired_outcome(compare_runs(folders))
            row = {
                "which": f"protocol {protocol}",
                "seed": str(seed),
                "n_test": _n_photographs(found),
            }
            rows.append(row | _counts_by_label(found) | {"McNemar's p": found.p})
    names = ["which", "seed", "n_test", *OUTCOME_CLAIMS, "McNemar's p"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(
        **{"McNemar's p": [sample_table.p_value_text(p) for p in table["McNemar's p"]]}
    )


def gained_lost_figure(figure_number: int, params: Params, *, n: int = 18) -> Figure:
    """Figure 28 (right only with synthetic images) or 29 (right only without), of the first seed
    under the protocol `thesis`: up to `n` of them drawn at random, each over its class and what the
    other run took it for; counts and McNemar's p above.

    Says so where the runs are missing, or the photographs are not on this machine.
    """
    outcome, found = FIGURE_OUTCOMES[figure_number], _pairs(params)
    name = f"Figure {figure_number}: right only by {MIXED_EXPERIMENT if figure_number == 28 else BASELINE}, protocol thesis"
    if not found:
        return _placeholder_figure(f"{name}\n{BASELINE}, {MIXED_EXPERIMENT}: {NOT_RUN}", params)
    seed, folders = next(iter(found.items()))
    table = compare_runs(folders)
    title = f"{name}, seed {seed}\n{outcome_counts_text(table, params)}"
    rows = table[table["outcome"] == outcome]
    order = rng_for(params.data_seed, "contributed", str(figure_number)).permutation(len(rows))[:n]
    rows = rows.iloc[np.sort(order)]
    if rows.empty:
        return _placeholder_figure(f"{title}\nnone", params)
    try:
        images = sample_images(_test_image_cache(params, folders[0]), rows)
    except SynthlibError as error:  # runs are here, photographs are not
        return _placeholder_figure(f"{title}\nnot drawn on this machine: {error}", params)
    other = "predicted" if figure_number == 28 else "predicted_b"
    titles = [
        f"{readable_name(t)}\nnot {readable_name(o)}"
        for t, o in zip(rows["true"], rows[other], strict=True)
    ]
    return image_grid(
        images,
        titles,
        columns=GRID_COLUMNS,
        title=title,
        stand_in=params.stand_in,
        image_inches=PAGE_WIDTH / GRID_COLUMNS,
    )


def outcome_counts_text(compared: pd.DataFrame, params: Params) -> str:
    """The counts of a table of `compared` in two lines, beside the thesis's."""
    found = sample_table.paired_outcome(compared)
    here = ", ".join(f"{name} {count}" for name, count in _counts_by_label(found).items())
    lines = [
        f"{_n_photographs(found)} photographs: {here}; McNemar's p {sample_table.p_value_text(found.p)}"
    ]
    if not params.stand_in:
        printed = ", ".join(
            f"{name} {published_claim(key):.0f}" for name, key in OUTCOME_CLAIMS.items()
        )
        lines.append(f"the thesis, {published_claim('val_images'):.0f}: {printed}")
    return "\n".join(lines)


def _counts_by_label(paired_outcome: PairedOutcome) -> dict[str, int]:
    by_outcome = (
        paired_outcome.both_correct,
        paired_outcome.only_a,
        paired_outcome.only_b,
        paired_outcome.both_wrong,
    )
    numbers = dict(zip(OUTCOMES, by_outcome, strict=True))
    return {name: numbers[outcome] for outcome, name in OUTCOME_LABELS.items()}


def _n_photographs(outcome: PairedOutcome) -> int:
    return sum(_counts_by_label(outcome).values())


def _published_p_value(only_a: int, only_b: int) -> float:
    """McNemar's p of two printed counts."""
    first = np.repeat([True, False], [only_a, only_b])
    return sample_table.mcnemar(first, ~first)["p"]


def _test_image_cache(study_params: Params, folder: Path) -> ImageCache:
    """The real test photographs of a run, wherever the outputs and the data lie by now."""
    here = {
        "outputs": study_params.outputs,
        "data_root": study_params.data_root,
        "test_sets": ["real"],
    }
    params = runs.load_run(folder).params.model_copy(update=here)
    return ImageCache(lambda: datasets.test_sets(params, run_inspector.load_run_data(params)))


def _placeholder_figure(text: str, params: Params) -> Figure:
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 1.3), layout="constrained")
    draw_placeholder(ax, stand_in_title(text, params.stand_in)).texts[-1].set(wrap=True, fontsize=8)
    return mark_stand_in(figure, params.stand_in)

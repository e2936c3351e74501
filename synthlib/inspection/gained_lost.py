"""Photographs recognised only with synthetic data, or only without it (6.5, Figures 28 and 29).

Run A is the baseline and run B the mix with all synthetic images, of the same seed, on the same
test photographs.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.evaluation.comparisons import common_runs
from synthlib.evaluation.predictions import read_predictions
from synthlib.evaluation.run_metrics import shown_protocols
from synthlib.inspection import run_inspector, sample_table
from synthlib.inspection.sample_table import OUTCOMES, Outcome, PairedOutcome
from synthlib.inspection.test_images import ImageCache
from synthlib.params import Params
from synthlib.reporting.figures.image_grids import image_grid
from synthlib.reporting.figures.style import (
    PAGE_WIDTH,
    draw_placeholder,
    mark_stand_in,
    readable_name,
)
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.thesis.published import published_claim
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError

BASELINE = "baseline"
MIXED_EXPERIMENT = "mixed_synth100"
GRID_COLUMNS = 6

FIGURE_OUTCOMES: dict[int, Outcome] = {28: "only B", 29: "only A"}
"""The outcome whose photographs a figure shows."""

OUTCOME_LABELS: dict[Outcome, str] = {
    "both right": "both right",
    "only B": "only mixed",
    "only A": "only baseline",
    "both wrong": "neither",
}
OUTCOME_CLAIMS: dict[Outcome, str] = {
    "both right": "right_both",
    "only B": "only_mixed",
    "only A": "only_baseline",
    "both wrong": "wrong_both",
}
"""Names of the published counts (`published_claim`)."""


def compare_runs(folders: tuple[Path, Path]) -> pd.DataFrame:
    """Join two runs on the real test photographs (`sample_table.compare_samples`)."""
    a, b = (sample_table.build_sample_table(read_predictions(folder, "real")) for folder in folders)
    return sample_table.compare_samples(a, b)


def outcome_counts(params: Params) -> pd.DataFrame:
    """Numbers of photographs that both runs classify correctly, one of them, or neither.

    Returns:
        One row per protocol and seed, after one with the published counts (unless the data are
        stand-ins). Columns: which, seed, n_test, both right, only mixed, only baseline, neither,
        McNemar's p (text).
    """
    rows = []
    if not params.stand_in:
        rows.append({"which": "published", "seed": ""} | _outcome_row(_published_outcome()))
    for protocol in shown_protocols(params.output_dir, params.scale):
        for seed, folders in _run_pairs(params, protocol).items():
            outcome = sample_table.paired_outcome(compare_runs(folders))
            keys = {"which": f"protocol {protocol}", "seed": str(seed)}
            rows.append(keys | _outcome_row(outcome))
    columns = ["which", "seed", "n_test", *OUTCOME_LABELS.values(), "McNemar's p"]
    return pd.DataFrame(rows, columns=columns)


def gained_lost_figure(figure_number: int, params: Params, *, n: int = 18) -> Figure:
    """Figure 28 (correct only with synthetic images) or 29 (correct only without them).

    Photographs are of the first seed under the protocol `thesis`. Each has its class and the other
    run's prediction below; counts and McNemar's p are in the title. A placeholder says so if the
    runs are missing, or if the photographs are not on this machine.

    Args:
        figure_number: 28 or 29.
        params: The study.
        n: Maximum number of photographs, drawn at random.
    """
    outcome, pairs = FIGURE_OUTCOMES[figure_number], _run_pairs(params)
    correct_run = MIXED_EXPERIMENT if outcome == "only B" else BASELINE
    title = f"Figure {figure_number}: right only by {correct_run}, protocol thesis"
    if not pairs:
        missing = f"{BASELINE}, {MIXED_EXPERIMENT}: {NOT_RUN}"
        return _placeholder_figure(f"{title}\n{missing}", params)
    seed, folders = next(iter(pairs.items()))
    compared = compare_runs(folders)
    title += f", seed {seed}\n{outcome_counts_text(compared, params)}"
    rows = compared[compared["outcome"] == outcome]
    order = rng_for(params.data_seed, "contributed", str(figure_number)).permutation(len(rows))
    rows = rows.iloc[np.sort(order[:n])]
    if rows.empty:
        return _placeholder_figure(f"{title}\nnone", params)
    cache = ImageCache(lambda: run_inspector.load_test_sets(folders[0], params, ["real"]))
    try:
        images = cache.table_images(rows)
    except SynthlibError as error:  # the runs are on this machine, the photographs are not
        return _placeholder_figure(f"{title}\nnot drawn on this machine: {error}", params)
    wrong = rows["predicted" if outcome == "only B" else "predicted_b"]
    captions = [
        f"{readable_name(true)}\nnot {readable_name(predicted)}"
        for true, predicted in zip(rows["true"], wrong, strict=True)
    ]
    side = PAGE_WIDTH / GRID_COLUMNS
    figure = image_grid(images, captions, columns=GRID_COLUMNS, title=title, image_inches=side)
    return mark_stand_in(figure, params.stand_in)


def outcome_counts_text(compared: pd.DataFrame, params: Params) -> str:
    """The counts of a table of two runs, and below them the published ones."""
    outcome = sample_table.paired_outcome(compared)
    lines = [f"{outcome.n} photographs: {_counts_text(outcome)}; McNemar's p {outcome.p_text}"]
    if not params.stand_in:
        images = published_claim("val_images")
        lines.append(f"the thesis, {images:.0f}: {_counts_text(_published_outcome())}")
    return "\n".join(lines)


def _run_pairs(params: Params, protocol: str = "thesis") -> dict[int, tuple[Path, Path]]:
    return common_runs(params.output_dir, params.scale, BASELINE, MIXED_EXPERIMENT, protocol)


def _published_outcome() -> PairedOutcome:
    return PairedOutcome(*(int(published_claim(OUTCOME_CLAIMS[name])) for name in OUTCOMES))


def _labelled_counts(outcome: PairedOutcome) -> dict[str, int]:
    counts = outcome.by_outcome()
    return {label: counts[name] for name, label in OUTCOME_LABELS.items()}


def _outcome_row(outcome: PairedOutcome) -> dict[str, int | str]:
    return {"n_test": outcome.n} | _labelled_counts(outcome) | {"McNemar's p": outcome.p_text}


def _counts_text(outcome: PairedOutcome) -> str:
    return ", ".join(f"{label} {count}" for label, count in _labelled_counts(outcome).items())


def _placeholder_figure(text: str, params: Params) -> Figure:
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 1.3), layout="constrained")
    draw_placeholder(ax, text).texts[-1].set(wrap=True, fontsize=8)
    return mark_stand_in(figure, params.stand_in)

"""Whole figures that a reviewer asks for and the thesis lacks, from runs."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib import tables
from synthlib.evaluation import read_predictions
from synthlib.figures.bars import accuracy_bars
from synthlib.figures.curves import accuracy_curves
from synthlib.figures.panels import add_title
from synthlib.figures.review import (
    forest_plot,
    gain_against_hours,
    learning_curves,
    view_accuracy_curves,
)
from synthlib.figures.style import DOUBTFUL_NOTE, PAGE_WIDTH, draw_placeholder, readable_name
from synthlib.params import Params
from synthlib.tables.shown import seeds_text


def learning_curves_figure(outputs: Path, params: Params) -> Figure:
    """The learning curves, real alone and mixed, with an arrow from `mixed_real33` to its
    real-equivalent; an Axes a protocol, and the thesis's own above them."""
    panels = [] if params.stand_in else [_published_panel()]
    panels += [_measured_panel(outputs, params, protocol) for protocol in ("thesis", "matched")]
    heights = [2.7 if curves["top1"].notna().any() else 0.8 for curves, _, _ in panels]
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(PAGE_WIDTH, sum(heights)), squeeze=False, layout="constrained",
        height_ratios=heights,
    )  # fmt: skip
    for ax, (curves, equal, title) in zip(axes.flat, panels, strict=True):
        alone, mixed = (curves[curves["curve"] == name] for name in ("alone", "mixed"))
        third = mixed.iloc[2]
        known = pd.notna(equal[0]) and 0 < equal[0] < float("inf")
        arrows = [(third["n_real"], third["top1"], *equal)] if known else []
        learning_curves(ax, alone, mixed, equivalents=arrows, title=title)
    return add_title(figure, "How many real photographs synthetic data is worth", params)


AnswerPanel = tuple[pd.DataFrame, tuple[float, str], str]
"""Both curves, the real-equivalent of `mixed_real33` as a number and in words, a title."""


def _published_panel() -> AnswerPanel:
    found = float(tables.published_equivalents()["published_equivalent"]["mixed_real33"])
    return tables.published_curves(), (found, f"{found:,.0f}"), f"published ({DOUBTFUL_NOTE})"


def _measured_panel(outputs: Path, params: Params, protocol: str) -> AnswerPanel:
    """Where there is an equivalent, the curves are of the seeds that it is read off, as others
    would not meet it."""
    equals = tables.real_equivalents(outputs, params.scale, protocol, only=["mixed_real33"])
    equal = equals.iloc[0]
    known = pd.notna(equal["real_equivalent"])
    seeds = [int(k) for k in equal["seeds"].split(", ")] if known else None
    curves = tables.learning_curve_table(outputs, params.scale, protocol, seeds)
    title = f"protocol {protocol}" + (f", {seeds_text(equal['seeds'])}" if known else "")
    return curves, (equal["real_equivalent"], equal["words"]), title


def forest_plot_figure(statements: pd.DataFrame, params: Params) -> Figure:
    """Differences of `tables.statements` that have run, with their verdicts and what decides."""
    rows = statements[statements["verdict"] != "not run"]
    figure, ax = plt.subplots(
        figsize=(PAGE_WIDTH, max(1.2, 0.19 * len(rows) + 0.9)), layout="constrained"
    )
    if rows.empty:
        draw_placeholder(ax, tables.NOT_RUN)
    else:
        short = rows["label"].map(readable_name).str.replace(", unused photographs", " (unused)")
        short += ", " + rows["protocol"]
        rows = rows.drop(columns="verdict") if params.stand_in else rows
        bounds = [
            (-within, within) if within == within else (above,)
            for above, within in zip(rows["above"], rows["within"], strict=True)
        ]
        forest_plot(ax, rows.assign(label=short, bounds=pd.Series(bounds, rows.index)))
    return add_title(figure, "Differences of top-1 with 95% intervals", params)


def accuracy_curves_figure(
    outputs: Path, params: Params, experiment: str, protocol: str = "thesis"
) -> Figure:
    """Accuracy against steps of an experiment's first seed: training in each domain, tests."""
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    _draw_accuracy_curves(ax, outputs, params, experiment, protocol, f"protocol {protocol}")
    return add_title(figure, f"Accuracy against steps: {experiment}", params)


def accuracy_curves_grid(outputs: Path, params: Params, experiments: Sequence[str]) -> Figure:
    """`steps` of several experiments, a row each, a column a protocol, each its first seed's."""
    figure, axes = plt.subplots(
        len(experiments), 2, figsize=(PAGE_WIDTH, 2 * len(experiments) + 0.7),
        squeeze=False, layout="constrained",
    )  # fmt: skip
    handles: dict[str, Artist] = {}
    for row, name in zip(axes, experiments, strict=True):
        for ax, protocol in zip(row, ("thesis", "matched"), strict=True):
            _draw_accuracy_curves(
                ax, outputs, params, name, protocol, f"{readable_name(name)}, {protocol}"
            )
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                handles.setdefault(label.split(":")[0], handle)
            if ax.get_legend():
                ax.get_legend().remove()
        row[1].set_ylabel("" if row[0].lines else row[1].get_ylabel())
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=3,
                      fontsize=7, frameon=False)  # fmt: skip
    return add_title(figure, "Accuracy against steps (marks: the last model's tests)", params)


def _draw_accuracy_curves(
    ax: Axes, outputs: Path, params: Params, experiment: str, protocol: str, title: str
) -> None:
    runs = tables.finished_runs(outputs, params.scale, experiment, protocol)
    if runs.empty:
        draw_placeholder(ax, tables.NOT_RUN)
        ax.set_title(title, fontsize=9)
        return
    title += f", seed {runs['seed'].iloc[0]}"
    folder = runs["folder"].iloc[0]
    tested = dict(tables.metrics_by_test_set(folder)["top1"])
    accuracy_curves(ax, pd.read_csv(folder / "log.csv"), tested, title=title)


def accuracy_bars_figure(rows: pd.DataFrame, protocol: str, params: Params) -> Figure:
    """Top-1 of a protocol's runs (rows of `tables.metrics_table`) on real photographs, of the first
    seed that it has."""
    rows = rows[(rows["protocol"] == protocol) & (rows["test_set"] == "real")]
    seed = rows["seed"].min()  # another protocol may have others
    rows = rows[rows["seed"] == seed]
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 0.34 * len(rows) + 1.0), layout="constrained")
    accuracy_bars(ax, rows)
    title = f"Tested on {rows['n_test'].max():,} real photographs: protocol {protocol}, seed {seed}"
    return add_title(figure, title, params)


def gain_against_hours_figure(outputs: Path, params: Params) -> Figure:
    """Points gained over the baseline against hours of rendering, an Axes a protocol."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    rows = tables.gain_per_hour(outputs, params)
    for ax, protocol in zip(axes, ("thesis", "matched"), strict=True):
        part = rows[(rows["protocol"] == protocol) & rows["hours"].notna()]
        if part.empty:
            missing = rows[rows["protocol"] == protocol].empty
            draw_placeholder(ax, tables.NOT_RUN if missing else "hours of rendering not known here")
            ax.set_title(f"protocol {protocol}", fontsize=9)
        else:
            gain_against_hours(ax, part, title=f"protocol {protocol}")
    return add_title(figure, "Gain over the baseline against hours of rendering", params)


def view_accuracy_figure(outputs: Path, params: Params, experiment: str) -> Figure:
    """Accuracy on renders by camera elevation and by coverage, of an experiment's first seed."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.6), layout="constrained")
    title = f"Accuracy by view: {experiment}, protocol thesis, tested on renders"
    runs = tables.finished_runs(outputs, params.scale, experiment, "thesis", "synthetic_bg")
    manifest = tables.finished_renders(params)
    if runs.empty or manifest.empty:
        for ax in axes:
            draw_placeholder(ax, f"{experiment}: {tables.NOT_RUN}")
    else:
        predicted = read_predictions(runs["folder"].iloc[0])
        edges = {"elevation": tables.ELEVATION_EDGES, "coverage": tables.COVERAGE_EDGES}
        found = [tables.accuracy_by_view(predicted, manifest, c, e) for c, e in edges.items()]
        view_accuracy_curves(axes, found)
        title += f", seed {runs['seed'].iloc[0]} (above: views)"
    return add_title(figure, title, params)

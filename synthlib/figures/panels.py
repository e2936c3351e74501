"""Whole figures of the thesis: measured above or beside published, with one caption and legend."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from synthlib import tables
from synthlib.figures.bars import Kind, metric_bars
from synthlib.figures.curves import accuracy_steps, contribution
from synthlib.figures.matrices import confusion_difference, confusion_matrix
from synthlib.figures.review import by_view, forest, learning_curve
from synthlib.figures.style import PAGE, absent, stamp, titled
from synthlib.params import Params
from synthlib.tables.matrix import Matrices


def result_bars(table: tables.NumberedTable, title: str, p: Params) -> Figure:
    """Figures 16, 17, 23, 24, 30: a table's five metrics, measured above published."""
    kinds: list[Kind] = ["measured"] if p.stand_in else ["measured", "published"]
    height = 2.0 * len(kinds) + 0.5
    figure, axes = plt.subplots(
        len(kinds), 1, figsize=(PAGE, height), squeeze=False, layout="constrained"
    )
    for ax, kind in zip(axes.flat, kinds, strict=True):
        metric_bars(ax, table.frame, kind, title=f"scale {p.scale}" if kind == "measured" else kind)
        ax.title.set_fontsize(8)
    drawn = [ax.get_legend_handles_labels() for ax in axes.flat if ax.containers]
    if drawn:
        figure.legend(*drawn[-1], loc="outside lower center", ncols=2, fontsize=7, frameon=False)
    return _finished(figure, title, p)


def contribution_curves(table: tables.NumberedTable, column, title: str, p: Params) -> Figure:
    """Figures 25 (column synthetic) and 31 (real): as the thesis trains, and the matched companion
    directly below."""
    figure, axes = plt.subplots(2, 1, figsize=(PAGE, 5.2), layout="constrained")
    assert table.companion is not None
    contribution(axes[0], table.frame, column, title="protocol thesis")
    contribution(axes[1], table.companion.frame, column, title="protocol matched")
    for ax in axes:
        ax.title.set_fontsize(8)
    return _finished(figure, title, p)


def matrix_pair(pair: Matrices, p: Params) -> Figure:
    """Figures 18 to 20, 26, 27, 32: measured above published."""
    both = [("measured", pair.measured)]
    if not p.stand_in:
        both.append(("published", pair.published))
    figure, axes = plt.subplots(
        len(both), 1, figsize=(PAGE, 5.4 * len(both)), squeeze=False, layout="constrained"
    )
    for ax, (kind, counts) in zip(axes.flat, both, strict=True):
        if counts is None:
            absent(ax, f"{pair.experiment}: {tables.NOT_RUN}")
        else:
            confusion_matrix(ax, counts, kind)
        ax.title.set_fontsize(8)
    return _finished(figure, f"Figure {pair.number}: {pair.experiment}, on real photographs", p)


def matrix_difference(first: Matrices, second: Matrices, p: Params) -> Figure:
    """The second matrix less the first, measured above published: which confusions go and come."""
    both = [("measured", first.measured, second.measured)]
    if not p.stand_in:
        both.append(("published", first.published, second.published))
    figure, axes = plt.subplots(
        len(both), 1, figsize=(PAGE, 5.4 * len(both)), squeeze=False, layout="constrained"
    )
    for ax, (kind, one, two) in zip(axes.flat, both, strict=True):
        if one is None or two is None:
            absent(ax, tables.NOT_RUN)
        else:
            confusion_difference(ax, one, two, kind)
        ax.title.set_fontsize(8)
    title = f"Figure {second.number} less Figure {first.number}: what {second.experiment} changes"
    return _finished(figure, title, p)


def answer_curves(outputs: Path, p: Params) -> Figure:
    """The learning curves, real alone and mixed, with arrows to the real-equivalents; an Axes a
    protocol, and the thesis's own above them."""
    panels = [] if p.stand_in else [("published", "published")]
    panels += [(protocol, f"protocol {protocol}") for protocol in ("thesis", "matched")]
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(PAGE, 2.7 * len(panels)), squeeze=False, layout="constrained"
    )
    for ax, (which, title) in zip(axes.flat, panels, strict=True):
        printed = which == "published"
        protocol = "thesis" if printed else which
        curves = tables.curves(outputs, p.scale, protocol)
        equal = tables.real_equivalents(outputs, p.scale, protocol, only=["mixed_real33"])
        if printed:
            curves = curves[["curve", "published", "published_n"]].set_axis(
                ["curve", "top1", "n_real"], axis=1
            )
            third = curves[curves["curve"] == "mixed"].iloc[2]
            found = equal["published_equivalent"].iloc[0]
        else:
            third, found = equal.iloc[0], equal["real_equivalent"].iloc[0]
        known = pd.notna(found) and 0 < found < float("inf")
        arrows = [(third["n_real"], third["top1"], found)] if known else []
        alone, mixed = (curves[curves["curve"] == name] for name in ("alone", "mixed"))
        learning_curve(ax, alone, mixed, equivalents=arrows, title=title)
    return _finished(figure, "How many real photographs synthetic data is worth", p)


def forest_of(rows: pd.DataFrame, p: Params) -> Figure:
    """Paired differences of `tables.statements` that have run, with their verdicts."""
    figure, ax = plt.subplots(
        figsize=(PAGE, max(1.2, 0.26 * len(rows) + 0.8)), layout="constrained"
    )
    if rows.empty:
        absent(ax, tables.NOT_RUN)
    else:
        forest(ax, rows.drop(columns="verdict") if p.stand_in else rows, margin=-2)
    return _finished(figure, "Paired differences on real photographs", p)


def steps(outputs: Path, p: Params, experiment: str, protocol: str = "thesis") -> Figure:
    """Accuracy against steps of an experiment's first seed: training in each domain, tests."""
    figure, ax = plt.subplots(figsize=(PAGE, 2.8), layout="constrained")
    runs = tables.runs_of(outputs, p.scale, experiment, protocol)
    if runs.empty:
        absent(ax, f"{experiment}: {tables.NOT_RUN}")
    else:
        folder = runs["folder"].iloc[0]
        table = tables.metrics_of(folder)
        accuracy_steps(ax, pd.read_csv(folder / "log.csv"), dict(table["top1"]))
    return _finished(figure, f"Accuracy against steps: {experiment}, protocol {protocol}", p)


def views(outputs: Path, p: Params, experiment: str) -> Figure:
    """Accuracy on renders by camera elevation and by coverage, of an experiment's first seed."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE, 2.6), layout="constrained")
    runs = tables.runs_of(outputs, p.scale, experiment, "thesis", "synthetic_bg")
    manifest = tables.manifest(p)
    if runs.empty or manifest.empty:
        for ax in axes:
            absent(ax, f"{experiment}: {tables.NOT_RUN}")
    else:
        predicted = tables.predictions_of(runs["folder"].iloc[0])
        edges = {"elevation": tables.ELEVATIONS, "coverage": tables.COVERAGES}
        found = [tables.accuracy_by_view(predicted, manifest, c, e) for c, e in edges.items()]
        by_view(axes, found)
    return _finished(figure, f"What a view is worth: {experiment}, tested on renders", p)


def _finished(figure: Figure, title: str, p: Params) -> Figure:
    figure.suptitle(titled(title, p.stand_in), fontsize=9)
    return stamp(figure, p.stand_in)

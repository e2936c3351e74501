"""Whole figures that a reviewer asks for and the thesis lacks, from runs."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib import tables
from synthlib.figures.curves import accuracy_steps
from synthlib.figures.panels import finished
from synthlib.figures.review import by_view, forest, gain_hours, learning_curve
from synthlib.figures.style import PAGE, absent, words
from synthlib.params import Params


def answer_curves(outputs: Path, p: Params) -> Figure:
    """The learning curves, real alone and mixed, with an arrow from `mixed_real33` to its
    real-equivalent; an Axes a protocol, and the thesis's own above them. Where there is an arrow,
    the curves are of the seeds that it is read off, as others would not meet it."""
    panels = [] if p.stand_in else [("published", "published")]
    panels += [(protocol, f"protocol {protocol}") for protocol in ("thesis", "matched")]
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(PAGE, 2.7 * len(panels)), squeeze=False, layout="constrained"
    )
    for ax, (which, title) in zip(axes.flat, panels, strict=True):
        printed = which == "published"
        protocol = "thesis" if printed else which
        equal = tables.real_equivalents(outputs, p.scale, protocol, only=["mixed_real33"]).iloc[0]
        found = equal["published_equivalent" if printed else "real_equivalent"]
        known = pd.notna(found) and 0 < found < float("inf")
        seeds = [int(k) for k in equal["seeds"].split(", ")] if known and not printed else None
        curves = tables.curves(outputs, p.scale, protocol, seeds)
        if printed:
            curves = curves[["curve", "published", "published_n"]].set_axis(
                ["curve", "top1", "n_real"], axis=1
            )
        elif seeds:
            title += f", seeds {equal['seeds']}"
        third = curves[curves["curve"] == "mixed"].iloc[2]
        worth = f"{found:,.0f}" if printed else equal["words"]
        arrows = [(third["n_real"], third["top1"], found, worth)] if known else []
        alone, mixed = (curves[curves["curve"] == name] for name in ("alone", "mixed"))
        learning_curve(ax, alone, mixed, equivalents=arrows, title=title)
    return finished(figure, "How many real photographs synthetic data is worth", p)


def forest_of(rows: pd.DataFrame, p: Params) -> Figure:
    """Differences of `tables.statements` that have run, with their verdicts and what decides."""
    figure, ax = plt.subplots(
        figsize=(PAGE, max(1.2, 0.19 * len(rows) + 0.9)), layout="constrained"
    )
    if rows.empty:
        absent(ax, tables.NOT_RUN)
    else:
        short = rows["label"].str.replace(", unused photographs", " (unused)")
        rows = rows.drop(columns="verdict") if p.stand_in else rows
        bounds = [
            (-within, within) if within == within else (above,)
            for above, within in zip(rows["above"], rows["within"], strict=True)
        ]
        forest(ax, rows.assign(label=short, bounds=pd.Series(bounds, rows.index)))
    return finished(figure, "Differences of top-1 with 95% intervals", p)


def steps(outputs: Path, p: Params, experiment: str, protocol: str = "thesis") -> Figure:
    """Accuracy against steps of an experiment's first seed: training in each domain, tests."""
    figure, ax = plt.subplots(figsize=(PAGE, 2.8), layout="constrained")
    _steps(ax, outputs, p, experiment, protocol)
    return finished(figure, f"Accuracy against steps: {experiment}, protocol {protocol}", p)


def steps_grid(outputs: Path, p: Params, experiments: Sequence[str]) -> Figure:
    """`steps` of several experiments, a row each, a column a protocol."""
    figure, axes = plt.subplots(
        len(experiments), 2, figsize=(PAGE, 2 * len(experiments) + 0.7),
        squeeze=False, layout="constrained",
    )  # fmt: skip
    handles: dict[str, Artist] = {}
    for row, name in zip(axes, experiments, strict=True):
        for ax, protocol in zip(row, ("thesis", "matched"), strict=True):
            _steps(ax, outputs, p, name, protocol, f"{words(name)}, {protocol}")
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                handles.setdefault(label.split(":")[0], handle)
            if ax.get_legend():
                ax.get_legend().remove()
        row[1].set_ylabel("")
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=3,
                      fontsize=7, frameon=False)  # fmt: skip
    return finished(figure, "Accuracy against steps (marks: the last model's tests)", p)


def _steps(
    ax: Axes, outputs: Path, p: Params, experiment: str, protocol: str, title: str = ""
) -> None:
    runs = tables.runs_of(outputs, p.scale, experiment, protocol)
    if runs.empty:
        absent(ax, tables.NOT_RUN)
        ax.set_title(title or experiment, fontsize=9)
        return
    folder = runs["folder"].iloc[0]
    tested = dict(tables.metrics_of(folder)["top1"])
    accuracy_steps(ax, pd.read_csv(folder / "log.csv"), tested, title=title)


def hours(outputs: Path, p: Params) -> Figure:
    """Points gained over the baseline against hours of rendering, an Axes a protocol."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE, 2.8), layout="constrained")
    rows = tables.gain_per_hour(outputs, p)
    for ax, protocol in zip(axes, ("thesis", "matched"), strict=True):
        part = rows[(rows["protocol"] == protocol) & rows["hours"].notna()]
        if part.empty:
            missing = rows[rows["protocol"] == protocol].empty
            absent(ax, tables.NOT_RUN if missing else "hours of rendering not known here")
            ax.set_title(f"protocol {protocol}", fontsize=9)
        else:
            gain_hours(ax, part, title=f"protocol {protocol}")
    return finished(figure, "Gain over the baseline against hours of rendering", p)


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
    return finished(figure, f"What a view is worth: {experiment}, tested on renders", p)

"""Whole figures of the thesis: measured above or beside published, with one caption and legend."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from synthlib import tables
from synthlib.figures.bars import Kind, metric_bars, ran_names, row_names
from synthlib.figures.curves import contribution
from synthlib.figures.matrices import confusion_difference, confusion_matrix
from synthlib.figures.style import PAGE, absent, stamp, titled
from synthlib.params import Params
from synthlib.tables.matrix import Matrices


def result_bars(table: tables.NumberedTable, title: str, p: Params) -> Figure:
    """Figures 16, 17, 23, 24, 30: a table's five metrics, measured above published. The legend has
    each row as printed, and what of it ran here."""
    kinds: list[Kind] = ["measured"] if p.stand_in else ["measured", "published"]
    printed, ran = row_names(table.frame), ran_names(table.frame)
    names = ran
    if not p.stand_in:
        here = [name.split(". ", 1)[1] for name in ran]
        names = [f"{a}   (here: {b})" for a, b in zip(printed, here, strict=True)]
    height = 2.0 * len(kinds) + 0.5 + 0.13 * len(names)
    figure, axes = plt.subplots(
        len(kinds), 1, figsize=(PAGE, height), squeeze=False, layout="constrained"
    )
    for ax, kind in zip(axes.flat, kinds, strict=True):
        what = f"scale {p.scale}" if kind == "measured" else kind
        metric_bars(ax, table.frame, kind, names=names, title=what)
        ax.title.set_fontsize(8)
    drawn = [ax.get_legend_handles_labels() for ax in axes.flat if ax.containers]
    if drawn:
        # at the left, because the stamp of stand-in data is at the right
        figure.legend(*drawn[-1], loc="outside lower left", fontsize=7, frameon=False)
    return finished(figure, title, p)


def contribution_curves(table: tables.NumberedTable, column, title: str, p: Params) -> Figure:
    """Figures 25 (column synthetic) and 31 (real): as the thesis trains, and the matched companion
    directly below."""
    figure, axes = plt.subplots(2, 1, figsize=(PAGE, 5.2), layout="constrained")
    assert table.companion is not None
    contribution(axes[0], table.frame, column, title="protocol thesis")
    contribution(axes[1], table.companion.frame, column, title="protocol matched")
    for ax in axes:
        ax.title.set_fontsize(8)
    return finished(figure, title, p)


def matrix_pair(pair: Matrices, p: Params) -> Figure:
    """Figures 18 to 20, 26, 27, 32: measured above published."""
    both = [("measured", pair.measured)]
    if not p.stand_in:
        both.append(("published", pair.published))
    figure, axes = _stacked([counts is not None for _, counts in both])
    for ax, (kind, counts) in zip(axes.flat, both, strict=True):
        if counts is None:
            absent(ax, f"{pair.experiment}: {tables.NOT_RUN}")
        else:
            confusion_matrix(ax, counts, kind)
        ax.title.set_fontsize(8)
    return finished(figure, f"Figure {pair.number}: {pair.experiment}, on real photographs", p)


def matrix_difference(first: Matrices, second: Matrices, p: Params) -> Figure:
    """The second matrix less the first, measured above published: which confusions go and come."""
    both = [("measured", first.measured, second.measured)]
    if not p.stand_in:
        both.append(("published", first.published, second.published))
    figure, axes = _stacked([one is not None and two is not None for _, one, two in both])
    for ax, (kind, one, two) in zip(axes.flat, both, strict=True):
        if one is None or two is None:
            absent(ax, tables.NOT_RUN)
        else:
            confusion_difference(ax, one, two, kind)
        ax.title.set_fontsize(8)
    title = f"Figure {second.number} less Figure {first.number}: what {second.experiment} changes"
    return finished(figure, title, p)


def _stacked(there: list[bool]) -> tuple[Figure, np.ndarray]:
    """A figure of matrices one below the other; those that are not there take a line's room."""
    heights = [5.4 if found else 1.0 for found in there]
    return plt.subplots(
        len(there), 1, figsize=(PAGE, sum(heights)), squeeze=False, layout="constrained",
        height_ratios=heights,
    )  # fmt: skip


def finished(figure: Figure, title: str, p: Params) -> Figure:
    """A figure with its title, stamped where it is of stand-ins."""
    figure.suptitle(titled(title, p.stand_in), fontsize=9)
    return stamp(figure, p.stand_in)

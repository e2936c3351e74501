"""Whole figures of the thesis: measured above or beside published, with one caption and legend."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from synthlib import tables, thesis
from synthlib.figures.bars import Kind, metric_bars, ran_names, row_names
from synthlib.figures.curves import contribution
from synthlib.figures.matrices import confusion_difference, confusion_matrix
from synthlib.figures.style import DOUBT, PAGE, absent, stamp, titled
from synthlib.params import Params
from synthlib.tables.matrix import Matrices


def result_bars(table: tables.NumberedTable, title: str, p: Params) -> Figure:
    """Figures 16, 17, 23, 24, 30: a table's five metrics, measured above published. The legend has
    each row as printed, and what of it ran here."""
    kinds: list[Kind] = ["measured"] if p.stand_in else ["measured", "published"]
    printed, ran = row_names(table.frame), ran_names(table.frame)
    names = [name.replace("Imagenet", "stand-ins") for name in ran]
    if not p.stand_in:
        here = [name.split(". ", 1)[1] for name in ran]
        names = [f"{a}   (here: {b})" for a, b in zip(printed, here, strict=True)]
    heights = [2.0 if table.frame["top1", kind].notna().any() else 0.8 for kind in kinds]
    height = sum(heights) + 0.5 + 0.13 * len(names)
    figure, axes = plt.subplots(
        len(kinds), 1, figsize=(PAGE, height), squeeze=False, layout="constrained",
        height_ratios=heights,
    )  # fmt: skip
    for ax, kind in zip(axes.flat, kinds, strict=True):
        doubtful = thesis.DOUBTFUL.get(table.number, ()) if kind == "published" else ()
        what = f"scale {p.scale}, protocol thesis" if kind == "measured" else kind
        what += f" ({DOUBT})" if doubtful else ""
        metric_bars(ax, table.frame, kind, names=names, doubtful=doubtful, title=what)
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
    doubtful = thesis.DOUBTFUL.get(table.number, ())
    where = f" ({DOUBT})" if doubtful and not p.stand_in else ""
    first = f"protocol thesis{where}"
    contribution(axes[0], table.frame, column, doubtful=doubtful, title=first)
    contribution(axes[1], table.companion.frame, column, title="protocol matched")
    title += "" if p.stand_in else "; measured with 95% intervals"
    return finished(figure, title, p)


def matrix_pair(pair: Matrices, p: Params) -> Figure:
    """Figures 18 to 20, 26, 27, 32: measured above published."""
    both = [(_measured(pair), pair.measured)]
    if not p.stand_in:
        both.append(("published", pair.published))
    figure, axes = _stacked([counts is not None for _, counts in both])
    for ax, (kind, counts) in zip(axes.flat, both, strict=True):
        if counts is None:
            absent(ax, f"{pair.experiment}, protocol {pair.protocol}: {tables.NOT_RUN}")
            ax.set_title(kind)
        else:
            confusion_matrix(ax, counts, kind)
        ax.title.set_fontsize(8)
    return finished(figure, f"Figure {pair.number}: {pair.experiment}, on real photographs", p)


def matrix_difference(first: Matrices, second: Matrices, p: Params) -> Figure:
    """The second matrix less the first, measured above published: which confusions go and come."""
    seeds = [_measured(pair) for pair in (first, second)]
    what = " less ".join(dict.fromkeys(reversed(seeds)))  # once, where both are of the same seeds
    both = [(what, first.measured, second.measured)]
    if not p.stand_in:
        both.append(("published", first.published, second.published))
    figure, axes = _stacked([one is not None and two is not None for _, one, two in both])
    for ax, (kind, one, two) in zip(axes.flat, both, strict=True):
        if one is None or two is None:
            absent(ax, f"protocol {second.protocol}: {tables.NOT_RUN}")
            ax.set_title(kind)
        else:
            confusion_difference(ax, one, two, kind)
        ax.title.set_fontsize(8)
    title = f"Figure {second.number} less Figure {first.number}: what {second.experiment} changes"
    return finished(figure, title, p)


def _measured(pair: Matrices) -> str:
    """What the matrix of runs is called: of which seeds it is, or the mean."""
    if not pair.seeds:
        return "measured"
    seeds = ", ".join(map(str, pair.seeds))
    return f"measured, {'mean of seeds' if len(pair.seeds) > 1 else 'seed'} {seeds}"


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

"""Whole figures of the thesis: measured above or beside published, with one caption and legend."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from synthlib.params import Params
from synthlib.reporting import tables, thesis
from synthlib.reporting.figures.bars import (
    ValueKind,
    metric_bars,
    printed_row_labels,
    run_row_labels,
)
from synthlib.reporting.figures.confusion import confusion_difference, confusion_matrix
from synthlib.reporting.figures.curves import contribution_curve
from synthlib.reporting.figures.style import (
    DOUBTFUL_NOTE,
    PAGE_WIDTH,
    draw_placeholder,
    mark_stand_in,
    stand_in_title,
)
from synthlib.reporting.tables.confusion import ConfusionPair


def results_figure(table: tables.ThesisTable, title: str, params: Params) -> Figure:
    """Figures 16, 17, 23, 24, 30: a table's five metrics, measured above published. The legend has
    each row as printed, and what of it ran here."""
    kinds: list[ValueKind] = ["measured"] if params.stand_in else ["measured", "published"]
    printed, ran = printed_row_labels(table.frame), run_row_labels(table.frame)
    names = [name.replace("Imagenet", "stand-ins") for name in ran]
    if not params.stand_in:
        here = [name.split(". ", 1)[1] for name in ran]
        names = [f"{a}   (here: {b})" for a, b in zip(printed, here, strict=True)]
    heights = [2.0 if table.frame["top1", kind].notna().any() else 0.8 for kind in kinds]
    height = sum(heights) + 0.5 + 0.13 * len(names)
    figure, axes = plt.subplots(
        len(kinds), 1, figsize=(PAGE_WIDTH, height), squeeze=False, layout="constrained",
        height_ratios=heights,
    )  # fmt: skip
    for ax, kind in zip(axes.flat, kinds, strict=True):
        doubtful = thesis.DOUBTFUL_TOP1_ROWS.get(table.number, ()) if kind == "published" else ()
        what = f"scale {params.scale}, protocol thesis" if kind == "measured" else kind
        what += f" ({DOUBTFUL_NOTE})" if doubtful else ""
        metric_bars(ax, table.frame, kind, row_labels=names, doubtful_rows=doubtful, title=what)
        ax.title.set_fontsize(8)
    drawn = [ax.get_legend_handles_labels() for ax in axes.flat if ax.containers]
    if drawn:
        # at the left, because the stamp of stand-in data is at the right
        figure.legend(*drawn[-1], loc="outside lower left", fontsize=7, frameon=False)
    return add_title(figure, title, params)


def contribution_figure(table: tables.ThesisTable, column, title: str, params: Params) -> Figure:
    """Figures 25 (column synthetic) and 31 (real): as the thesis trains, and the matched companion
    directly below."""
    figure, axes = plt.subplots(2, 1, figsize=(PAGE_WIDTH, 5.2), layout="constrained")
    assert table.companion is not None
    doubtful = thesis.DOUBTFUL_TOP1_ROWS.get(table.number, ())
    where = f" ({DOUBTFUL_NOTE})" if doubtful and not params.stand_in else ""
    first = f"protocol thesis{where}"
    contribution_curve(axes[0], table.frame, column, doubtful_rows=doubtful, title=first)
    contribution_curve(axes[1], table.companion.frame, column, title="protocol matched")
    title += "" if params.stand_in else "; measured with 95% intervals"
    return add_title(figure, title, params)


def confusion_figure(pair: ConfusionPair, params: Params) -> Figure:
    """Figures 18 to 20, 26, 27, 32: measured above published."""
    both = [(_measured_label(pair), pair.measured)]
    if not params.stand_in:
        both.append(("published", pair.published))
    figure, axes = _stacked_axes([counts is not None for _, counts in both])
    for ax, (kind, counts) in zip(axes.flat, both, strict=True):
        if counts is None:
            draw_placeholder(ax, f"{pair.experiment}, protocol {pair.protocol}: {tables.NOT_RUN}")
            ax.set_title(kind)
        else:
            confusion_matrix(ax, counts, kind)
        ax.title.set_fontsize(8)
    return add_title(
        figure, f"Figure {pair.number}: {pair.experiment}, on real photographs", params
    )


def confusion_difference_figure(
    first: ConfusionPair, second: ConfusionPair, params: Params
) -> Figure:
    """The second matrix less the first, measured above published: which confusions go and come."""
    seeds = [_measured_label(pair) for pair in (first, second)]
    what = " less ".join(dict.fromkeys(reversed(seeds)))  # once, where both are of the same seeds
    both = [(what, first.measured, second.measured)]
    if not params.stand_in:
        both.append(("published", first.published, second.published))
    figure, axes = _stacked_axes([one is not None and two is not None for _, one, two in both])
    for ax, (kind, one, two) in zip(axes.flat, both, strict=True):
        if one is None or two is None:
            draw_placeholder(ax, f"protocol {second.protocol}: {tables.NOT_RUN}")
            ax.set_title(kind)
        else:
            confusion_difference(ax, one, two, kind)
        ax.title.set_fontsize(8)
    title = f"Figure {second.number} less Figure {first.number}: what {second.experiment} changes"
    return add_title(figure, title, params)


def _measured_label(pair: ConfusionPair) -> str:
    """What the matrix of runs is called: of which seeds it is, or the mean."""
    if not pair.seeds:
        return "measured"
    seeds = ", ".join(map(str, pair.seeds))
    return f"measured, {'mean of seeds' if len(pair.seeds) > 1 else 'seed'} {seeds}"


def _stacked_axes(is_available: list[bool]) -> tuple[Figure, np.ndarray]:
    """A figure of matrices one below the other; those that are not there take a line's room."""
    heights = [5.4 if found else 1.0 for found in is_available]
    return plt.subplots(
        len(is_available), 1, figsize=(PAGE_WIDTH, sum(heights)), squeeze=False, layout="constrained",
        height_ratios=heights,
    )  # fmt: skip


def add_title(figure: Figure, title: str, params: Params) -> Figure:
    """A figure with its title, stamped where it is of stand-ins."""
    figure.suptitle(stand_in_title(title, params.stand_in), fontsize=9)
    return mark_stand_in(figure, params.stand_in)

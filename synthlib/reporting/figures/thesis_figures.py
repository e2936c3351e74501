"""Whole figures of the thesis: measured above published values, with one title and legend.

Over stand-in photographs, and where nothing is published, only measured values are drawn.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib.classes import THESIS_CLASSES
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
    add_title,
    draw_placeholder,
    stacked_axes,
)
from synthlib.reporting.tables.confusion import ConfusionPair


def results_figure(table: tables.ThesisTable, title: str, params: Params) -> Figure:
    """Draw the five metrics of a table of results (Figures 16, 17, 23, 24 and 30).

    Args:
        table: A table of results.
        title: Title of the figure.
        params: Parameters of the scale.

    Returns:
        A figure whose legend has the run that fills each row, and the row as printed.

    Examples:
        >>> table = tables.thesis_table(11, params.output_dir, params.scale)
        >>> figures.results_figure(table, "Figure 16", params)
    """
    kinds: list[ValueKind] = ["measured"] if params.stand_in else ["measured", "published"]
    run_labels = run_row_labels(table.frame)
    if params.stand_in:
        labels = [label.replace("Imagenet", "stand-ins") for label in run_labels]
    else:
        labels = [
            f"{label}   [the thesis: {printed.split('. ', 1)[1]}]"
            for printed, label in zip(printed_row_labels(table.frame), run_labels, strict=True)
        ]
    heights = [2.0 if table.frame["top1", kind].notna().any() else 0.8 for kind in kinds]
    figure, axes = stacked_axes(heights, extra=0.65 + 0.13 * len(labels))
    for ax, kind in zip(axes, kinds, strict=True):
        doubtful = thesis.DOUBTFUL_TOP1_ROWS.get(table.number, ()) if kind == "published" else ()
        heading = f"scale {params.scale}, protocol thesis" if kind == "measured" else kind
        heading += f" ({DOUBTFUL_NOTE})" if doubtful else ""
        n_classes = len(params.classes if kind == "measured" else THESIS_CLASSES)
        metric_bars(
            ax,
            table.frame,
            kind,
            row_labels=labels,
            doubtful_rows=doubtful,
            n_classes=n_classes,
            title=heading,
        )
        ax.title.set_fontsize(8)
        ax.tick_params(labelsize=8)
        ax.yaxis.label.set_fontsize(8)
    handles = [ax.get_legend_handles_labels() for ax in axes if ax.containers]
    if handles:
        # at the left, because the mark of stand-in data is at the right
        figure.legend(*handles[-1], loc="outside lower left", fontsize=7, frameon=False)
    return add_title(figure, title, params)


def contribution_figure(
    table: tables.ThesisTable, column: Literal["real", "synthetic"], title: str, params: Params
) -> Figure:
    """Draw top-1 against how much of one domain was trained on (Figures 25 and 31).

    Args:
        table: Table 19 or 23, with its companions.
        column: The domain that varies: `synthetic` for Figure 25, `real` for Figure 31.
        title: Title of the figure.
        params: Parameters of the scale.

    Returns:
        A figure with the protocol `thesis` above and protocols of equal steps below.
    """
    figure, axes = stacked_axes([2.6] * (1 + len(table.companions)))
    doubtful = thesis.DOUBTFUL_TOP1_ROWS.get(table.number, ())
    note = f" ({DOUBTFUL_NOTE})" if doubtful and not params.stand_in else ""
    heading = f"protocol thesis{note}"
    contribution_curve(axes[0], table.frame, column, doubtful_rows=doubtful, title=heading)
    for ax, (protocol, companion) in zip(axes[1:], table.companions.items(), strict=True):
        contribution_curve(ax, companion.frame, column, title=f"protocol {protocol}")
    title += "" if params.stand_in else "; measured with 95% intervals"
    return add_title(figure, title, params)


def confusion_figure(pair: ConfusionPair, params: Params) -> Figure:
    """Draw a confusion matrix, measured above published (Figures 18 to 20, 26, 27 and 32).

    Args:
        pair: The measured and published matrix of a figure (`tables.confusion_pair`).
        params: Parameters of the scale.
    """
    panels = [(_measured_label(pair), pair.measured)]
    if not params.stand_in:
        panels.append(("published", pair.published))
    missing = f"{pair.experiment}, protocol {pair.protocol}: {tables.NOT_RUN}"
    figure = _stacked_matrices(panels, confusion_matrix, missing)
    title = f"Figure {pair.number}: {pair.experiment}, on real photographs"
    return add_title(figure, title, params)


def confusion_difference_figure(
    first: ConfusionPair, second: ConfusionPair, params: Params
) -> Figure:
    """Draw the second confusion matrix less the first, measured above published.

    Args:
        first: The matrices of one figure.
        second: Those of another one, with the same classes.
        params: Parameters of the scale.
    """
    labels = [_measured_label(pair) for pair in (second, first)]
    measured_label = " less ".join(dict.fromkeys(labels))  # once, if both have the same seeds
    panels = [(measured_label, first.measured, second.measured)]
    if not params.stand_in:
        panels.append(("published", first.published, second.published))
    missing = f"protocol {second.protocol}: {tables.NOT_RUN}"
    figure = _stacked_matrices(panels, confusion_difference, missing)
    title = f"Figure {second.number} less Figure {first.number}: what {second.experiment} changes"
    return add_title(figure, title, params)


def _measured_label(pair: ConfusionPair) -> str:
    """Title of the measured matrix: its seed, or that it is the mean of several."""
    if not pair.seeds:
        return "measured"
    seeds = ", ".join(map(str, pair.seeds))
    return f"measured, {'mean of seeds' if len(pair.seeds) > 1 else 'seed'} {seeds}"


def _stacked_matrices(
    panels: Sequence[tuple], draw: Callable[..., Axes], missing_text: str
) -> Figure:
    """Draw matrices below each other.

    Args:
        panels: The title of each Axes, and the counts that are drawn on it, or None.
        draw: Called with an Axes, the counts and the title.
        missing_text: Text on an Axes without counts.
    """
    is_complete = [all(counts is not None for counts in panel[1:]) for panel in panels]
    figure, axes = stacked_axes([5.4 if complete else 1.0 for complete in is_complete])
    for ax, (title, *counts), complete in zip(axes, panels, is_complete, strict=True):
        if complete:
            draw(ax, *counts, title)
        else:
            draw_placeholder(ax, missing_text).set_title(title)
        ax.title.set_fontsize(8)
    return figure

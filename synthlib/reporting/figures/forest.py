"""The forest plot: differences with their intervals, one row per comparison."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib.evaluation.thesis_statements import UNUSED_PHOTOGRAPHS_SUFFIX
from synthlib.params import Params
from synthlib.reporting import tables
from synthlib.reporting.figures.style import COLORS, PAGE_WIDTH, add_title, draw_placeholder

STATEMENT_WIDTH = 42
"""Characters in a line of a statement next to the forest plot."""

STATEMENT_LINE_ROWS = 0.75
"""Height of such a line, in rows of the forest plot."""

STATEMENT_GAP_ROWS = 0.3
"""Distance between two statements, in rows of the forest plot."""

FOREST_ROW_INCHES = 0.145

UNUSED_LABEL = ", unused"
"""End of the label of a comparison on photographs that neither run used."""


VERDICT_STYLES = {
    "supported": (COLORS["mixed"], "s"),
    "contradicted": (COLORS["synthetic_bg"], "X"),
    "inconclusive": (COLORS["neutral"], "o"),
}
"""Colour and marker of a row of `forest_plot`, by verdict."""


def forest_plot(ax: Axes, table: pd.DataFrame, rows: Sequence[float] | None = None) -> Axes:
    """Draw differences with their 95% intervals, one row per comparison.

    Args:
        ax: The Axes.
        table: Columns label, difference, low and high (points); optionally verdict, which gives
            colour and marker, detectable (the smallest detectable effect, in points, shown with an
            inconclusive verdict), and bounds (a tuple of points that decide the verdict, drawn as
            short red lines where they are not 0).
        rows: Position of each comparison, from the top; None: one below the other.
    """
    positions = np.arange(len(table)) if rows is None else np.asarray(rows, float)
    for row, record in zip(positions, table.to_dict("records"), strict=True):
        color, marker = VERDICT_STYLES[record.get("verdict", "inconclusive")]
        ax.hlines(row, record["low"], record["high"], color=color, linewidth=2)
        ax.scatter(record["difference"], row, color=color, marker=marker, s=22, zorder=3)
        bounds = [bound for bound in record.get("bounds", ()) if bound]
        ax.vlines(bounds, row - 0.4, row + 0.4, color="#B00020", linewidth=1)
    ax.axvline(0, color="black", linewidth=0.8, zorder=0)
    for row, record in zip(positions, table.to_dict("records"), strict=True):
        text = f"{record['difference']:+.1f} [{record['low']:+.1f}, {record['high']:+.1f}]"
        text += f"  {record['verdict']}" if "verdict" in record else ""
        if record.get("verdict") == "inconclusive" and "detectable" in record:
            text += f" ({record['detectable']:.1f})"
        ax.annotate(text, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=6)
    ax.set_yticks(positions, list(table["label"]), fontsize=6)
    label = "difference of top-1 (points), 95% interval"
    if any(bound for bounds in table.get("bounds", ()) for bound in bounds):
        label += "\nred: decisive bound, if not 0"
    if "detectable" in table and "inconclusive" in set(table.get("verdict", ())):
        label += "\nin round brackets: smallest detectable effect"
    if any(text.endswith(UNUSED_LABEL) for text in table["label"]):
        label += "\nunused: photographs that neither trained on"
    ax.set_xlabel(label, fontsize=7)
    ax.tick_params(axis="x", labelsize=7)
    ax.set_ylim(positions.max() + 0.6, positions.min() - 0.6)
    sns.despine(ax=ax, left=True)
    ax.tick_params(axis="y", length=0)
    return ax


def forest_statements(ax: Axes, statements: Sequence[str], rows: Sequence[float]) -> list[float]:
    """Write statements next to the rows of a forest plot.

    Args:
        ax: The Axes; its y axis is that of the forest plot.
        statements: The statement of each row; equal neighbours are one statement.
        rows: Position of each row.

    Returns:
        Positions of the lines between statements.
    """
    ax.set_axis_off()
    table = pd.DataFrame({"statement": statements, "row": rows})
    block = (table["statement"] != table["statement"].shift()).cumsum()
    ends = []
    for _, part in table.groupby(block):
        middle = (part["row"].min() + part["row"].max()) / 2
        text = _statement_lines(part["statement"].iloc[0])
        ax.text(0, middle, text, va="center", fontsize=6.5, linespacing=1.05, clip_on=False)
        ends.append(float(part["row"].max()))
    starts = table.groupby(block)["row"].min().tolist()[1:]
    return [(end + start) / 2 for end, start in zip(ends, starts, strict=False)]


def _statement_lines(statement: str) -> str:
    """A statement in lines of `STATEMENT_WIDTH` characters."""
    return fill(statement.replace("Control, not in the thesis:", "Control:"), STATEMENT_WIDTH)


def _forest_rows(statements: Sequence[str]) -> list[float]:
    """Positions of rows, such that every statement has room for its lines."""
    table = pd.DataFrame({"statement": list(statements)})
    block = (table["statement"] != table["statement"].shift()).cumsum()
    rows: list[float] = []
    top = 0.0
    for _, part in table.groupby(block):
        n_lines = _statement_lines(part["statement"].iloc[0]).count("\n") + 1
        height = max(len(part), STATEMENT_LINE_ROWS * n_lines)
        first = top + (height - len(part)) / 2
        rows += [first + i for i in range(len(part))]
        top += height + STATEMENT_GAP_ROWS
    return rows


def forest_plot_figure(statements: pd.DataFrame, params: Params) -> Figure:
    """Draw the differences that were measured for the thesis's statements, with their verdicts.

    Args:
        statements: Rows of `tables.statements`.
        params: Parameters of the scale; at a scale of stand-in photographs no verdict is shown.

    Returns:
        A figure with each statement as text, and next to it one row per protocol and test set.
    """
    table = statements[statements["verdict"] != "not run"].reset_index(drop=True)
    title = "The thesis's statements: differences of top-1 with 95% intervals"
    if table.empty:
        figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 1.2), layout="constrained")
        draw_placeholder(ax, tables.NOT_RUN)
        return add_title(figure, title, params)
    table = table.drop(columns="verdict") if params.stand_in else table
    bounds = [
        (above,) if pd.isna(within) else (-within, within)
        for above, within in zip(table["above"], table["within"], strict=True)
    ]
    unused = table["label"].str.endswith(UNUSED_PHOTOGRAPHS_SUFFIX)
    labels = table["protocol"] + unused.map({True: UNUSED_LABEL, False: ""})
    table = table.assign(label=labels, bounds=pd.Series(bounds, table.index))
    rows = _forest_rows(table["statement"].tolist())
    height = FOREST_ROW_INCHES * (max(rows) + 1.2) + 1.0
    figure, (left, right) = plt.subplots(
        1, 2, sharey=True, figsize=(PAGE_WIDTH, height), width_ratios=[2.05, 1.7]
    )
    figure.set_layout_engine("constrained", wspace=0, w_pad=0.02)
    forest_plot(right, table, rows)
    right.tick_params(labelleft=True)  # which sharing the axis turns off
    for line in forest_statements(left, table["statement"].tolist(), rows):
        right.axhline(line, color="#DDDDDD", linewidth=0.6, zorder=0)
        left.axhline(line, color="#DDDDDD", linewidth=0.6, zorder=0)
    return add_title(figure, title, params)

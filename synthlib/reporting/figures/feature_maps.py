"""Two-dimensional maps of features, in which similar photographs and renders are close."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from synthlib.reporting.figures.bars import SERIES_COLORS
from synthlib.reporting.figures.style import readable_name

DOMAIN_MARKERS = {"real": "o", "synthetic_bg": "^"}
"""Filled discs for photographs, hollow triangles for composites."""

MIN_NUMBER_DISTANCE = 0.05
"""Smallest distance between two class numbers, as a share of the map's side, where possible."""


def class_colors(classes: Sequence[str]) -> dict[str, tuple]:
    """Choose a colour for each class: Okabe and Ito's for up to seven, else matplotlib's tab20."""
    few = len(classes) <= len(SERIES_COLORS) + 1
    palette = sns.color_palette([*SERIES_COLORS, "#000000"] if few else "tab20", len(classes))
    return dict(zip(classes, palette, strict=True))


def feature_points(
    ax: Axes, points: pd.DataFrame, classes: Sequence[str], *, title: str = ""
) -> Axes:
    """Draw images as points, coloured by class, with a marker for each domain.

    Each class's number is at a central point of each domain, because seventeen colours are hard to
    distinguish. The axes have no ticks, because directions and long distances have no meaning.

    Args:
        ax: The Axes.
        points: Columns x, y, class and domain (`real` or `synthetic_bg`).
        classes: Names of all classes; their order gives the numbers, from 1 on.
        title: Title of the Axes.
    """
    colors = class_colors(classes)
    number_positions: list[np.ndarray] = []
    side = float(np.ptp(points[["x", "y"]].to_numpy(float), axis=0).max())
    for domain, marker in DOMAIN_MARKERS.items():
        part = points[points["domain"] == domain]
        edges = part["class"].map(colors).tolist()
        ax.scatter(
            part["x"],
            part["y"],
            s=9,
            marker=marker,
            facecolors=edges if domain == "real" else "none",
            edgecolors=edges,
            linewidths=0.6,
            alpha=0.8,
        )
        for number, name in enumerate(classes, start=1):
            positions = part.loc[part["class"] == name, ["x", "y"]].to_numpy(float)
            if not len(positions):
                continue
            position = _central_position(positions, number_positions, MIN_NUMBER_DISTANCE * side)
            number_positions.append(position)
            ax.annotate(
                str(number),
                tuple(position),
                fontsize=6,
                weight="bold" if domain == "real" else "normal",
                ha="center",
                va="center",
                zorder=4,
                path_effects=[patheffects.withStroke(linewidth=1.8, foreground="white")],
            )
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=8)
    return ax


def _central_position(
    positions: np.ndarray, taken: list[np.ndarray], distance: float
) -> np.ndarray:
    """The position nearest to the median that is at least `distance` from all taken ones.

    If there is none, it is the one nearest to the median.
    """
    from_median = ((positions - np.median(positions, axis=0)) ** 2).sum(axis=1)
    positions = positions[from_median.argsort(kind="stable")]
    for position in positions:
        if all(np.hypot(*(position - other)) >= distance for other in taken):
            return position
    return positions[0]


def feature_legend(ax: Axes, classes: Sequence[str]) -> Axes:
    """Draw the legend of `feature_points` (colours, numbers, markers) on an Axes of its own."""
    handles = [
        Line2D(
            [], [], marker="s", linestyle="", color=color, label=f"{number} {readable_name(name)}"
        )
        for number, (name, color) in enumerate(class_colors(classes).items(), start=1)
    ]
    for domain, face, label in (
        ("real", "#444444", "photograph (number bold)"),
        ("synthetic_bg", "none", "composite"),
    ):
        handles.append(
            Line2D(
                [],
                [],
                marker=DOMAIN_MARKERS[domain],
                linestyle="",
                color="#444444",
                markerfacecolor=face,
                label=label,
            )
        )
    ax.set_axis_off()
    columns = 1 if len(handles) <= 12 else 2
    ax.legend(handles=handles, loc="center", frameon=False, fontsize=8, ncols=columns)
    return ax

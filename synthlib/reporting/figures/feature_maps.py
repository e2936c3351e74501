"""Maps of features: where models put photographs and renders of each class."""

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
"""Filled discs are photographs, hollow triangles composites."""

MIN_NUMBER_DISTANCE = 0.05
"""Of the map's side, that the numbers of two classes are apart, where points allow."""


def class_colors(classes: Sequence[str]) -> dict[str, tuple]:
    """A colour a class: Okabe and Ito's as long as they last, else twenty by hue and lightness."""
    few = len(classes) <= len(SERIES_COLORS) + 1
    palette = sns.color_palette([*SERIES_COLORS, "#000000"] if few else "tab20", len(classes))
    return dict(zip(classes, palette, strict=True))


def feature_points(
    ax: Axes, points: pd.DataFrame, classes: Sequence[str], *, title: str = ""
) -> Axes:
    """Images as points: columns x, y, class, domain. Coloured by class and marked by domain, with
    each class's number at a middling point of either domain, as nobody tells seventeen colours
    apart; axes without numbers, since neither direction nor distance across the map means anything.
    """
    colors = class_colors(classes)
    taken: list[np.ndarray] = []
    apart = MIN_NUMBER_DISTANCE * float(np.ptp(points[["x", "y"]].to_numpy(float), axis=0).max())
    for domain, marker in DOMAIN_MARKERS.items():
        part = points[points["domain"] == domain]
        tint = part["class"].map(colors).tolist()
        faces = tint if domain == "real" else "none"
        ax.scatter(part["x"], part["y"], s=9, marker=marker, facecolors=faces, edgecolors=tint,
                   linewidths=0.6, alpha=0.8)  # fmt: skip
        for number, name in enumerate(classes, start=1):
            mine = part[part["class"] == name]
            _draw_class_number(ax, mine, str(number), domain == "real", taken, apart)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=8)
    return ax


def _draw_class_number(
    ax: Axes, part: pd.DataFrame, number: str, filled: bool, taken: list[np.ndarray], apart: float
) -> None:
    """A class's number at the most middling of its points that is `apart` from those taken."""
    if part.empty:
        return
    places = part[["x", "y"]].to_numpy(float)
    from_middle = ((places - np.median(places, axis=0)) ** 2).sum(axis=1)
    places = places[from_middle.argsort(kind="stable")]
    near = [any(np.hypot(*(place - other)) < apart for other in taken) for place in places]
    place = places[near.index(False) if False in near else 0]
    taken.append(place)
    ax.annotate(
        number, tuple(place), fontsize=6, weight="bold" if filled else "normal",
        ha="center", va="center", zorder=4,
        path_effects=[patheffects.withStroke(linewidth=1.8, foreground="white")],
    )  # fmt: skip


def feature_legend(ax: Axes, classes: Sequence[str]) -> Axes:
    """What colours, numbers and marks of `feature_points` stand for, on an Axes of its own."""
    dots = [
        Line2D(
            [], [], marker="s", linestyle="", color=color, label=f"{number} {readable_name(name)}"
        )
        for number, (name, color) in enumerate(class_colors(classes).items(), start=1)
    ]
    faces = {"real": "#444444", "synthetic_bg": "none"}
    dots += [
        Line2D([], [], marker=marker, linestyle="", color="#444444", label=name,
               markerfacecolor=faces[domain])
        for (domain, marker), name in zip(
            DOMAIN_MARKERS.items(), ("photograph (number bold)", "composite"), strict=True)
    ]  # fmt: skip
    ax.set_axis_off()
    columns = 1 if len(dots) <= 12 else 2
    ax.legend(handles=dots, loc="center", frameon=False, fontsize=8, ncols=columns)
    return ax

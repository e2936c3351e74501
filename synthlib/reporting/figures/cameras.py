"""The camera positions of one instance (thesis 4.3.3), in addition to Figures 3 to 5."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.render_ranges import THESIS_VIEW_RANGES
from synthlib.reporting.figures.style import PAGE_WIDTH
from synthlib.utils.validation import Range

VIEW_MARKERS = {
    "about the vertical axis": ("#0072B2", "o"),
    "about the horizontal axis": ("#D55E00", "s"),
    "at random": ("#009E73", "^"),
}
"""Colour and marker of each kind of view."""

ELEVATION_LIMIT = 95
"""Degrees at both ends of the elevation axis."""


def camera_positions(
    views: pd.DataFrame, title: str = "", elevations: Range | None = THESIS_VIEW_RANGES.elevation
) -> Figure:
    """Draw the views of one instance on a sphere around it, and by azimuth and elevation.

    Elevations without random views are grey.

    Args:
        views: Rows of a manifest: columns kind, azimuth and elevation (degrees).
        title: Title of the figure.
        elevations: Lowest and highest elevation of random views in degrees; None where each class
            has its own range.
    """
    figure = plt.figure(figsize=(PAGE_WIDTH, 3.1), layout="constrained")
    sphere = figure.add_subplot(1, 2, 1, projection="3d")
    flat = figure.add_subplot(1, 2, 2)
    kinds = np.where(views["elevation"] == 0, *list(VIEW_MARKERS)[:2])
    kinds = np.where(views["kind"] == "random", list(VIEW_MARKERS)[2], kinds)
    x, y, z = _directions(views["azimuth"].to_numpy(float), views["elevation"].to_numpy(float))
    for name, (color, marker) in VIEW_MARKERS.items():
        rows = kinds == name
        style: dict[str, Any] = {
            "color": color,
            "marker": marker,
            "label": f"{name} ({rows.sum()})",
        }
        sphere.scatter(x[rows], y[rows], z[rows], s=22, depthshade=False, **style)
        flat.scatter(views["azimuth"][rows], views["elevation"][rows], s=24, **style)
    excluded = _excluded(elevations)
    _globe(sphere, excluded)
    for low, high in excluded:
        flat.axhspan(
            -ELEVATION_LIMIT if low == -90 else low,
            ELEVATION_LIMIT if high == 90 else high,
            color="#DDDDDD",
            lw=0,
            zorder=0,
        )
        flat.text(360, (low + high) / 2, "no random views", ha="right", va="center", fontsize=8)
    flat.set(xlim=(-10, 370), xticks=range(0, 361, 90))
    flat.set(ylim=(-ELEVATION_LIMIT, ELEVATION_LIMIT), yticks=range(-90, 91, 45))
    flat.set_xlabel("azimuth (degrees; 0 is the front)", fontsize=8)
    flat.set_ylabel("elevation (degrees)", fontsize=8)
    flat.tick_params(labelsize=8)
    flat.spines[["top", "right"]].set_visible(False)
    handles, labels = flat.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside upper center",
        ncols=3,
        frameon=False,
        fontsize=8,
        title=title,
        title_fontsize=10,
    )
    return figure


def _directions(azimuth: np.ndarray, elevation: np.ndarray) -> tuple[np.ndarray, ...]:
    """Unit vectors from the object to the camera; angles in degrees, as in `viewpoints`."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.cos(e) * np.sin(a), -np.cos(e) * np.cos(a), np.sin(e)


def _excluded(elevations: Range | None) -> list[Range]:
    """The bands of elevation, in degrees, without random views."""
    lowest, highest = elevations or (-90.0, 90.0)
    return [(low, high) for low, high in ((-90.0, lowest), (highest, 90.0)) if low < high]


def _globe(ax, excluded: list[Range]) -> None:
    """Draw meridians and parallels, the excluded caps in grey, and the object at the centre."""
    turn = np.linspace(0, 360, 73)
    edges = {limit for band in excluded for limit in band if abs(limit) < 90}
    for elevation in sorted({-60, 0, 30, 60} | edges):
        lines = _directions(turn, np.full_like(turn, elevation))
        width = 1.4 if elevation in edges else 0.5
        ax.plot(*lines, color="#888888" if elevation in edges else "#BBBBBB", lw=width)
    tilt = np.linspace(-90, 90, 37)
    for azimuth in range(0, 360, 45):
        ax.plot(*_directions(np.full_like(tilt, azimuth), tilt), color="#BBBBBB", lw=0.5)
    for band in excluded:
        cap = np.meshgrid(turn, np.linspace(*band, 12))
        ax.plot_surface(*_directions(*cap), color="#999999", alpha=0.25, linewidth=0)
    ax.scatter(0, 0, 0, color="black", s=30, marker="D")
    ax.text(0, -1.35, 0, "front", ha="center", fontsize=8)
    ax.set_box_aspect((1, 1, 1), zoom=1.45)
    ax.view_init(elev=18, azim=-62)
    ax.set_axis_off()

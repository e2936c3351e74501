"""Where the cameras of an instance stand (thesis 4.3.3, beside Figures 3 to 5)."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from synthlib.figures.style import PAGE
from synthlib.viewpoints import LOWEST

MARKS = {
    "about the vertical axis": ("#0072B2", "o"),
    "about the horizontal axis": ("#D55E00", "s"),
    "at random": ("#009E73", "^"),
}


def cameras(views: pd.DataFrame, title: str = "") -> Figure:
    """The views of one instance on a sphere around it, and by azimuth and elevation; the band that
    the thesis excludes is grey. `views`: rows of a manifest, angles in degrees."""
    figure = plt.figure(figsize=(PAGE, 3.1), layout="constrained")
    sphere = figure.add_subplot(1, 2, 1, projection="3d")
    flat = figure.add_subplot(1, 2, 2)
    kinds = np.where(views["elevation"] == 0, *list(MARKS)[:2])
    kinds = np.where(views["kind"] == "random", list(MARKS)[2], kinds)
    x, y, z = _directions(views["azimuth"].to_numpy(float), views["elevation"].to_numpy(float))
    for name, (color, marker) in MARKS.items():
        rows = kinds == name
        look: dict[str, Any] = {"color": color, "marker": marker, "label": f"{name} ({rows.sum()})"}
        sphere.scatter(x[rows], y[rows], z[rows], s=22, depthshade=False, **look)
        flat.scatter(views["azimuth"][rows], views["elevation"][rows], s=24, **look)
    _globe(sphere)
    flat.add_patch(Rectangle((-10, -95), 380, 95 + LOWEST, color="#DDDDDD", zorder=0))
    flat.text(360, -60, "excluded: the underside", ha="right", va="center", fontsize=8)
    flat.set(xlim=(-10, 370), ylim=(-95, 95), xticks=range(0, 361, 90), yticks=range(-90, 91, 45))
    flat.set_xlabel("azimuth (degrees; 0 is the front)", fontsize=8)
    flat.set_ylabel("elevation (degrees)", fontsize=8)
    flat.tick_params(labelsize=8)
    flat.spines[["top", "right"]].set_visible(False)
    handles, labels = flat.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=8,
                  title=title, title_fontsize=10)  # fmt: skip
    return figure


def _directions(azimuth: np.ndarray, elevation: np.ndarray) -> tuple[np.ndarray, ...]:
    """Unit vectors from the object to the camera, as in `viewpoints`."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.cos(e) * np.sin(a), -np.cos(e) * np.cos(a), np.sin(e)


def _globe(ax) -> None:
    """Meridians and parallels, the excluded cap grey, the object at the centre."""
    turn = np.linspace(0, 360, 73)
    for elevation in (-60, LOWEST, 0, 30, 60):
        lines = _directions(turn, np.full_like(turn, elevation))
        width = 1.4 if elevation == LOWEST else 0.5
        ax.plot(*lines, color="#888888" if elevation == LOWEST else "#BBBBBB", lw=width)
    tilt = np.linspace(-90, 90, 37)
    for azimuth in range(0, 360, 45):
        ax.plot(*_directions(np.full_like(tilt, azimuth), tilt), color="#BBBBBB", lw=0.5)
    cap = np.meshgrid(turn, np.linspace(-90, LOWEST, 12))
    ax.plot_surface(*_directions(*cap), color="#999999", alpha=0.25, linewidth=0)
    ax.scatter(0, 0, 0, color="black", s=30, marker="D")
    ax.text(0, -1.35, 0, "front", ha="center", fontsize=8)
    ax.set_box_aspect((1, 1, 1), zoom=1.45)
    ax.view_init(elev=18, azim=-62)
    ax.set_axis_off()

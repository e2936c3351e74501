"""Confusion matrices with counts, and the difference of two (Figures 18 to 20, 26, 27, 32)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.reporting.figures.style import readable_name


def confusion_matrix(ax: Axes, counts: pd.DataFrame, title: str = "") -> Axes:
    """Draw a confusion matrix with its counts.

    Args:
        ax: The Axes.
        counts: Counts as of `evaluation.count_confusions`: true classes down, predicted ones
            across. The shade is the share of the row. Rows of NaN are labelled "not transcribed".
        title: Title of the Axes.
    """
    totals = counts.sum(axis=1).replace(0, np.nan)
    _heatmap(
        ax,
        counts.div(totals, axis=0),
        counts,
        "{:g}",
        "share of the true class",
        cmap="Blues",
        vmin=0,
        vmax=1,
    )
    ax.set(title=title)
    return ax


def confusion_difference(
    ax: Axes, first: pd.DataFrame, second: pd.DataFrame, title: str = ""
) -> Axes:
    """Draw the second confusion matrix less the first. The thesis has no such figure.

    Args:
        ax: The Axes.
        first: Counts of the first matrix; rows may be NaN.
        second: Counts of the second matrix. Where the two have different numbers of images per
            class, differences are in percent of the true class. Rows that are NaN in either of
            them stay empty.
        title: Title of the Axes.

    Raises:
        ValueError: If the matrices have different classes.
    """
    if list(first.index) != list(second.index) or list(first.columns) != list(second.columns):
        raise ValueError("the matrices have different classes: give both the same rows and columns")
    unit = "images"
    if _totals_differ(first, second):
        first, second, unit = _percent(first), _percent(second), "percent of the true class"
    difference = second - first
    limit = max(1.0, float(np.nanmax(np.abs(difference.to_numpy()), initial=0)))
    _heatmap(
        ax,
        difference,
        difference,
        "{:+g}",
        f"{unit}, second less first",
        cmap="PuOr",
        vmin=-limit,
        vmax=limit,
    )
    ax.set(title=title)
    return ax


def _totals_differ(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """True if rows in both matrices have different sums, up to rounding of means over seeds."""
    both = first.notna().all(axis=1) & second.notna().all(axis=1)
    return not np.allclose(first[both].sum(axis=1), second[both].sum(axis=1))


def _percent(counts: pd.DataFrame) -> pd.DataFrame:
    return (100 * counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)).round(1)


def _heatmap(
    ax: Axes, shade: pd.DataFrame, counts: pd.DataFrame, form: str, bar: str, **colors
) -> None:
    """Draw squares with their numbers; zeros are left blank, so that mistakes stand out."""
    names = [readable_name(name) for name in counts.index]
    texts = counts.map(lambda v: "" if np.isnan(v) or v == 0 else form.format(round(v, 1)))
    sns.heatmap(
        shade,
        ax=ax,
        square=True,
        linewidths=0.5,
        linecolor="white",
        xticklabels=names,
        yticklabels=names,
        cbar_kws={"label": bar, "shrink": 0.75},
        **colors,
    )
    bar_axes = ax.collections[0].colorbar.ax  # pyright: ignore[reportOptionalMemberAccess]
    bar_axes.tick_params(labelsize=8)
    bar_axes.yaxis.label.set_fontsize(8)
    size = 8 if len(counts) <= 8 else 5.5
    fills = ax.collections[0].to_rgba(shade.to_numpy(float))
    for (i, j), text in np.ndenumerate(texts.to_numpy()):
        color = _text_color(fills[i, j, :3])
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=size, color=color)
    ax.set_facecolor("#F2F2F2")
    for i in np.flatnonzero(counts.isna().all(axis=1)):
        x, y = counts.shape[1] / 2, i + 0.5
        ax.text(x, y, "not transcribed", ha="center", va="center", fontsize=6, color="#777777")
    ax.set(xlabel="predicted", ylabel="true")
    size = 8 if len(counts) <= 8 else 6.5
    ax.tick_params(axis="x", rotation=45, length=0, labelsize=size)
    ax.tick_params(axis="y", rotation=0, length=0, labelsize=size)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")


def _text_color(rgb: np.ndarray) -> str:
    """Black or white, whichever has more contrast to a colour (relative luminance of WCAG 2)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "#111111" if linear @ [0.2126, 0.7152, 0.0722] > 0.18 else "white"

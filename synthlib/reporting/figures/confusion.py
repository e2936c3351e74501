"""Confusion matrices with counts, and the difference of two (Figures 18 to 20, 26, 27, 32)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.reporting.figures.style import readable_name


def confusion_matrix(ax: Axes, counts: pd.DataFrame, title: str = "") -> Axes:
    """Counts as `evaluation.confusion` gives them: true classes down, predicted ones across; the
    shade is the share of the row. Rows of NaN are named as not transcribed."""
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
    """Counts of the second matrix less the first's, in percent of each true class where their
    numbers of images differ; rows that either lacks stay empty. The thesis has no such figure.

    Raises ValueError if the two are not over the same classes.
    """
    if list(first.index) != list(second.index) or list(first.columns) != list(second.columns):
        raise ValueError("the matrices are over other classes: take the same rows and columns")
    unit = "images"
    if _totals_differ(first, second):
        first, second, unit = _percent(first), _percent(second), "percent of the true class"
    difference = second - first
    most = max(1.0, float(np.nanmax(np.abs(difference.to_numpy()), initial=0)))
    _heatmap(
        ax,
        difference,
        difference,
        "{:+g}",
        f"{unit}, second less first",
        cmap="PuOr",
        vmin=-most,
        vmax=most,
    )
    ax.set(title=title)
    return ax


def _totals_differ(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether rows that both have hold another number of images; means over seeds need not be whole
    to the last digit."""
    both = first.notna().all(axis=1) & second.notna().all(axis=1)
    return not np.allclose(first[both].sum(axis=1), second[both].sum(axis=1))


def _percent(counts: pd.DataFrame) -> pd.DataFrame:
    return (100 * counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)).round(1)


def _heatmap(
    ax: Axes, shade: pd.DataFrame, counts: pd.DataFrame, form: str, bar: str, **colors
) -> None:
    """Squares with their numbers; zeros are left blank, so that the eye finds the rest."""
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
    size = 8 if len(counts) <= 8 else 5.5
    colored = ax.collections[0].to_rgba(shade.to_numpy(float))
    for (i, j), text in np.ndenumerate(texts.to_numpy()):
        ink = _text_color(colored[i, j, :3])
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=size, color=ink)
    ax.set_facecolor("#F2F2F2")
    for i in np.flatnonzero(counts.isna().all(axis=1)):
        at = (counts.shape[1] / 2, i + 0.5)
        ax.text(*at, "not transcribed", ha="center", va="center", fontsize=6, color="#777777")
    ax.set(xlabel="predicted", ylabel="true")
    size = 8 if len(counts) <= 8 else 6.5
    ax.tick_params(axis="x", rotation=45, length=0, labelsize=size)
    ax.tick_params(axis="y", rotation=0, length=0, labelsize=size)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")


def _text_color(rgb: np.ndarray) -> str:
    """Black or white, whichever stands out more on a colour (WCAG's relative luminance)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "#111111" if linear @ [0.2126, 0.7152, 0.0722] > 0.18 else "white"

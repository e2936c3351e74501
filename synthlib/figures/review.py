"""Figures that a reviewer asks for and the thesis lacks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.figures.style import COLORS, absent


def learning_curve(
    ax: Axes,
    alone: pd.DataFrame,
    mixed: pd.DataFrame,
    *,
    equivalents: Sequence[tuple[float, float, float]] = (),
    title: str = "",
) -> Axes:
    """Top-1 against real photographs, alone and with synthetic images, on a logarithmic axis.

    alone, mixed: columns n_real, top1 and, where known, low and high. equivalents: (n_real, top1,
    real-equivalent), each an arrow from a mixed point to where real photographs alone reach it.
    """
    drawn = False
    for table, word, color, marker in (
        (alone, "real alone", COLORS["real"], "o"),
        (mixed, "real + synthetic", COLORS["mixed"], "D"),
    ):
        rows = table[(table["n_real"] > 0) & table["top1"].notna()].sort_values("n_real")
        if rows.empty:
            continue
        drawn = True
        ax.plot(rows["n_real"], rows["top1"], color=color, marker=marker, label=word, zorder=3)
        if "low" in rows and rows["low"].notna().all():
            ax.fill_between(rows["n_real"], rows["low"], rows["high"], color=color, alpha=0.15)
    ax.set_title(title, fontsize=9)
    if not drawn:
        return absent(ax, "not run at this scale")
    arrow = {"arrowstyle": "->", "color": "#333333", "linewidth": 1}
    for n, top1, equal in equivalents:
        ax.annotate("", (equal, top1), (n, top1), zorder=4, arrowprops=arrow)
        text = f"{n:,.0f} with synthetic = {equal:,.0f} alone"
        box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.5}
        at = (np.sqrt(n * equal), top1 - 1.5)
        ax.text(*at, text, fontsize=7, ha="center", va="top", bbox=box, zorder=5)
    ax.set_xscale("log")
    ticks = sorted(set(pd.concat([alone["n_real"], mixed["n_real"]]).dropna()) - {0})
    ax.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel="real photographs (log scale)", ylabel="top-1 accuracy (%)")
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    sns.despine(ax=ax)
    return ax


def forest(ax: Axes, table: pd.DataFrame, *, margin: float | None = None, title: str = "") -> Axes:
    """Paired differences with 95% intervals, a row each: columns label, difference, low, high
    (points), and optionally verdict. `margin` draws the bound that "replaces" must clear."""
    rows = np.arange(len(table))
    clear = (table["low"] > 0) | (table["high"] < 0)
    colors = np.where(clear, COLORS["mixed"], COLORS["neutral"])
    ax.hlines(rows, table["low"], table["high"], color=colors, linewidth=2)
    ax.scatter(table["difference"], rows, color=colors, marker="s", s=22, zorder=3)
    ax.axvline(0, color="black", linewidth=0.8)
    if margin is not None:
        ax.axvline(margin, color="#B00020", linestyle=":", linewidth=1)
        ax.text(margin, -0.75, f"{margin:+g}", color="#B00020", fontsize=7, ha="center")
    for row, record in zip(rows, table.to_dict("records"), strict=True):
        text = f"{record['difference']:+.1f} [{record['low']:+.1f}, {record['high']:+.1f}]"
        text += f"  {record['verdict']}" if "verdict" in record else ""
        ax.annotate(text, (1.02, row), xycoords=("axes fraction", "data"), va="center",
                    fontsize=6)  # fmt: skip
    ax.set_yticks(rows, list(table["label"]), fontsize=6.5)
    ax.set(xlabel="difference of top-1 (points), 95%", ylim=(len(table) - 0.4, -0.9))
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax, left=True)
    ax.tick_params(axis="y", length=0)
    return ax


def by_view(
    axes: Sequence[Axes], tables: Sequence[pd.DataFrame], title: str = ""
) -> Sequence[Axes]:
    """Accuracy by camera elevation and by coverage, an Axes each: tables of
    `tables.accuracy_by_view`, with columns domain, at (the bin's middle), top1, low, high, n."""
    labels = ("elevation (degrees)", "coverage of the render (percent)")
    for ax, table, label in zip(axes, tables, labels, strict=True):
        apart = (table["at"].max() - table["at"].min()) / 80  # so that no bar hides another
        for i, (domain, part) in enumerate(table.groupby("domain", sort=False)):
            color = COLORS.get(str(domain), COLORS["neutral"])
            marker = "o" if domain == "synthetic_bg" else "s"
            errors = [part["top1"] - part["low"], part["high"] - part["top1"]]
            ax.errorbar(part["at"] + i * apart, part["top1"], errors, color=color, marker=marker,
                        capsize=2, markersize=4, label=str(domain).replace("_", " "))  # fmt: skip
        ax.set(xlabel=label, ylabel="top-1 accuracy (%)", ylim=(0, 102))
        sns.despine(ax=ax)
    axes[0].legend(frameon=False, fontsize=8, loc="best")
    axes[0].set_title(title, loc="left", fontsize=9)
    return axes


def gain_hours(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Points gained over the baseline against the hours that rendering took: columns label, hours,
    gain, low, high."""
    table = table.sort_values("hours")
    errors = [table["gain"] - table["low"], table["high"] - table["gain"]]
    ax.errorbar(table["hours"], table["gain"], errors, color=COLORS["mixed"], marker="o", capsize=2)
    for row in table.to_dict("records"):
        ax.annotate(row["label"], (row["hours"], row["gain"]), (5, 5), textcoords="offset points",
                    fontsize=7)  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="hours of rendering", ylabel="gain of top-1 (points)", xlim=(0, None))
    ax.margins(x=0.15)
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax)
    return ax

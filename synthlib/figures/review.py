"""Figures that a reviewer asks for and the thesis lacks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.figures.style import COLORS, draw_placeholder


def learning_curves(
    ax: Axes,
    real_only: pd.DataFrame,
    mixed: pd.DataFrame,
    *,
    equivalents: Sequence[tuple[float, float, float, str]] = (),
    title: str = "",
) -> Axes:
    """Top-1 against real photographs, alone and with synthetic images, on a logarithmic axis.

    alone, mixed: columns n_real, top1 and, where known, low, high, and doubtful (a dagger at the
    point). equivalents: (n_real, top1, real-equivalent, it in words), each an arrow from a mixed
    point to where real photographs alone reach it.
    """
    drawn = False
    for table, word, color, marker in (
        (real_only, "real alone", COLORS["real"], "o"),
        (mixed, "real + synthetic", COLORS["mixed"], "D"),
    ):
        rows = table[(table["n_real"] > 0) & table["top1"].notna()].sort_values("n_real")
        if rows.empty:
            continue
        drawn = True
        ax.plot(rows["n_real"], rows["top1"], color=color, marker=marker, label=word, zorder=3)
        if "low" in rows and rows["low"].notna().all():
            ax.fill_between(rows["n_real"], rows["low"], rows["high"], color=color, alpha=0.15)
        for row in rows[rows.get("doubtful", pd.Series(False, rows.index))].to_dict("records"):
            at = (row["n_real"], row["top1"])
            ax.annotate("\N{DAGGER}", at, (6, -10), textcoords="offset points")
    ax.set_title(title, fontsize=9)
    if not drawn:
        return draw_placeholder(ax, "not run at this scale")
    arrow = {"arrowstyle": "->", "color": "#333333", "linewidth": 1}
    for n, top1, equal, _ in equivalents:
        ax.annotate("", (equal, top1), (n, top1), zorder=4, arrowprops=arrow)
    said = [f"{n:,.0f} with synthetic: as {worth} alone" for n, _, _, worth in equivalents]
    # in the corner that rising curves leave free, so that it hides no point of them
    corner = {"ha": "right", "va": "bottom", "transform": ax.transAxes}
    ax.text(0.99, 0.04, "\n".join(said), fontsize=7, **corner)
    ax.set_xscale("log")
    ticks = sorted(set(pd.concat([real_only["n_real"], mixed["n_real"]]).dropna()) - {0})
    ax.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel="real photographs (log scale)", ylabel="top-1 accuracy (%)")
    note = "band: 95% interval" if ax.collections else None
    ax.legend(frameon=False, fontsize=8, loc="upper left", title=note, title_fontsize=7,
              alignment="left")  # fmt: skip
    sns.despine(ax=ax)
    return ax


VERDICT_STYLES = {
    "held": (COLORS["mixed"], "s"),
    "not held": (COLORS["synthetic_bg"], "X"),
    "undecided": (COLORS["neutral"], "o"),
}
"""Colour and mark of a comparison's row."""


def forest_plot(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Differences with 95% intervals, a row each: columns label, difference, low, high (points),
    and optionally verdict, which gives colour and mark, and `bounds`, a tuple of what decides it
    (points), drawn as short red lines where it is not 0 alone."""
    rows = np.arange(len(table))
    for row, record in zip(rows, table.to_dict("records"), strict=True):
        color, marker = VERDICT_STYLES[record.get("verdict", "undecided")]
        ax.hlines(row, record["low"], record["high"], color=color, linewidth=2)
        ax.scatter(record["difference"], row, color=color, marker=marker, s=22, zorder=3)
        bounds = [bound for bound in record.get("bounds", ()) if bound]
        ax.vlines(bounds, row - 0.4, row + 0.4, color="#B00020", linewidth=1)
    ax.axvline(0, color="black", linewidth=0.8, zorder=0)
    for row, record in zip(rows, table.to_dict("records"), strict=True):
        text = f"{record['difference']:+.1f} [{record['low']:+.1f}, {record['high']:+.1f}]"
        text += f"  {record['verdict']}" if "verdict" in record else ""
        ax.annotate(text, (1.02, row), xycoords=("axes fraction", "data"), va="center",
                    fontsize=6)  # fmt: skip
    ax.set_yticks(rows, list(table["label"]), fontsize=6.5)
    label = "difference of top-1 (points), 95%; red: what decides, if not 0"
    ax.set_xlabel(label, fontsize=8)
    ax.set_ylim(len(table) - 0.4, -0.9)
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax, left=True)
    ax.tick_params(axis="y", length=0)
    return ax


def view_accuracy_curves(
    axes: Sequence[Axes], tables: Sequence[pd.DataFrame], title: str = ""
) -> Sequence[Axes]:
    """Accuracy by camera elevation and by coverage, an Axes each, the number of views above: tables
    of `tables.accuracy_by_view`, with columns domain, at (the bin's middle), top1, low, high, n."""
    labels = ("elevation (degrees)", "coverage of the render (percent)")
    for ax, table, label in zip(axes, tables, labels, strict=True):
        apart = (table["at"].max() - table["at"].min()) / 80  # so that no bar hides another
        for i, (domain, part) in enumerate(table.groupby("domain", sort=False)):
            color = COLORS.get(str(domain), COLORS["neutral"])
            marker = "o" if domain == "synthetic_bg" else "s"
            errors = [part["top1"] - part["low"], part["high"] - part["top1"]]
            ax.errorbar(part["at"] + i * apart, part["top1"], errors, color=color, marker=marker,
                        capsize=2, markersize=4, label=str(domain).replace("_", " "))  # fmt: skip
        counts = table.groupby("at")["n"].max()  # the same views in each test set
        for at, n in zip(counts.index.to_numpy(float), counts, strict=True):
            ax.text(at, 103, f"{n:,}", ha="center", fontsize=5.5, color="#555555")
        ax.set(xlabel=label, ylabel="top-1 (%), 95% interval", ylim=(-3, 110))
        ax.set_yticks(range(0, 101, 20))
        sns.despine(ax=ax)
    axes[0].legend(frameon=False, fontsize=8, loc="best")
    axes[0].set_title(title, loc="left", fontsize=9)
    return axes


def gain_against_hours(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Points gained over the baseline against the hours that rendering took: columns label, hours,
    gain, low, high."""
    table = table.sort_values("hours")
    errors = [table["gain"] - table["low"], table["high"] - table["gain"]]
    ax.errorbar(table["hours"], table["gain"], errors, color=COLORS["mixed"], marker="o", capsize=2)
    for row in table.to_dict("records"):
        ax.annotate(row["label"].replace(" ", "\n", 1), (row["hours"], row["gain"]), (4, 5),
                    textcoords="offset points", fontsize=7, linespacing=0.9)  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="hours of rendering", ylabel="gain of top-1 (points)", xlim=(0, None))
    ax.margins(x=0.15)
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax)
    return ax

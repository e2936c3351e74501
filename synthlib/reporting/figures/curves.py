"""Curves of accuracy against amounts of data (thesis Figures 25, 31) and against training steps."""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.reporting.figures.style import COLORS, draw_placeholder, readable_name

BASELINE_ROW = "1"
"""Index, in Tables 19 and 23, of the row with real photographs alone."""


def training_curves(axes: Sequence[Axes], log: pd.DataFrame) -> Sequence[Axes]:
    """Draw a run's training loss and top-1 accuracy against steps.

    Grey lines mark the steps at which the learning rate falls.

    Args:
        axes: Two Axes: loss, accuracy.
        log: The run's `log.csv`.
    """
    loss, accuracy = axes
    marker = "o" if len(log) < 12 else None
    loss.plot(log["step"], log["train_loss"], color=COLORS["neutral"], marker=marker)
    loss.set(xlabel="step", ylabel="training loss", ylim=(0, None))
    for domain, color in (("real", COLORS["real"]), ("synthetic", COLORS["synthetic_bg"])):
        values = log[f"train_top1_{domain}"]
        if values.notna().any():
            accuracy.plot(log["step"], values, color=color, marker=marker, label=domain)
    accuracy.set(xlabel="step", ylabel="training top-1 (%)", ylim=(0, 100))
    accuracy.legend(frameon=False, title="")
    # a row has the last step of its epoch, and its learning rate applies from the row before on
    changes = log["step"].shift()[log["learning_rate"].diff() < 0]
    for ax in axes:
        for step in changes:
            ax.axvline(step, color="#BBBBBB", linewidth=0.8, zorder=0)
        sns.despine(ax=ax)
    return axes


def percent_by_row(frame: pd.DataFrame, column: Literal["real", "synthetic"]) -> dict[str, float]:
    """Find how much of one domain the rows of Table 19 or 23 train on.

    Args:
        frame: Frame of Table 19 or 23.
        column: The domain that varies; only rows with all images of the other one count.

    Returns:
        Percent of the full set by index of the row, ascending; of equal rows the first.
    """
    other = {"real": "synthetic", "synthetic": "real"}[column]
    counts = {
        name: frame[name, ""].str.extract(r"^([\d,]+)")[0].str.replace(",", "").astype(float)
        for name in (column, other)
    }
    rows = frame["index", ""][counts[other] == counts[other].max()]
    percent = (100 * counts[column] / counts[column].max())[rows.index].set_axis(rows.to_list())
    return {str(row): value for row, value in percent.drop_duplicates().sort_values().items()}


def contribution_curve(
    ax: Axes,
    frame: pd.DataFrame,
    column: Literal["real", "synthetic"],
    *,
    doubtful_rows: Collection[str] = (),
    title: str = "",
) -> Axes:
    """Draw top-1 of the rows of Table 19 or 23 against how much of one domain they train on.

    Published values are hollow and grey. Each curve has its baseline as a dashed line; the measured
    one is in the colour of real photographs, with its interval as a band.

    Args:
        ax: The Axes.
        frame: Frame of Table 19 or 23.
        column: The domain that varies: `synthetic` for Figure 25, `real` for Figure 31.
        doubtful_rows: Indices of rows whose published value gets a dagger.
        title: Title of the Axes.
    """
    share = percent_by_row(frame, column)
    rows = frame.set_index(("index", ""))
    styles: dict[str, dict[str, Any]] = {
        "published": {"color": "#777777", "markerfacecolor": "white", "marker": "s"},
        "measured": {"color": COLORS["mixed"], "marker": "o"},
    }
    drawn = False
    for kind, style in styles.items():
        if ("top1", kind) not in frame or rows["top1", kind].isna().all():
            continue
        drawn = True
        top1 = rows.loc[list(share), ("top1", kind)]
        known = top1.notna().to_numpy()
        x, y = pd.Series(share)[known], top1[known]
        ax.plot(x, y, label=kind, linewidth=1.5, markersize=5, zorder=3, **style)
        color = style["color"]
        if kind == "measured":
            low, high = (rows.loc[list(share), ("top1", k)][known] for k in ("low", "high"))
            ax.errorbar(x, y, [y - low, high - y], color=color, capsize=2, linewidth=1)
            color = COLORS["real"]
            band = [rows["top1", k][rows.index == BASELINE_ROW].item() for k in ("low", "high")]
            ax.axhspan(*band, color=color, alpha=0.1, linewidth=0, zorder=0)
        else:
            for row in set(doubtful_rows) & set(x.index):
                ax.annotate("\N{DAGGER}", (x[row], y[row]), (6, -10), textcoords="offset points")
        level = rows["top1", kind][rows.index == BASELINE_ROW].item()
        if pd.notna(level):
            label = f"baseline, {kind}: {level:.1f}"
            ax.axhline(level, color=color, linestyle="--", linewidth=1, label=label)
    ax.set_title(title, fontsize=8, pad=18)
    ax.set(xlabel=f"percent of the {column} images", ylabel="top-1 accuracy (%)")
    if not drawn:
        return draw_placeholder(ax, "not run at this scale")
    ax.set(xlim=(-3, 105))
    # above the axes, where it hides no point
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=4, fontsize=7, frameon=False)
    sns.despine(ax=ax)
    return ax


TEST_SET_MARKERS = {
    "real": "D",
    "synthetic_bg": "s",
    "synthetic_nobg": "^",
    "real_rest": "v",
    "dev": "X",
}
"""Markers of test sets, the same in every panel, because panels share a legend; others: "P"."""

TEST_SET_NAMES = {
    "real": "photographs",
    "synthetic_bg": "renders with background",
    "synthetic_nobg": "renders on black",
    "real_rest": "unused photographs",
}
"""Names of test sets in legends."""


def accuracy_curves(
    ax: Axes, log: pd.DataFrame, final_top1: dict[str, float], *, title: str = ""
) -> Axes:
    """Draw training and test accuracy against steps.

    Args:
        ax: The Axes.
        log: A run's `log.csv`.
        final_top1: Top-1 (percent) of the final model by test set, drawn as markers at the end.
        title: Title of the Axes.
    """
    last = float(log["step"].iloc[-1])
    for domain, color in (("real", COLORS["real"]), ("synthetic", COLORS["synthetic_bg"])):
        values = log[f"train_top1_{domain}"]
        if values.notna().any():
            ax.plot(log["step"], values, color=color, label=f"training, {domain}")
    if "test_top1" in log and log["test_top1"].notna().any():
        ax.plot(log["step"], log["test_top1"], color="black", linewidth=1, label="test, real")
    for name, value in final_top1.items():
        marker = TEST_SET_MARKERS.get(name, "P")
        kind = next((k for k in ("synthetic_nobg", "synthetic_bg") if name.startswith(k)), "real")
        ax.plot(
            1.02 * last,
            value,
            marker=marker,
            linestyle="",
            color=COLORS[kind],
            markeredgecolor="black",
            markeredgewidth=0.5,
            clip_on=False,
            label=f"final test, {TEST_SET_NAMES.get(name, readable_name(name))}: {value:.1f}",
        )
    ax.set(xlabel="step", ylabel="top-1 accuracy (%)", ylim=(0, 100), xlim=(0, 1.04 * last))
    ax.set_title(title, fontsize=9)
    ax.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.02, 1))
    sns.despine(ax=ax)
    return ax

"""Bar charts of a table's metrics (thesis Figures 16, 17, 23, 24, 30), of runs, and of classes.

Functions with an `ax` draw on it and return it; values are in percent. A `frame` is that of a
`ThesisTable` of results, with the column levels (column, kind) (`tables.thesis_table`).
"""

from collections.abc import Collection
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from synthlib.reporting.figures.style import (
    COLORS,
    DOMAIN_LABELS,
    draw_placeholder,
    readable_name,
)
from synthlib.reporting.tables.html import short_label
from synthlib.reporting.thesis.published import METRICS

ValueKind = Literal["measured", "published"]
SERIES_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's palette, ordered so that neighbours also differ in lightness."""

SYNTHETIC_DOMAINS = ("synthetic_bg", "synthetic_nobg")

HALO: dict[str, Any] = {"path_effects": [patheffects.withStroke(linewidth=1.2, foreground="white")]}
"""Style of a text that stays readable on a line."""

MAX_LIGHTNESS = 0.65
"""Share of white in the lightest shade of a colour."""

CHANCE_LINE: dict[str, Any] = {"colors": "black", "linestyles": ":", "linewidth": 1, "zorder": 3}
"""Style of the line at the accuracy of guessing."""

LABEL_COLUMNS = ("train", "real", "synthetic", "test", "hyperparameters")
"""Printed columns from which `printed_row_labels` labels rows."""

LABEL_PREFIXES = {
    "train": "trained on",
    "real": "real",
    "synthetic": "synthetic",
    "test": "tested on",
}
"""Prefixes of a row's labels, by column of the table."""


def metric_bars(
    ax: Axes,
    frame: pd.DataFrame,
    kind: ValueKind,
    *,
    row_labels: list[str] | None = None,
    doubtful_rows: Collection[str] = (),
    n_classes: int = 0,
    title: str = "",
) -> Axes:
    """Draw the five metrics of a table of results: one group per metric, one bar per row.

    Measured top-1 has its 95% interval. Rows without a value leave a gap and are not in the legend.
    If no row has a value, a placeholder text is drawn instead.

    Args:
        ax: The Axes.
        frame: Frame of a table of results (`tables.thesis_table`).
        kind: `measured` or `published` values.
        row_labels: Label of each row; None: `printed_row_labels`.
        doubtful_rows: Indices, as printed, of rows whose top-1 is marked with a dagger.
        n_classes: Number of classes, for the dotted lines of guessing; 0: no lines.
        title: Title of the Axes.
    """
    row_labels = printed_row_labels(frame) if row_labels is None else row_labels
    ax.set(title=title, xlim=(-0.5, len(METRICS) - 0.5))
    if ("top1", kind) not in frame or frame["top1", kind].isna().all():
        return draw_placeholder(
            ax, "not run at this scale" if kind == "measured" else "nothing published"
        )
    width, colors = 0.84 / len(frame), row_colors(frame)
    for i, name in enumerate(row_labels):
        x_values = np.arange(len(METRICS)) + (i - (len(frame) - 1) / 2) * width
        values = np.array([frame[metric, kind].iloc[i] for metric in METRICS], float)
        text_heights = values.copy()
        label = "_nolegend_" if np.isnan(values).all() else name
        ax.bar(x_values, values, 0.92 * width, color=colors[i], label=label)
        if kind == "measured":
            low, high = frame["top1", "low"].iloc[i], frame["top1", "high"].iloc[i]
            ax.vlines(x_values[0], low, high, color="#222222", linewidth=1)
            text_heights[0] = high  # above the interval
        dagger = "\N{DAGGER}" if frame["index", ""].iloc[i] in doubtful_rows else ""
        marks = [dagger] + [""] * (len(values) - 1)
        for x, value, height, mark in zip(x_values, values, text_heights, marks, strict=True):
            if not np.isnan(value):
                text = f"{value:.0f}{mark}"
                ax.text(x, height + 1, text, ha="center", fontsize=5.5, zorder=4, **HALO)
    if n_classes:
        for group, n_predicted in enumerate((1, 3, 5, 1, 1)):  # top-3 predicts three classes
            level = 100 * min(1, n_predicted / n_classes)
            label = "chance" if group == 0 else "_nolegend_"
            ax.hlines(level, group - 0.46, group + 0.46, label=label, **CHANCE_LINE)
    ax.set_xticks(range(len(METRICS)), [name.replace("top", "top-") for name in METRICS])
    ax.set(ylabel="percent", ylim=(0, 108))
    ax.tick_params(axis="x", length=0)
    sns.despine(ax=ax)
    return ax


def row_colors(frame: pd.DataFrame) -> list[tuple[float, float, float]]:
    """Choose the colour of each row of a table of results, by what it was trained on.

    Rows of one experiment have the colours of their test sets. Rows of one kind are shades of its
    colour, the first the darkest.

    Args:
        frame: Frame of a table of results.

    Returns:
        RGB of each row, in [0, 1].
    """
    experiments, test_sets = frame["run", "experiment"], frame["run", "test_set"]
    n_experiments = experiments[experiments != "published only"].nunique()
    if n_experiments > 1 or test_sets.isna().all():
        kinds = [_training_kind(str(name)) for name in experiments]
    else:
        kinds = [name if name in COLORS else "real" for name in test_sets]
    colors = []
    for i, kind in enumerate(kinds):
        n, earlier = kinds.count(kind), kinds[:i].count(kind)
        lightness = MAX_LIGHTNESS * earlier / max(1, n - 1)  # share of white
        red, green, blue = (c + (1 - c) * lightness for c in to_rgb(COLORS[kind]))
        colors.append((red, green, blue))
    return colors


def _training_kind(experiment: str) -> str:
    """The key in `COLORS` of what an experiment is trained on."""
    if experiment.startswith(("mixed", "stability")):
        return "mixed"
    if experiment.startswith(("synth_nobg", "synth", "bg_only")):
        return SYNTHETIC_DOMAINS[experiment.startswith("synth_nobg")]
    return "real"


def printed_row_labels(frame: pd.DataFrame) -> list[str]:
    """Label the rows of a table of results by the printed columns in which they differ.

    Args:
        frame: Frame of a table of results.

    Returns:
        One label per row, which begins with its index: "2. trained on Synth with BG".
    """
    columns = [c for c in LABEL_COLUMNS if (c, "") in frame]
    texts = {c: frame[c, ""].map(short_label) for c in columns}
    texts |= {c: f"{prefix} " + texts[c] for c, prefix in LABEL_PREFIXES.items() if c in texts}
    differing = [t for t in texts.values() if t.nunique() > 1 and not t.isin(["", "---"]).any()]
    labels = pd.Series("", frame.index)
    if differing:
        labels = pd.DataFrame(differing).T.agg(", ".join, axis=1)
    # rows with the same label are distinguished by their network ("---": none is printed)
    ambiguous = labels.duplicated(keep=False) & (texts["hyperparameters"] != "---")
    network = texts["hyperparameters"][ambiguous].str.extract(r"(R\w+ \d+)")[0].fillna("")
    labels[ambiguous] += ", " + network
    return [f"{i}. {text}" for i, text in zip(frame["index", ""], labels, strict=True)]


def run_row_labels(frame: pd.DataFrame) -> list[str]:
    """Label the rows of a table of results by the runs that fill them.

    Args:
        frame: Frame of a table of results.

    Returns:
        One label per row, which begins with its index: "1. real (2,730)". If several runs have the
        same label, the experiment or the test set is added.
    """
    texts = frame["run", "label"].fillna("").astype(str).tolist()
    finished = [i for i, text in enumerate(texts) if text]
    for column, prefix in ((("run", "experiment"), ""), (("test", ""), "on ")):
        if column not in frame:
            continue
        names = frame[column].fillna("").astype(str).map(readable_name).tolist()
        has_duplicates = len({texts[i] for i in finished}) < len(finished)
        if has_duplicates and len({names[i] for i in finished}) > 1:
            texts = [
                f"{prefix}{name}: {text}" if text else ""
                for name, text in zip(names, texts, strict=True)
            ]
    return [
        f"{index}. {text or 'not run at this scale'}"
        for index, text in zip(frame["index", ""], texts, strict=True)
    ]


def class_bars(ax: Axes, accuracy: pd.DataFrame, title: str = "") -> Axes:
    """Draw top-1 accuracy by class, with a dotted line at chance level.

    Args:
        ax: The Axes.
        accuracy: Percent, with one row per class and one column per run (one bar each).
        title: Title of the Axes.
    """
    long = accuracy.rename_axis("class").reset_index().melt("class", var_name="run")
    long["class"] = long["class"].map(readable_name)
    palette = _test_set_colors(accuracy)
    sns.barplot(long, x="class", y="value", hue="run", ax=ax, saturation=1, palette=palette)
    chance = 100 / len(accuracy)
    ends = (-0.5, len(accuracy) - 0.5)
    ax.hlines(chance, *ends, label=f"chance ({chance:.1f}%)", **CHANCE_LINE)
    ax.set(xlabel="", ylabel="top-1 accuracy (%)", xlim=ends, ylim=(0, 100))
    ax.set_title(title, fontsize=10)
    ax.tick_params(axis="x", rotation=30, labelsize=8)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    ax.legend(title="", frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))
    sns.despine(ax=ax)
    return ax


def _test_set_colors(accuracy: pd.DataFrame) -> list[str]:
    """Colours of columns that are named as test sets; of others, the series's in order."""
    sets = {label: name for name, label in DOMAIN_LABELS.items()}
    of_set = [COLORS.get(sets.get(str(column), "")) for column in accuracy]
    spare = [color for color in SERIES_COLORS if color not in of_set]
    return [color or spare[i % len(spare)] for i, color in enumerate(of_set)]


def accuracy_bars(ax: Axes, table: pd.DataFrame, title: str = "", *, n_classes: int = 0) -> Axes:
    """Draw top-1 accuracy with its 95% interval, one bar per row of a table.

    Runs on photographs alone come first, then mixed ones, then those on renders alone; within each
    group, those trained on most images first.

    Args:
        ax: The Axes.
        table: Rows with the columns experiment, label, n_real, n_synthetic, top1, low and high, as
            in `evaluation.metrics_table`.
        title: Title of the Axes.
        n_classes: Number of classes, for the dotted line of guessing; 0: no line.
    """
    uses_real = table["n_real"] > 0
    uses_synthetic = table["n_synthetic"] > 0
    without_background = table["experiment"].str.startswith("synth_nobg")
    kind = np.select(
        [uses_real & ~uses_synthetic, uses_real, without_background],
        ["real", "mixed", SYNTHETIC_DOMAINS[1]],
        SYNTHETIC_DOMAINS[0],
    )
    table = table.assign(kind=pd.Categorical(kind, ["real", "mixed", *SYNTHETIC_DOMAINS]))
    table = table.sort_values(
        ["kind", "n_real", "n_synthetic"], ascending=[True, False, False], ignore_index=True
    )
    color = [COLORS[str(name)] for name in table["kind"]]
    errors = [table["top1"] - table["low"], table["high"] - table["top1"]]
    ax.barh(table.index, table["top1"], color=color, xerr=errors, ecolor="#333333", capsize=2)
    names = [
        f"{readable_name(experiment)}\n{label}"
        for experiment, label in zip(table["experiment"], table["label"], strict=True)
    ]
    ax.set_yticks(table.index, names, fontsize=7)
    for row, (value, high) in enumerate(zip(table["top1"], table["high"], strict=True)):
        ax.text(high + 1, row, f"{value:.1f}", va="center", fontsize=7)
    if n_classes:
        ends = (-0.5, len(table) - 0.5)
        label = f"chance ({100 / n_classes:.1f}%)"
        ax.vlines(100 / n_classes, *ends, label=label, **CHANCE_LINE)
        ax.legend(loc="lower right", frameon=False, fontsize=7)
    ax.set(xlabel="top-1 accuracy (%), 95% interval", ylim=(len(table) - 0.4, -0.6))
    # room for the numbers behind the intervals
    ax.set_xlim(0, min(109, 1.18 * float(table["high"].max())))
    sns.despine(ax=ax)
    return ax

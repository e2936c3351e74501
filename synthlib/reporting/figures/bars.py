"""Bars: results of a table (thesis Figures 16, 17, 23, 24, 30), runs, and classes."""

import re
from collections.abc import Collection
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.reporting.figures.style import COLORS, draw_placeholder, readable_name

ValueKind = Literal["measured", "published"]
SERIES_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's, in an order whose neighbours differ in lightness too."""

SYNTHETIC_DOMAINS = ("synthetic_bg", "synthetic_nobg")

LABEL_COLUMNS = ("train", "real", "synthetic", "test", "hyperparameters")

LABEL_PREFIXES = {
    "train": "trained on",
    "real": "real",
    "synthetic": "synthetic",
    "test": "tested on",
}
"""What stands before a label, so that a legend says what it is."""

METRIC_LABELS = {
    "top1": "top-1",
    "top3": "top-3",
    "top5": "top-5",
    "precision": "precision",
    "recall": "recall",
}


def metric_bars(
    ax: Axes,
    frame: pd.DataFrame,
    kind: ValueKind,
    *,
    row_labels: list[str] | None = None,
    doubtful_rows: Collection[str] = (),
    title: str = "",
) -> Axes:
    """The five metrics of a numbered table's frame, a group a metric, a bar a row; the 95% interval
    on measured top-1 (Figures 16, 17, 23, 24, 30). `names` are the rows' (default: `row_names`, as
    printed); the top-1 of `doubtful` rows, by index, has a dagger.

    Says so where nothing was measured; rows without a run leave their place empty, and are in no
    legend.
    """
    row_labels = printed_row_labels(frame) if row_labels is None else row_labels
    ax.set(title=title, xlim=(-0.5, len(METRIC_LABELS) - 0.5))
    if ("top1", kind) not in frame or frame["top1", kind].isna().all():
        return draw_placeholder(
            ax, "not run at this scale" if kind == "measured" else "nothing published"
        )
    width = 0.84 / len(frame)
    for i, name in enumerate(row_labels):
        at = np.arange(len(METRIC_LABELS)) + (i - (len(frame) - 1) / 2) * width
        values = np.array([frame[metric, kind].iloc[i] for metric in METRIC_LABELS], float)
        tops = values.copy()
        known = name if not np.isnan(values).all() else "_nolegend_"
        ax.bar(at, values, 0.92 * width, color=SERIES_COLORS[i % len(SERIES_COLORS)], label=known)
        if kind == "measured":
            low, tops[0] = frame["top1", "low"].iloc[i], frame["top1", "high"].iloc[i]
            ax.vlines(at[0], low, tops[0], color="#222222", linewidth=1)
        dagger = "\N{DAGGER}" if frame["index", ""].iloc[i] in doubtful_rows else ""
        marks = [dagger] + [""] * (len(values) - 1)
        for x, value, top, mark in zip(at, values, tops, marks, strict=True):
            if not np.isnan(value):
                ax.text(x, top + 1, f"{value:.0f}{mark}", ha="center", fontsize=5.5)
    ax.set_xticks(range(len(METRIC_LABELS)), list(METRIC_LABELS.values()))
    ax.set(ylabel="percent", ylim=(0, 108))
    ax.tick_params(axis="x", length=0)
    sns.despine(ax=ax)
    return ax


def printed_row_labels(frame: pd.DataFrame) -> list[str]:
    """What tells the rows of a table of results apart, with the row's index first."""
    labels = [c for c in LABEL_COLUMNS if (c, "") in frame]
    texts = {c: frame[c, ""].map(_short) for c in labels}
    texts |= {c: f"{word} " + texts[c] for c, word in LABEL_PREFIXES.items() if c in texts}
    telling = [t for t in texts.values() if t.nunique() > 1 and not t.isin(["", "---"]).any()]
    rows = pd.DataFrame(telling).T.agg(", ".join, axis=1) if telling else pd.Series("", frame.index)
    same = rows.duplicated(keep=False) & (texts["hyperparameters"] != "---")
    rows[same] += ", " + texts["hyperparameters"][same].str.extract(r"(R\w+ \d+)")[0].fillna("")
    return [f"{i}. {text}" for i, text in zip(frame["index", ""], rows, strict=True)]


def run_row_labels(frame: pd.DataFrame) -> list[str]:
    """What ran here in the rows of a table of results, with the row's index first: the run's label,
    and what tells those of one label apart."""
    texts = frame["run", "label"].fillna("").astype(str).tolist()
    ran = [i for i, text in enumerate(texts) if text]
    for column, word in ((("run", "experiment"), ""), (("test", ""), "on ")):
        told = (
            frame[column].fillna("").astype(str).map(readable_name).tolist()
            if column in frame
            else []
        )
        differs = len({told[i] for i in ran}) > 1 if told else False
        if differs and len({texts[i] for i in ran}) < len(ran):
            texts = [f"{word}{told[i]}: {text}" if text else "" for i, text in enumerate(texts)]
    indices = frame["index", ""].tolist()
    shown = [text or "not run at this scale" for text in texts]
    return [f"{index}. {text}" for index, text in zip(indices, shown, strict=True)]


def _short(label: str) -> str:
    """A label as printed, without what all of them have."""
    text = re.sub(r"Optimizer=|LRadjust=True|LRi?=", "", label)
    return re.sub(r"\s+", " ", text.replace("LRadjust=False", "constant")).strip()


def class_bars(ax: Axes, accuracy: pd.DataFrame, title: str = "") -> Axes:
    """Top-1 accuracy a class (%): rows are classes, one bar a column (Figures 17, 24, 30)."""
    long = accuracy.rename_axis("class").reset_index().melt("class", var_name="run")
    long["class"] = long["class"].map(readable_name)
    palette = sns.color_palette("colorblind", accuracy.shape[1])
    sns.barplot(long, x="class", y="value", hue="run", ax=ax, palette=palette)
    ax.axhline(100 / len(accuracy), color=COLORS["neutral"], linestyle=":", linewidth=1)
    ax.text(len(accuracy) - 0.5, 100 / len(accuracy), " chance", va="center", fontsize=8)
    ax.set(xlabel="", ylabel="top-1 accuracy (%)", ylim=(0, 100), title=title)
    ax.tick_params(axis="x", rotation=30)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    legend = ax.legend(title="", frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    legend.set_visible(accuracy.shape[1] > 1)
    sns.despine(ax=ax)
    return ax


def accuracy_bars(ax: Axes, table: pd.DataFrame, title: str = "") -> Axes:
    """Top-1 accuracy with its 95% interval, one bar a row of `tables.metrics_table`: what trained
    on photographs alone, mixed, on renders alone; in each the most images first."""
    real, synthetic = table["n_real"] > 0, table["n_synthetic"] > 0
    bare = table["experiment"].str.startswith("synth_nobg")
    kind = np.select(
        [real & ~synthetic, real, bare],
        ["real", "mixed", SYNTHETIC_DOMAINS[1]],
        SYNTHETIC_DOMAINS[0],
    )
    by = {"kind": True, "n_real": False, "n_synthetic": False}
    table = table.assign(kind=pd.Categorical(kind, ["real", "mixed", *SYNTHETIC_DOMAINS]))
    table = table.sort_values(list(by), ascending=list(by.values()), ignore_index=True)
    color = [COLORS[str(name)] for name in table["kind"]]
    errors = [table["top1"] - table["low"], table["high"] - table["top1"]]
    ax.barh(table.index, table["top1"], color=color, xerr=errors, ecolor="#333333", capsize=2)
    names = [
        f"{readable_name(e)}\n{text}"
        for e, text in zip(table["experiment"], table["label"], strict=True)
    ]
    ax.set_yticks(table.index, names, fontsize=7)
    for row, (value, high) in enumerate(zip(table["top1"], table["high"], strict=True)):
        ax.text(high + 1, row, f"{value:.1f}", va="center", fontsize=7)
    ax.invert_yaxis()
    ax.set(xlabel="top-1 accuracy (%), 95% interval", xlim=(0, 105), title=title)
    sns.despine(ax=ax)
    return ax

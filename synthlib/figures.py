"""One function a figure, drawing on the Axes it is given (thesis Figures 6 to 32).

Colours are colour-blind safe (Okabe and Ito's; viridis and cividis for magnitudes). A figure of
stand-in photographs carries the word STAND-IN in its pixels.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

COLORS = {
    "real": "#0072B2",
    "synthetic_bg": "#D55E00",
    "synthetic_nobg": "#E69F00",
    "mixed": "#009E73",
    "neutral": "#555555",
}

DOMAIN_WORDS = {
    "real": "real photographs",
    "dev": "real photographs kept from training (dev)",
    "synthetic_bg": "synthetic with background",
    "synthetic_nobg": "synthetic without background",
    "hybrid": "synthetic, background by class",
    "bg_only": "backgrounds without object",
}


def words(name: str) -> str:
    """A class or experiment name as a person writes it."""
    return name.replace("_", " ")


def titled(title: str, stand_in: bool) -> str:
    """A title that says so when it stands over stand-in data."""
    return f"STAND-IN: {title}" if stand_in else title


def stamp(figure: Figure, stand_in: bool) -> Figure:
    """Writes STAND-IN into a figure that shows or measures stand-in photographs, once."""
    if stand_in and not any("STAND-IN data" in text.get_text() for text in figure.texts):
        text = "STAND-IN data: plumbing only, no result"
        # a figure's own label, because the layout keeps a line free for it below the axes
        figure.supxlabel(text, x=0.995, ha="right", fontsize=7, weight="bold", color="#B00020")
    return figure


def confusion_matrix(ax: Axes, counts: pd.DataFrame, title: str = "") -> Axes:
    """Counts as `evaluation.confusion` gives them: true classes down, predicted ones across; the
    shade is the share of the row (Figures 18 to 20, 26, 27, 32)."""
    totals = counts.sum(axis=1).replace(0, np.nan)
    names = [words(name) for name in counts.index]
    sns.heatmap(
        counts.div(totals, axis=0),
        ax=ax,
        annot=counts,
        fmt="d",
        cmap="Blues",
        vmin=0,
        vmax=1,
        square=True,
        linewidths=0.5,
        linecolor="white",
        xticklabels=names,
        yticklabels=names,
        cbar_kws={"label": "share of the true class", "shrink": 0.75},
    )
    ax.set(xlabel="predicted", ylabel="true", title=title)
    ax.tick_params(axis="x", rotation=45, length=0)
    ax.tick_params(axis="y", rotation=0, length=0)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    return ax


def class_bars(ax: Axes, accuracy: pd.DataFrame, title: str = "") -> Axes:
    """Top-1 accuracy a class (%): rows are classes, one bar a column (Figures 17, 24, 30)."""
    long = accuracy.rename_axis("class").reset_index().melt("class", var_name="run")
    long["class"] = long["class"].map(words)
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
    """Top-1 accuracy with its 95% interval, one bar a row of `tables.metrics_table`."""
    table = table.reset_index(drop=True)
    color = np.select(
        [(table["n_real"] > 0) & (table["n_synthetic"] > 0), table["n_real"] > 0],
        [COLORS["mixed"], COLORS["real"]],
        COLORS["synthetic_bg"],
    )
    errors = [table["top1"] - table["low"], table["high"] - table["top1"]]
    ax.barh(table.index, table["top1"], color=color, xerr=errors, ecolor="#333333", capsize=2)
    names = [
        f"{words(e)}\n{text}" for e, text in zip(table["experiment"], table["label"], strict=True)
    ]
    ax.set_yticks(table.index, names, fontsize=8)
    for row, (value, high) in enumerate(zip(table["top1"], table["high"], strict=True)):
        ax.text(high + 1, row, f"{value:.1f}", va="center", fontsize=8)
    ax.invert_yaxis()
    ax.set(xlabel="top-1 accuracy (%), 95% interval", xlim=(0, 105), title=title)
    sns.despine(ax=ax)
    return ax


def variety(axes: Sequence[Axes], table: pd.DataFrame, title: str = "") -> Sequence[Axes]:
    """How far images of a class lie apart, a row a class: generated objects, model files,
    photographs; the table of `diversity.side_by_side`, two Axes, one a yardstick (4.4.2)."""
    marks = {
        "generated": (COLORS["synthetic_bg"], "o"),
        "model files": (COLORS["mixed"], "s"),
        "photographs": (COLORS["real"], "D"),
    }
    rows = np.arange(len(table))
    for ax, key, label in zip(
        axes,
        ("features", "hash"),
        ("cosine distance of features", "share of hash bits that differ"),
        strict=True,
    ):
        values = pd.DataFrame(table[key])
        ax.hlines(rows, values.min(axis=1), values.max(axis=1), color="#CCCCCC", zorder=0)
        for source, (color, marker) in marks.items():
            if source in values:
                ax.scatter(values[source], rows, color=color, marker=marker, label=source)
        ax.set(xlabel=label, xlim=(0, 1.08 * float(np.nanmax(values))), yticks=rows)
        ax.set_yticklabels([words(name) for name in table.index])
        ax.invert_yaxis()
        sns.despine(ax=ax)
    axes[0].set_title(title, loc="left", fontsize=10)
    axes[-1].tick_params(axis="y", labelleft=False)
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    return axes


def training_curves(axes: Sequence[Axes], log: pd.DataFrame) -> Sequence[Axes]:
    """Loss, and top-1 accuracy a domain, of a run's `log.csv` against steps; two Axes."""
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
    changes = log["step"][log["learning_rate"].diff().fillna(0) < 0]
    for ax in axes:
        for step in changes:
            ax.axvline(step, color="#BBBBBB", linewidth=0.8, zorder=0)
        sns.despine(ax=ax)
    return axes


def image_grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int = 8,
    title: str = "",
    stand_in: bool = False,
    side: float = 1.15,
) -> Figure:
    """A sheet of uint8 or float [0, 1] images (H, W, 3 or 4), transparent ones on a chequerboard;
    `side` inches each (Figures 1 to 15, 21, 22)."""
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(columns * side, rows * (side + 0.16) + 0.35),
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02),
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, text in zip(axes.flat, images, titles, strict=False):
        ax.imshow(on_chequerboard(image), interpolation="nearest")
        ax.set_title(text, fontsize=7, pad=2)
    figure.suptitle(titled(title, stand_in), fontsize=10)
    return stamp(figure, stand_in)


def on_chequerboard(image: np.ndarray) -> np.ndarray:
    """float (H, W, 3) in [0, 1]: an image, over grey squares where it is transparent."""
    image = np.asarray(image)
    if image.dtype == np.uint8:
        image = image / 255.0
    if image.shape[2] == 3:
        return image.clip(0, 1)
    y, x = np.indices(image.shape[:2]) // max(1, image.shape[0] // 12)
    board = np.where((x + y) % 2, 0.85, 0.7)[..., None]
    return image[..., :3] * image[..., 3:] + board * (1 - image[..., 3:])

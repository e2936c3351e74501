"""Figures of single samples: a gallery of a selection, one sample in detail, two runs compared.

They show without a kernel what notebook 08's widgets show. Functions take sample tables
(`sample_table.build_sample_table`), images as uint8 (H, W, 3), and return a figure, which
`reporting.Report.figure` saves and marks if the photographs are stand-ins.
"""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib.inspection.sample_table import (
    OUTCOMES,
    Selection,
    count_sample_confusions,
    paired_outcome,
    paired_outcome_sentence,
    select_samples,
)
from synthlib.inspection.test_images import ImageCache
from synthlib.reporting.figures.confusion import confusion_matrix
from synthlib.reporting.figures.image_grids import image_grid
from synthlib.reporting.figures.style import COLORS, PAGE_WIDTH, readable_name

CLASSES_SHOWN = 5

TITLE_CHARACTERS = 24
"""Characters of a line above one part of the figure of a sample."""


def sample_confusion_figure(table: pd.DataFrame, title: str = "") -> Figure:
    """The confusion matrix of a sample table."""
    counts = count_sample_confusions(table)
    side = min(2.6 + 0.36 * len(counts), PAGE_WIDTH - 0.9)
    figure, ax = plt.subplots(figsize=(side + 0.9, side), layout="constrained")
    confusion_matrix(ax, counts, title)
    return figure


def gallery_figure(
    image_cache: ImageCache,
    table: pd.DataFrame,
    selection: Selection,
    *,
    n: int = 24,
    title: str = "",
) -> Figure:
    """The first `n` samples of a selection, each with its true and predicted class."""
    rows = select_samples(table, selection).head(n)
    if rows.empty:
        return _text_figure(empty_selection_sentence(selection))
    images = image_cache.table_images(rows)
    titles = [_caption(row) for row in rows.to_dict("records")]
    return image_grid(images, titles, title=title, image_inches=PAGE_WIDTH / 8)


def sample_figure(
    image: np.ndarray,
    probabilities: Sequence[pd.Series],
    saliency_overlays: Sequence[np.ndarray] = (),
    *,
    true: str,
    title: str = "",
) -> Figure:
    """One sample in detail: its image, and the saliency and class probabilities of each run.

    Args:
        image: The image as tested.
        probabilities: Per run, probability of each class in [0, 1], most likely first.
        saliency_overlays: Per run, the overlay of its saliency (`RunInspector.saliency_overlay`).
        true: True class, above the image and in colour among the probabilities.
        title: Title.
    """
    images = {f"true class: {readable_name(true)}": image} | {
        saliency_title(overlay, _run_title(i, saliency_overlays)): overlay
        for i, overlay in enumerate(saliency_overlays)
    }
    n = len(images) + len(probabilities)
    figure, axes = plt.subplots(1, n, figsize=(max(PAGE_WIDTH, 2 * n), 2.6), layout="constrained")
    for ax, (name, pixels) in zip(axes, images.items(), strict=False):
        ax.imshow(pixels, interpolation="nearest")
        ax.set_title(fill(name, TITLE_CHARACTERS), fontsize=8)
        ax.set_axis_off()
    for i, (ax, values) in enumerate(zip(axes[len(images) :], probabilities, strict=True)):
        shown = values.head(CLASSES_SHOWN)
        if true in values.index.difference(shown.index):
            shown = pd.concat([shown, values[[true]]])
        _probability_bars(ax, shown, true)
        right = "correct" if values.index[0] == true else "wrong"
        text = f"{_run_title(i, probabilities)}: {readable_name(str(values.index[0]))} ({right})"
        ax.set_title(fill(text, TITLE_CHARACTERS), fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure


def outcomes_figure(
    image_cache: ImageCache,
    compared: pd.DataFrame,
    *,
    per_outcome: int = 8,
    title: str = "",
) -> Figure:
    """Samples of two runs by outcome (as Figures 28 and 29): one row per outcome.

    Args:
        image_cache: The test images of run A.
        compared: Table of two runs (`sample_table.compare_samples`).
        per_outcome: Number of samples in each row.
        title: First line of the title, which says which runs are A and B.
    """
    images: list[np.ndarray] = []
    captions: list[str] = []
    blank = np.full((8, 8, 3), 255, np.uint8)
    for outcome in OUTCOMES:
        rows = select_samples(compared, Selection(outcome=outcome)).head(per_outcome)
        n_blank = per_outcome - len(rows)
        images += image_cache.table_images(rows) + [blank] * n_blank
        texts = [_paired_caption(row) for row in rows.to_dict("records")] or ["none"]
        texts[0] = f"{outcome.upper()}\n{texts[0]}"
        captions += texts + [""] * (per_outcome - len(texts))
    return image_grid(
        images,
        captions,
        columns=per_outcome,
        title=f"{title}\n{paired_outcome_sentence(paired_outcome(compared))}".strip(),
        image_inches=PAGE_WIDTH / 8,
    )


def nearest_samples_figure(image: np.ndarray, nearest: pd.DataFrame) -> Figure:
    """A sample and its nearest training samples, each with its class and similarity.

    Args:
        image: The sample.
        nearest: Result of `RunInspector.nearest_training_samples`.
    """
    titles = ["the sample"] + [
        f"{readable_name(row['class'])}\n{readable_name(row['domain'])} {row['similarity']:.2f}"
        for row in nearest.to_dict("records")
    ]
    columns = min(len(titles), 9)
    return image_grid(
        [image, *nearest["image"]],
        titles,
        columns=columns,
        title="nearest training samples, by cosine similarity of features",
        image_inches=PAGE_WIDTH / columns,
    )


def empty_selection_sentence(selection: Selection) -> str:
    """A sentence for a selection without samples."""
    kind = "" if selection.kind == "all" else f"{selection.kind} "
    parts = [f"true {readable_name(selection.true)}"] if selection.true else []
    parts += [f"predicted {readable_name(selection.predicted)}"] if selection.predicted else []
    parts += [selection.outcome] if selection.outcome else []
    filters = f" ({', '.join(parts)})" if parts else ""
    return f"no {kind}samples here{filters}"


def saliency_title(overlay: np.ndarray, run: str, suffix: str = "") -> str:
    """Title of a saliency overlay, which is all grey if there was no evidence for the class."""
    nowhere = (overlay == overlay[..., :1]).all()
    return f"where {run} looked{suffix}{': nowhere' if nowhere else ''}"


def _probability_bars(ax: Axes, probabilities: pd.Series, true: str) -> None:
    colors = [COLORS["real" if name == true else "neutral"] for name in probabilities.index]
    names = [readable_name(str(name)) for name in probabilities.index]
    ax.barh(range(len(names)), 100 * probabilities, color=colors)
    ax.set_yticks(range(len(names)), names, fontsize=7)
    ax.tick_params(axis="x", labelsize=7)
    ax.xaxis.label.set_fontsize(8)
    ax.set(xlim=(0, 100), xlabel="probability (%)")
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)


def _caption(row: dict) -> str:
    """Two short lines: the true class; the predicted one with its confidence."""
    predicted = "✓" if row["right"] else readable_name(row["predicted"])
    return f"{readable_name(row['true'])}\n{predicted} {100 * row['confidence']:.0f}%"


def _paired_caption(row: dict) -> str:
    """The true class, and below it the wrong predictions by run."""
    true, a, b = (readable_name(row[name]) for name in ("true", "predicted", "predicted_b"))
    if a == b != true:
        return f"{true}\nboth: {a}"
    wrong = [f"{run}: {name}" for run, name in (("A", a), ("B", b)) if name != true]
    return "\n".join([true, *wrong])


def _run_title(i: int, runs: Sequence) -> str:
    return f"run {'AB'[i]}" if len(runs) > 1 else "the run"


def _text_figure(sentence: str) -> Figure:
    figure, ax = plt.subplots(figsize=(5, 0.8))
    ax.set_axis_off()
    ax.text(0.5, 0.5, sentence, ha="center", va="center")
    return figure

"""Figures of single samples: a sheet of those selected, one sample in full, two runs compared.

What notebook 08's widgets show, for reading without a kernel: every function takes the tables of
`inspection` and gives a figure.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
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
from synthlib.reporting.figures.style import (
    COLORS,
    PAGE_WIDTH,
    mark_stand_in,
    readable_name,
    stand_in_title,
)

CLASSES_SHOWN = 5


def sample_confusion_figure(table: pd.DataFrame, title: str = "", stand_in: bool = False) -> Figure:
    """The confusion matrix of a table of samples."""
    found = count_sample_confusions(table)
    side = min(2.6 + 0.36 * len(found), PAGE_WIDTH - 0.9)
    figure, ax = plt.subplots(figsize=(side + 0.9, side), layout="constrained")
    confusion_matrix(ax, found, stand_in_title(title, stand_in))
    return mark_stand_in(figure, stand_in)


def gallery_figure(
    image_cache: ImageCache,
    table: pd.DataFrame,
    selection: Selection,
    *,
    n: int = 24,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """The first `n` samples of a selection, each over its true and predicted class."""
    rows = select_samples(table, selection).head(n)
    if rows.empty:
        return _empty_figure(empty_selection_sentence(selection), stand_in)
    images = sample_images(image_cache, rows)
    titles = [sample_caption(row) for _, row in rows.iterrows()]
    return image_grid(images, titles, title=title, stand_in=stand_in, image_inches=PAGE_WIDTH / 8)


def sample_figure(
    image: np.ndarray,
    probabilities: Sequence[pd.Series],
    saliency_overlays: Sequence[np.ndarray] = (),
    *,
    true: str,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """One sample: uint8 (H, W, 3), where each run looked (`saliency.overlay`), and the most likely
    classes of each run; the true class in colour."""
    n = 1 + len(saliency_overlays) + len(probabilities)
    figure, axes = plt.subplots(1, n, figsize=(max(PAGE_WIDTH, 2 * n), 2.6), layout="constrained")
    shown = [("as tested", image)]
    shown += [
        (saliency_title(found, _run_title(i, saliency_overlays)), found)
        for i, found in enumerate(saliency_overlays)
    ]
    for ax, (name, picture) in zip(axes, shown, strict=False):
        ax.imshow(picture, interpolation="nearest")
        ax.set_title(name, fontsize=9)
        ax.set_axis_off()
    for i, (ax, found) in enumerate(zip(axes[len(shown) :], probabilities, strict=True)):
        top = found.head(CLASSES_SHOWN)
        colors = [COLORS["real" if name == true else "neutral"] for name in top.index]
        ax.barh(range(len(top)), 100 * top, color=colors)
        ax.set_yticks(range(len(top)), [readable_name(str(name)) for name in top.index], fontsize=8)
        ax.set(xlim=(0, 100), xlabel="probability (%)")
        ax.set_title(_run_title(i, probabilities), fontsize=9)
        ax.invert_yaxis()
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        stand_in_title(title or f"true class: {readable_name(true)}", stand_in), fontsize=10
    )
    return mark_stand_in(figure, stand_in)


def outcomes_figure(
    image_cache: ImageCache,
    compared: pd.DataFrame,
    *,
    per_outcome: int = 8,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """Samples that both runs got right, only one of them, or none: a row each (Figures 28, 29).
    `title` says which runs are A and B."""
    said_of_all = f"{title}\n{paired_outcome_sentence(paired_outcome(compared))}".strip()
    images: list[np.ndarray] = []
    titles: list[str] = []
    for name in OUTCOMES:
        rows = select_samples(compared, Selection(outcome=name)).head(per_outcome)
        images += sample_images(image_cache, rows)
        lacking = per_outcome - len(rows)
        images += [np.full((8, 8, 3), 255, np.uint8)] * lacking
        said = [_paired_caption(row) for row in rows.to_dict("records")] or ["none"]
        said[0] = f"{name.upper()}\n{said[0]}"
        titles += (said + [""] * per_outcome)[:per_outcome]
    return image_grid(
        images, titles, columns=per_outcome, title=said_of_all, stand_in=stand_in, image_inches=PAGE_WIDTH / 8
    )  # fmt: skip


def nearest_samples_figure(
    image: np.ndarray, nearest: pd.DataFrame, *, stand_in: bool = False
) -> Figure:
    """A sample, uint8 (H, W, 3), and the training samples nearest to it (`OpenRun.nearest`), each
    under class and similarity."""
    titles = ["the sample"]
    titles += [
        f"{readable_name(row['class'])}\n{readable_name(row['domain'])} {row['similarity']:.2f}"
        for row in nearest.to_dict("records")
    ]
    title = "nearest training samples, by cosine similarity of features"
    shown, columns = [image, *nearest["image"]], min(len(nearest) + 1, 9)
    return image_grid(
        shown,
        titles,
        columns=columns,
        title=title,
        stand_in=stand_in,
        image_inches=PAGE_WIDTH / columns,
    )


def sample_images(image_cache: ImageCache, rows: pd.DataFrame) -> list[np.ndarray]:
    """uint8 (H, W, 3) of each row of a table of samples, in its order."""
    found: dict[int, np.ndarray] = {}
    places = np.arange(len(rows))
    for test_set in rows["test_set"].unique():
        here = places[(rows["test_set"] == test_set).to_numpy(bool)]
        made = image_cache.images(str(test_set), rows["sample"].iloc[here].tolist())
        found |= dict(zip(here.tolist(), made, strict=True))
    return [found[place] for place in places.tolist()]


def sample_caption(row: pd.Series) -> str:
    """A sample in two short lines: its class, and what it was taken for, how surely."""
    taken = "✓" if row["right"] else readable_name(row["predicted"])
    return f"{readable_name(row['true'])}\n{taken} {100 * row['confidence']:.0f}%"


def empty_selection_sentence(selection: Selection) -> str:
    """A sentence for a selection that lets nothing through."""
    kind = "" if selection.kind == "all" else f"{selection.kind} "
    parts = [f"true {readable_name(selection.true)}"] if selection.true else []
    parts += [f"predicted {readable_name(selection.predicted)}"] if selection.predicted else []
    parts += [selection.outcome] if selection.outcome else []
    about = f" ({', '.join(parts)})" if parts else ""
    return f"no {kind}samples here{about}"


def _paired_caption(row: dict) -> str:
    """A sample of two runs in short lines: its class, and what it was taken for by which run."""
    true, one, two = (readable_name(row[name]) for name in ("true", "predicted", "predicted_b"))
    wrong = [f"{run}: {said}" for run, said in (("A", one), ("B", two)) if said != true]
    return "\n".join([true, *([f"both: {one}"] if one == two != true else wrong)])


def saliency_title(overlay: np.ndarray, run: str, suffix: str = "") -> str:
    """The title of `saliency.overlay`, which is grey all over where nothing spoke for the class."""
    nowhere = (overlay == overlay[..., :1]).all()
    return f"where {run} looked{suffix}{': nowhere' if nowhere else ''}"


def _run_title(i: int, several: Sequence) -> str:
    return f"run {'AB'[i]}" if len(several) > 1 else "the run"


def _empty_figure(sentence: str, stand_in: bool) -> Figure:
    figure, ax = plt.subplots(figsize=(5, 0.8))
    ax.set_axis_off()
    ax.text(0.5, 0.5, sentence, ha="center", va="center")
    return mark_stand_in(figure, stand_in)

"""Figures of single samples: a sheet of those selected, one sample in full, two runs compared.

What notebook 08's widgets show, for reading without a kernel: every function takes the tables of
`inspection` and gives a figure.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.figures import COLORS, PAGE, confusion_matrix, image_grid, stamp, titled, words
from synthlib.inspection import OUTCOMES, Selection, counts, select, versus, versus_words
from synthlib.pictures import Pictures

CLASSES_SHOWN = 5


def matrix(table: pd.DataFrame, title: str = "", stand_in: bool = False) -> Figure:
    """The confusion matrix of a table of samples."""
    found = counts(table)
    side = min(2.6 + 0.36 * len(found), PAGE - 0.9)
    figure, ax = plt.subplots(figsize=(side + 0.9, side), layout="constrained")
    confusion_matrix(ax, found, titled(title, stand_in))
    return stamp(figure, stand_in)


def gallery(
    pictures: Pictures,
    table: pd.DataFrame,
    chosen: Selection,
    *,
    n: int = 24,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """The first `n` samples of a selection, each over its true and predicted class."""
    rows = select(table, chosen).head(n)
    if rows.empty:
        return _nothing(empty_words(chosen), stand_in)
    images = images_of(pictures, rows)
    titles = [caption(row) for _, row in rows.iterrows()]
    return image_grid(images, titles, title=title, stand_in=stand_in, side=PAGE / 8)


def sample(
    image: np.ndarray,
    probabilities: Sequence[pd.Series],
    looked: Sequence[np.ndarray] = (),
    *,
    true: str,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """One sample: uint8 (H, W, 3), where each run looked (`saliency.overlay`), and the most likely
    classes of each run; the true class in colour."""
    n = 1 + len(looked) + len(probabilities)
    figure, axes = plt.subplots(1, n, figsize=(max(PAGE, 2 * n), 2.6), layout="constrained")
    shown = [("as tested", image)]
    shown += [(looked_words(found, _run(i, looked)), found) for i, found in enumerate(looked)]
    for ax, (name, picture) in zip(axes, shown, strict=False):
        ax.imshow(picture, interpolation="nearest")
        ax.set_title(name, fontsize=9)
        ax.set_axis_off()
    for i, (ax, found) in enumerate(zip(axes[len(shown) :], probabilities, strict=True)):
        top = found.head(CLASSES_SHOWN)
        colors = [COLORS["real" if name == true else "neutral"] for name in top.index]
        ax.barh(range(len(top)), 100 * top, color=colors)
        ax.set_yticks(range(len(top)), [words(str(name)) for name in top.index], fontsize=8)
        ax.set(xlim=(0, 100), xlabel="probability (%)")
        ax.set_title(_run(i, probabilities), fontsize=9)
        ax.invert_yaxis()
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(titled(title or f"true class: {words(true)}", stand_in), fontsize=10)
    return stamp(figure, stand_in)


def outcomes(
    pictures: Pictures,
    compared: pd.DataFrame,
    *,
    each: int = 8,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """Samples that both runs got right, only one of them, or none: a row each (Figures 28, 29).
    `title` says which runs are A and B."""
    said_of_all = f"{title}\n{versus_words(versus(compared))}".strip()
    images: list[np.ndarray] = []
    titles: list[str] = []
    for name in OUTCOMES:
        rows = select(compared, Selection(outcome=name)).head(each)
        images += images_of(pictures, rows)
        lacking = each - len(rows)
        images += [np.full((8, 8, 3), 255, np.uint8)] * lacking
        said = [_pair(row) for row in rows.to_dict("records")] or ["none"]
        said[0] = f"{name.upper()}\n{said[0]}"
        titles += (said + [""] * each)[:each]
    return image_grid(
        images, titles, columns=each, title=said_of_all, stand_in=stand_in, side=PAGE / 8
    )  # fmt: skip


def neighbours(image: np.ndarray, near: pd.DataFrame, *, stand_in: bool = False) -> Figure:
    """A sample, uint8 (H, W, 3), and the training samples nearest to it (`OpenRun.nearest`), each
    under class and similarity."""
    titles = ["the sample"]
    titles += [
        f"{words(row['class'])}\n{words(row['domain'])} {row['similarity']:.2f}"
        for row in near.to_dict("records")
    ]
    title = "nearest training samples, by cosine similarity of features"
    shown, columns = [image, *near["image"]], min(len(near) + 1, 9)
    return image_grid(
        shown, titles, columns=columns, title=title, stand_in=stand_in, side=PAGE / columns
    )


def images_of(pictures: Pictures, rows: pd.DataFrame) -> list[np.ndarray]:
    """uint8 (H, W, 3) of each row of a table of samples, in its order."""
    found: dict[int, np.ndarray] = {}
    places = np.arange(len(rows))
    for test_set in rows["test_set"].unique():
        here = places[(rows["test_set"] == test_set).to_numpy(bool)]
        made = pictures.images(str(test_set), rows["sample"].iloc[here].tolist())
        found |= dict(zip(here.tolist(), made, strict=True))
    return [found[place] for place in places.tolist()]


def caption(row: pd.Series) -> str:
    """A sample in two short lines: its class, and what it was taken for, how surely."""
    taken = "✓" if row["right"] else words(row["predicted"])
    return f"{words(row['true'])}\n{taken} {100 * row['confidence']:.0f}%"


def empty_words(chosen: Selection) -> str:
    """A sentence for a selection that lets nothing through."""
    kind = "" if chosen.kind == "all" else f"{chosen.kind} "
    parts = [f"true {words(chosen.true)}"] if chosen.true else []
    parts += [f"predicted {words(chosen.predicted)}"] if chosen.predicted else []
    parts += [chosen.outcome] if chosen.outcome else []
    about = f" ({', '.join(parts)})" if parts else ""
    return f"no {kind}samples here{about}"


def _pair(row: dict) -> str:
    """A sample of two runs in short lines: its class, and what it was taken for by which run."""
    true, one, two = (words(row[name]) for name in ("true", "predicted", "predicted_b"))
    wrong = [f"{run}: {said}" for run, said in (("A", one), ("B", two)) if said != true]
    return "\n".join([true, *([f"both: {one}"] if one == two != true else wrong)])


def looked_words(looked: np.ndarray, run: str, toward: str = "") -> str:
    """The title of `saliency.overlay`, which is grey all over where nothing spoke for the class."""
    nowhere = (looked == looked[..., :1]).all()
    return f"where {run} looked{toward}{': nowhere' if nowhere else ''}"


def _run(i: int, several: Sequence) -> str:
    return f"run {'AB'[i]}" if len(several) > 1 else "the run"


def _nothing(sentence: str, stand_in: bool) -> Figure:
    figure, ax = plt.subplots(figsize=(5, 0.8))
    ax.set_axis_off()
    ax.text(0.5, 0.5, sentence, ha="center", va="center")
    return stamp(figure, stand_in)

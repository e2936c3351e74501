"""Sheets of images: what was rendered, what a model is shown, what it is tested on."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from PIL import Image

from synthlib.augmentation import denormalise
from synthlib.datasets import TestSet, TrainingSet
from synthlib.figures import DOMAIN_WORDS, image_grid, words
from synthlib.seeding import rng_for

CPU = torch.device("cpu")


def views_of(renders: pd.DataFrame, store: Path, cls: str, instance: str | None = None) -> Figure:
    """All views of one instance of a class (its first, unless named), as in Figures 3 to 5."""
    rows = renders[renders["class"] == cls]
    if rows.empty:
        raise ValueError(f"no render of class {cls!r}; there are {sorted(set(renders['class']))}")
    name = instance or rows["instance"].iloc[0]
    rows = rows[rows["instance"] == name].sort_values("view")
    titles = [f"{r.azimuth:.0f}°, {r.elevation:.0f}°" for r in rows.itertuples()]
    return image_grid(
        [read(store / file) for file in rows["file"]],
        titles,
        columns=9,
        title=f"{words(cls)}, instance {name}: {len(rows)} views (azimuth, elevation)",
    )


def instances_of(renders: pd.DataFrame, store: Path, *, view: int = 8, columns: int = 8) -> Figure:
    """The same view of several instances of every class, a row a class (Table 5).

    View 8 is from the front and 25 degrees above; a store with fewer views shows its last.
    """
    view = min(view, int(renders["view"].max()))
    images, titles = [], []
    for cls, rows in renders[renders["view"] == view].groupby("class", sort=False):
        rows = rows.sort_values("instance")
        chosen = rows.iloc[np.linspace(0, len(rows) - 1, min(columns, len(rows))).astype(int)]
        images += [read(store / file) for file in chosen["file"]]
        titles += [words(str(cls))] * len(chosen)
        missing = columns - len(chosen)
        images += [np.ones((8, 8, 3))] * missing
        titles += [""] * missing
    return image_grid(images, titles, columns=columns, title=f"instances, view {view}")


def instances_named(
    renders: pd.DataFrame, store: Path, chosen: pd.DataFrame, stand_in: bool = False, view: int = 8
) -> Figure:
    """One view of each instance of `chosen` (`diversity.by_instance`), under its class, accuracy
    and what it is taken for."""
    view = min(view, int(renders["view"].max()))
    files = renders[renders["view"] == view].set_index(["class", "instance"])["file"]
    images, titles = [], []
    for row in chosen.to_dict("records"):
        images.append(read(store / files[row["class"], row["instance"]]))
        mistake = f": {words(row['taken_for'])}" if row["taken_for"] else ""
        titles.append(f"{words(row['class'])}\n{row['top1']:.0f}%{mistake}")
    return image_grid(images, titles, title="least recognised objects", stand_in=stand_in, side=1.4)


def training_batch(data: TrainingSet, step: int = 0, n: int = 24, stand_in: bool = False) -> Figure:
    """Some images of one training step, as the model sees them: real ones first."""
    batch = data.batch(step, CPU)
    half = min(n // 2, batch.n_real)
    index = [*range(half), *range(batch.n_real, len(batch.names))][:n]
    if len(index) < n:
        index = list(range(min(n, len(batch.names))))
    images = denormalise(batch.images).permute(0, 2, 3, 1).numpy()
    titles = ["real" if i < batch.n_real else "synthetic" for i in index]
    return image_grid(
        [images[i] for i in index],
        titles,
        title=f"training images of step {step}",
        stand_in=stand_in,
    )


def test_images(data: TestSet, n: int = 24, stand_in: bool = False) -> Figure:
    """A seeded sample of a test set, with its true classes."""
    index = rng_for(0, "gallery").permutation(len(data.samples))[:n]
    index = index[np.argsort(data.samples.labels[index], kind="stable")]
    images = data.images(index, CPU).permute(0, 2, 3, 1).numpy()
    titles = [words(name) for name in data.table["true"].iloc[index]]
    title = f"test images: {DOMAIN_WORDS[data.domain]}"
    return image_grid(list(images), titles, title=title, stand_in=stand_in)


test_images.__test__ = False  # type: ignore[attr-defined]  # not a test case either


def read(path: Path) -> np.ndarray:
    """uint8 (H, W, 3 or 4): an image file."""
    with Image.open(path) as image:
        return np.asarray(image)

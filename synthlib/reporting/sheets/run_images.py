"""Sheets of images: what was rendered, what a model is shown, what it is tested on."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from PIL import Image

from synthlib.compositing.augmentation import THESIS_TEST, denormalise
from synthlib.data import datasets
from synthlib.data.datasets import TestSet, TrainingSet
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.reporting.figures.image_grids import image_grid
from synthlib.reporting.figures.style import DOMAIN_LABELS, PAGE_WIDTH, readable_name
from synthlib.seeding import rng_for, uniforms
from synthlib.utils.errors import ParameterError, file_errors

CPU = torch.device("cpu")

FRONT_VIEW = 8
"""The view from the front and 25 degrees above (thesis 4.3.3)."""


def front_views(renders: pd.DataFrame) -> pd.DataFrame:
    """The view of each instance whose number is nearest to `FRONT`, in the manifest's order: a
    store may have fewer views, and a sparse or flagged one may be left out."""
    away = (renders["view"] - FRONT_VIEW).abs()
    least = away.groupby([renders["class"], renders["instance"]]).transform("min")
    return renders[away == least].drop_duplicates(["class", "instance"])


def instance_sheet(renders: pd.DataFrame, store: Path, *, columns: int = 8) -> Figure:
    """The view from the front of several instances of every class, a row a class (Table 5)."""
    images, titles, views = [], [], front_views(renders)
    for cls, rows in views.groupby("class", sort=False):
        rows = rows.sort_values("instance")
        chosen = rows.iloc[np.linspace(0, len(rows) - 1, min(columns, len(rows))).astype(int)]
        images += [read_image(store / file) for file in chosen["file"]]
        titles += [readable_name(str(cls))] * len(chosen)
        missing = columns - len(chosen)
        images += [np.ones((8, 8, 3))] * missing
        titles += [""] * missing
    title = f"instances, view {views['view'].mode().iloc[0]}"
    return image_grid(
        images, titles, columns=columns, title=title, image_inches=PAGE_WIDTH / columns
    )


def least_recognised_sheet(
    renders: pd.DataFrame,
    store: Path,
    instances: pd.DataFrame,
    n: int = 16,
    stand_in: bool = False,
) -> Figure:
    """One view of each of the first `n` instances (`diversity.by_instance`), under its class,
    accuracy and what it is taken for."""
    chosen = instances.head(n)
    files = front_views(renders).set_index(["class", "instance"])["file"]
    images, titles = [], []
    for row in chosen.to_dict("records"):
        images.append(read_image(store / files[row["class"], row["instance"]]))
        mistake = f": {readable_name(row['taken_for'])}" if row["taken_for"] else ""
        titles.append(f"{readable_name(row['class'])}\n{row['top1']:.0f}%{mistake}")
    never = int((instances["top1"] == 0).sum())
    title = f"the {len(chosen)} least recognised of {len(instances)} objects ({never} never are)"
    return image_grid(images, titles, title=title, stand_in=stand_in, image_inches=PAGE_WIDTH / 8)


def training_batch_sheet(
    data: TrainingSet, step: int = 0, n: int = 24, stand_in: bool = False
) -> Figure:
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


def test_image_sheet(data: TestSet, n: int = 24, stand_in: bool = False) -> Figure:
    """A seeded sample of a test set, with its true classes."""
    index = rng_for(0, "gallery").permutation(len(data.image_set))[:n]
    index = index[np.argsort(data.image_set.labels[index], kind="stable")]
    images = data.images(index, CPU).permute(0, 2, 3, 1).numpy()
    titles = [readable_name(name) for name in data.table["true"].iloc[index]]
    title = f"test images: {DOMAIN_LABELS[data.domain]}"
    return image_grid(list(images), titles, title=title, stand_in=stand_in)


def augmentation_sheet(params: Params, sources: StudyData, columns: int = 8) -> Figure:
    """What each augmentation makes of one photograph and of one render, a row a preset (5.2).

    `params` train on both domains under the `matched` augmentation, and `sources` are theirs.
    """
    rows = []
    for pipeline in ("thesis", "matched"):
        choice = params.model_copy(update={"augmentation": pipeline})
        data = datasets.training_set(choice, sources)
        if data.real is None or data.synthetic is None:
            raise ParameterError("presets: needs real_fraction and synthetic_fraction above 0")
        first = np.zeros(columns, np.int64)
        for preset in (data.real_preset, *((THESIS_TEST,) if pipeline == "thesis" else ())):
            u = uniforms(params.seed, "presets", ids=np.arange(columns), n=preset.n_draws)
            made = data.real.augmented_photographs(first, u, preset, params.image_size, CPU)
            rows.append((f"{readable_name(preset.name)}\na photograph", made))
        u = uniforms(params.seed, "presets", ids=np.arange(columns), n=data.synthetic.n_draws)
        made = data.synthetic.images(first, u, params.image_size, CPU)
        rows.append((f"{readable_name(data.synthetic.preset.name)}\na render", made))
    images = torch.cat([made for _, made in rows]).permute(0, 2, 3, 1).numpy()
    titles = [name if i == 0 else "" for name, _ in rows for i in range(columns)]
    title = "one photograph and one render, augmented"
    return image_grid(
        list(images),
        titles,
        columns=columns,
        title=title,
        stand_in=params.stand_in,
        image_inches=PAGE_WIDTH / columns,
    )


test_image_sheet.__test__ = False  # type: ignore[attr-defined]  # not a test case either


def read_image(path: Path) -> np.ndarray:
    """uint8 (H, W, 3 or 4): an image file."""
    with file_errors(path, "read"), Image.open(path) as image:
        return np.asarray(image)

"""Sheets of a run's images: rendered instances, training batches, test images, augmentations.

The sheets have no mark of stand-in photographs of their own: show them with `Report.figure`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from PIL import Image

from synthlib.compositing.augmentation import THESIS_TEST, denormalise
from synthlib.data import datasets
from synthlib.data.datasets import TestSet, TrainingSet
from synthlib.data.explain import ExplainedSample
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.reporting.figures.image_grids import image_grid, labelled_image_rows
from synthlib.reporting.figures.style import DOMAIN_LABELS, PAGE_WIDTH, readable_name
from synthlib.reporting.sheets.context import evenly_spaced_rows
from synthlib.seeding import rng_for, uniforms
from synthlib.utils.errors import ParameterError, file_errors

CPU = torch.device("cpu")

FRONT_VIEW = 8
"""Number of the view from the front and 25 degrees above (thesis 4.3.3)."""


def front_views(renders: pd.DataFrame) -> pd.DataFrame:
    """Choose the view of each instance whose number is nearest to `FRONT_VIEW`.

    The front view itself may be missing: a store may have fewer views, and curation may leave out
    sparse or flagged ones.

    Returns:
        One row per instance, in the manifest's order.
    """
    distance = (renders["view"] - FRONT_VIEW).abs()
    smallest = distance.groupby([renders["class"], renders["instance"]]).transform("min")
    return renders[distance == smallest].drop_duplicates(["class", "instance"])


def instance_sheet(renders: pd.DataFrame, store: Path, *, columns: int = 8) -> Figure:
    """Draw the front view of several instances of every class, one row per class (Table 5).

    Args:
        renders: Manifest of the renders.
        store: Folder of the renders.
        columns: Largest number of instances per class.
    """
    images, labels, views = [], [], front_views(renders)
    for cls, rows in views.groupby("class", sort=False):
        chosen = evenly_spaced_rows(rows.sort_values("instance"), columns)
        images.append([read_image(store / file) for file in chosen["file"]])
        labels.append(readable_name(str(cls)))
    title = f"instances, view {views['view'].mode().iloc[0]}"
    return labelled_image_rows(images, labels, title=title)


def least_recognised_sheet(
    renders: pd.DataFrame, store: Path, instances: pd.DataFrame, n: int = 16
) -> Figure:
    """Draw one view of each of the instances that a model recognises least.

    Args:
        renders: Manifest of the renders.
        store: Folder of the renders.
        instances: One row per instance, the least recognised first: columns class, instance, top1
            (percent) and taken_for (the class predicted most often instead, or "").
        n: Largest number of instances shown.
    """
    chosen = instances.head(n)
    files = front_views(renders).set_index(["class", "instance"])["file"]
    images, titles = [], []
    for row in chosen.to_dict("records"):
        images.append(read_image(store / files[row["class"], row["instance"]]))
        mistake = f": {readable_name(row['taken_for'])}" if row["taken_for"] else ""
        titles.append(f"{readable_name(row['class'])}\n{row['top1']:.0f}%{mistake}")
    never = int((instances["top1"] == 0).sum())
    title = f"the {len(chosen)} least recognised of {len(instances)} objects ({never} never are)"
    return image_grid(images, titles, title=title, image_inches=PAGE_WIDTH / 8)


def training_batch_sheet(data: TrainingSet, step: int = 0, n: int = 24) -> Figure:
    """Draw n images of one training step as the model gets them, real ones first."""
    batch = data.batch(step, CPU)
    half = min(n // 2, batch.n_real)
    index = [*range(half), *range(batch.n_real, len(batch.names))][:n]
    if len(index) < n:
        index = list(range(min(n, len(batch.names))))
    images = denormalise(batch.images).permute(0, 2, 3, 1).numpy()
    titles = ["real" if i < batch.n_real else "synthetic" for i in index]
    return image_grid([images[i] for i in index], titles, title=f"training images of step {step}")


def image_steps_sheet(explained: ExplainedSample, classes: Sequence[str]) -> Figure:
    """Draw every step on the way to one training image, from left to right.

    Args:
        explained: The image and its steps, from `data.explain_sample`.
        classes: Names of the run's classes, in the order of its labels.

    Returns:
        One image per step, with the name of the step and the shape of its tensor above. The
        model's input is normalised; for the eye its values are mapped back to [0, 1].
    """
    images, titles = [], []
    for step, image in explained.images.items():
        visible = denormalise(image[None])[0] if step == "model_input" else image
        images.append(visible.permute(1, 2, 0).numpy())
        titles.append(f"{step.replace('_', ' ')}\n{tuple(image.shape)}")
    label = readable_name(classes[explained.label])
    return image_grid(
        images,
        titles,
        columns=len(images),
        title=f"one training image of class {label}: {explained.name}",
        image_inches=PAGE_WIDTH / 5,
    )


def test_image_sheet(data: TestSet, n: int = 24) -> Figure:
    """Draw n images of a test set, chosen at random, under their true classes."""
    index = rng_for(0, "gallery").permutation(len(data.image_set))[:n]
    index = index[np.argsort(data.image_set.labels[index], kind="stable")]
    images = data.images(index, CPU).permute(0, 2, 3, 1).numpy()
    titles = [readable_name(name) for name in data.table["true"].iloc[index]]
    title = f"test images: {DOMAIN_LABELS[data.domain]}"
    return image_grid(list(images), titles, title=title)


def augmentation_sheet(params: Params, data: StudyData, columns: int = 8) -> Figure:
    """Draw one photograph and one render under each augmentation, one row per preset (5.2).

    Args:
        params: Parameters of a run that trains on both domains.
        data: Its prepared data.
        columns: Number of draws of each preset.

    Raises:
        ParameterError: If the run trains on one domain only.
    """
    rows = []
    for pipeline in ("thesis", "matched"):
        train = datasets.training_set(params.model_copy(update={"augmentation": pipeline}), data)
        if train.real is None or train.synthetic is None:
            raise ParameterError("presets: needs real_fraction and synthetic_fraction above 0")
        first = np.zeros(columns, np.int64)
        for preset in (train.real_preset, *((THESIS_TEST,) if pipeline == "thesis" else ())):
            u = uniforms(params.seed, "presets", ids=np.arange(columns), n=preset.n_draws)
            augmented = train.real.augmented_photographs(first, u, preset, params.image_size, CPU)
            rows.append((f"{readable_name(preset.name)}\na photograph", augmented))
        u = uniforms(params.seed, "presets", ids=np.arange(columns), n=train.synthetic.n_draws)
        augmented = train.synthetic.images(first, u, params.image_size, CPU)
        rows.append((f"{readable_name(train.synthetic.preset.name)}\na render", augmented))
    images = torch.cat([augmented for _, augmented in rows]).permute(0, 2, 3, 1).numpy()
    titles = [name if i == 0 else "" for name, _ in rows for i in range(columns)]
    title = "one photograph and one render, augmented"
    return image_grid(
        list(images), titles, columns=columns, title=title, image_inches=PAGE_WIDTH / columns
    )


test_image_sheet.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test's


def read_image(path: Path) -> np.ndarray:
    """Read an image file: uint8 (H, W, 3 or 4)."""
    with file_errors(path, "read"), Image.open(path) as image:
        return np.asarray(image)


def to_uint8(images: torch.Tensor) -> np.ndarray:
    """Convert float (n, 3, H, W) in [0, 1] to uint8 (n, H, W, 3)."""
    return (images.permute(0, 2, 3, 1) * 255).round().clamp(0, 255).byte().numpy()

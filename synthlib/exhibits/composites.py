"""Sheets of composites: Figures 6 to 9.

They are pasted as in training, by the thesis's augmentation, but drawn as large as the renders
are: the model sees them scaled down to its input.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from PIL import Image

from synthlib import augmentation
from synthlib.compositing import composite, flatten_black, whole
from synthlib.exhibits.shown import Shown, class_of, columns_for, heading, in_order, typical
from synthlib.figures import page_sheet, words
from synthlib.galleries import from_front, read
from synthlib.samples import scenes_of
from synthlib.scaling import centre_square
from synthlib.seeding import uniforms
from synthlib.synthetic import SCENE_DRAWS
from synthlib.utils.errors import file_errors

Composites = tuple[list[np.ndarray], np.ndarray, list[str]]

PASTED = 6
"""Columns of a sheet of one instance."""

DRAWN = 8
"""Placements drawn of each object of Figure 8; the largest is shown, as many are hard to see."""


def pasted(shown: Shown, figure: int, rows: int = 3) -> Figure:
    """Figures 6 and 7: views of one training instance, each augmented and pasted on a scene."""
    cls, why = class_of(figure, shown.params.classes)
    views = typical(shown.renders, cls).head(rows * PASTED)
    images, _, behind = _on_scenes(shown, views, f"figure_{figure:02d}")
    note = f"instance {views['instance'].iloc[0]}: {len(views)} views on {_listed(behind)}"
    return page_sheet(
        images,
        [""] * len(images),
        columns=PASTED,
        title=heading("figure", figure, why, note, _borrowed(shown, [cls])),
        stand_in=shown.params.stand_in,
    )


def with_background(shown: Shown) -> Figure:
    """Figure 8: one view of an object of each class, pasted on a scene of its class."""
    views = one_a_class(shown)
    images, _ = largest(shown, views)
    borrowed = _borrowed(shown, list(views["class"]))
    note = f"an object of each class, where it is largest in {DRAWN} draws"
    return _all_classes(shown, 8, images, views, note, borrowed)


def without_background(shown: Shown) -> Figure:
    """Figure 9: the same views on black, filling the frame."""
    views = one_a_class(shown)
    cut = pixels(shown, views)
    images = flatten_black(whole(cut), cut.shape[1])
    return _all_classes(shown, 9, as_images(images), views, "the same objects")


def largest(shown: Shown, views: pd.DataFrame) -> tuple[list[np.ndarray], np.ndarray]:
    """Composites of these renders, each where the object is largest in `DRAWN` draws, and the
    share that it covers."""
    drawn = [_on_scenes(shown, views, f"figure_08_{draw}") for draw in range(DRAWN)]
    covered = np.array([seen for _, seen, _ in drawn])
    images = [drawn[draw][0][row] for row, draw in enumerate(covered.argmax(axis=0))]
    return images, covered.max(axis=0)


def one_a_class(shown: Shown) -> pd.DataFrame:
    """The same view of a training object of each class, in the thesis's order of classes."""
    train = from_front(shown.renders.query("split == 'train'"))
    first = train.drop_duplicates("class").set_index("class", drop=False)
    return first.loc[[name for _, name in in_order(shown.params.classes) if name in first.index]]


def _all_classes(
    shown: Shown, number: int, images: list[np.ndarray], views: pd.DataFrame, *notes: str
) -> Figure:
    columns = columns_for(len(images))
    # an image without a background is no photograph's: only scenes can be stand-ins
    return page_sheet(
        images,
        [words(name) for name in views["class"]],
        columns=columns,
        title=heading("figure", number, *notes),
        stand_in=shown.params.stand_in and number == 8,
    )


def _on_scenes(shown: Shown, views: pd.DataFrame, key: str) -> Composites:
    """uint8 (S, S, 3) composites of these renders, the share of each that the object covers, and
    the scene categories."""
    p, preset = shown.params, augmentation.THESIS_SYNTHETIC
    scenes = scenes_of(p, shown.data, "train")
    u = uniforms(p.seed, "exhibits", key, ids=np.arange(len(views)), n=SCENE_DRAWS + preset.draws)
    labels = np.array([p.classes.index(name) for name in views["class"]])
    names = scenes.names[scenes.draw(labels, u[:, :SCENE_DRAWS])]
    cut = pixels(shown, views)
    size = max(cut.shape[1], p.image_size)
    behind = np.stack([scene(shown.root / name, size) for name in names])
    backgrounds = torch.from_numpy(behind).permute(0, 3, 1, 2)
    placement = augmentation.place(u[:, SCENE_DRAWS:], preset)
    made = composite(whole(cut), backgrounds, placement)
    assert shown.data.backgrounds is not None  # scenes were drawn from them
    table = shown.data.backgrounds.table.set_index("sample")["category"]
    covered = made.masks.mean(dim=(1, 2)).numpy()
    return as_images(made.images), covered, [str(name) for name in table.loc[names]]


def pixels(shown: Shown, views: pd.DataFrame) -> torch.Tensor:
    """uint8 (n, S, S, 4): these renders."""
    return torch.from_numpy(np.stack([read(shown.store / file) for file in views["file"]]))


def scene(path: Path, size: int) -> np.ndarray:
    """uint8 (size, size, 3): a background as it is packed for training, at another size."""
    with file_errors(path, "read"), Image.open(path) as image:
        return np.asarray(centre_square(size)(image.convert("RGB")))


def as_images(images: torch.Tensor) -> list[np.ndarray]:
    """uint8 (S, S, 3) of each image, float (n, 3, S, S) in [0, 1]."""
    return list((images.permute(0, 2, 3, 1) * 255).round().clamp(0, 255).byte().numpy())


def _listed(categories: list[str]) -> str:
    return ", ".join(sorted({words(name) for name in categories}))


def _borrowed(shown: Shown, classes: list[str]) -> str:
    """Which of these classes have none of their own scene categories here, in words."""
    scenes = shown.data.backgrounds
    lost = [words(name) for name in classes if scenes and not scenes.own_categories(name)]
    return f"none of their own scenes is here: {', '.join(lost)}" if lost else ""

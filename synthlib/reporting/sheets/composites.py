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

from synthlib.compositing import augmentation
from synthlib.compositing.composite import make_composites, render_on_black, uncropped
from synthlib.data.preprocess import crop_centre_square
from synthlib.data.samples import BACKGROUND_DRAWS, background_sampler
from synthlib.reporting.figures.image_grids import page_sheet
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.context import (
    SheetContext,
    even_columns,
    figure_class,
    numbered_classes,
    sheet_title,
    typical_instance_views,
)
from synthlib.reporting.sheets.run_images import front_views, read_image
from synthlib.seeding import uniforms
from synthlib.utils.errors import file_errors

PastedImages = tuple[list[np.ndarray], np.ndarray, list[str]]

INSTANCE_COLUMNS = 6
"""Columns of a sheet of one instance."""

N_DRAWS = 8
"""Placements drawn of each object of Figure 8; the largest is shown, as many are hard to see."""


def composite_views(context: SheetContext, figure_number: int, rows: int = 3) -> Figure:
    """Figures 6 and 7: views of one training instance, each augmented and pasted on a scene."""
    cls, why = figure_class(figure_number, context.params.classes)
    views = typical_instance_views(context.renders, cls).head(rows * INSTANCE_COLUMNS)
    images, _, behind = _paste_on_backgrounds(context, views, f"figure_{figure_number:02d}")
    note = f"instance {views['instance'].iloc[0]}: {len(views)} views on {_category_list(behind)}"
    return page_sheet(
        images,
        [""] * len(images),
        columns=INSTANCE_COLUMNS,
        title=sheet_title(
            "figure", figure_number, why, note, _borrowed_backgrounds_note(context, [cls])
        ),
        stand_in=context.params.stand_in,
    )


def composites_with_background(context: SheetContext) -> Figure:
    """Figure 8: one view of an object of each class, pasted on a scene of its class."""
    views = one_view_per_class(context)
    images, _ = largest_composites(context, views)
    borrowed = _borrowed_backgrounds_note(context, list(views["class"]))
    note = f"an object of each class, where it is largest in {N_DRAWS} draws"
    return _class_sheet(context, 8, images, views, note, borrowed)


def composites_without_background(context: SheetContext) -> Figure:
    """Figure 9: the same views on black, filling the frame."""
    views = one_view_per_class(context)
    cut = read_renders(context, views)
    images = render_on_black(uncropped(cut), cut.shape[1])
    return _class_sheet(context, 9, to_uint8_images(images), views, "the same objects")


def largest_composites(
    context: SheetContext, views: pd.DataFrame
) -> tuple[list[np.ndarray], np.ndarray]:
    """Composites of these renders, each where the object is largest in `DRAWN` draws, and the
    share that it covers."""
    drawn = [_paste_on_backgrounds(context, views, f"figure_08_{draw}") for draw in range(N_DRAWS)]
    covered = np.array([seen for _, seen, _ in drawn])
    images = [drawn[draw][0][row] for row, draw in enumerate(covered.argmax(axis=0))]
    return images, covered.max(axis=0)


def one_view_per_class(context: SheetContext) -> pd.DataFrame:
    """The same view of a training object of each class, in the thesis's order of classes."""
    train = front_views(context.renders.query("split == 'train'"))
    first = train.drop_duplicates("class").set_index("class", drop=False)
    return first.loc[
        [name for _, name in numbered_classes(context.params.classes) if name in first.index]
    ]


def _class_sheet(
    context: SheetContext, number: int, images: list[np.ndarray], views: pd.DataFrame, *notes: str
) -> Figure:
    columns = even_columns(len(images))
    # an image without a background is no photograph's: only scenes can be stand-ins
    return page_sheet(
        images,
        [readable_name(name) for name in views["class"]],
        columns=columns,
        title=sheet_title("figure", number, *notes),
        stand_in=context.params.stand_in and number == 8,
    )


def _paste_on_backgrounds(context: SheetContext, views: pd.DataFrame, key: str) -> PastedImages:
    """uint8 (S, S, 3) composites of these renders, the share of each that the object covers, and
    the scene categories."""
    p, preset = context.params, augmentation.THESIS_SYNTHETIC
    scenes = background_sampler(p, context.data, "train")
    u = uniforms(
        p.seed, "exhibits", key, ids=np.arange(len(views)), n=BACKGROUND_DRAWS + preset.n_draws
    )
    labels = np.array([p.classes.index(name) for name in views["class"]])
    names = scenes.names[scenes.sample_rows(labels, u[:, :BACKGROUND_DRAWS])]
    cut = read_renders(context, views)
    size = max(cut.shape[1], p.image_size)
    behind = np.stack([read_background(context.root / name, size) for name in names])
    backgrounds = torch.from_numpy(behind).permute(0, 3, 1, 2)
    placement = augmentation.preset_placements(u[:, BACKGROUND_DRAWS:], preset)
    made = make_composites(uncropped(cut), backgrounds, placement)
    assert context.data.backgrounds is not None  # scenes were drawn from them
    table = context.data.backgrounds.table.set_index("sample")["category"]
    covered = made.masks.mean(dim=(1, 2)).numpy()
    return to_uint8_images(made.images), covered, [str(name) for name in table.loc[names]]


def read_renders(context: SheetContext, views: pd.DataFrame) -> torch.Tensor:
    """uint8 (n, S, S, 4): these renders."""
    return torch.from_numpy(np.stack([read_image(context.store / file) for file in views["file"]]))


def read_background(path: Path, size: int) -> np.ndarray:
    """uint8 (size, size, 3): a background as it is packed for training, at another size."""
    with file_errors(path, "read"), Image.open(path) as image:
        return np.asarray(crop_centre_square(size)(image.convert("RGB")))


def to_uint8_images(images: torch.Tensor) -> list[np.ndarray]:
    """uint8 (S, S, 3) of each image, float (n, 3, S, S) in [0, 1]."""
    return list((images.permute(0, 2, 3, 1) * 255).round().clamp(0, 255).byte().numpy())


def _category_list(categories: list[str]) -> str:
    return ", ".join(sorted({readable_name(name) for name in categories}))


def _borrowed_backgrounds_note(context: SheetContext, classes: list[str]) -> str:
    """Which of these classes have none of their own scene categories here, in words."""
    scenes = context.data.backgrounds
    lost = [readable_name(name) for name in classes if scenes and not scenes.own_categories(name)]
    return f"none of their own scenes is here: {', '.join(lost)}" if lost else ""

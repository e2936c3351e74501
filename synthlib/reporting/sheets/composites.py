"""Sheets of composites: Figures 6 to 9.

Renders are pasted as in training, with the thesis's augmentation, but at the size of the renders;
the model gets them scaled down to its input size.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from PIL import Image

from synthlib.compositing import augmentation
from synthlib.compositing.composite import make_composites, render_on_black, uncropped
from synthlib.data.preprocess import crop_centre_square
from synthlib.data.samples import BACKGROUND_DRAWS, background_sampler
from synthlib.rendering.view_files import mask_file
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
from synthlib.reporting.sheets.run_images import front_views, read_image, to_uint8
from synthlib.seeding import uniforms
from synthlib.utils.errors import file_errors

INSTANCE_COLUMNS = 6
"""Number of columns of a sheet of one instance."""

N_DRAWS = 8
"""Placements drawn for each object of Figure 8; the one with the largest object is shown."""


class PastedImages(NamedTuple):
    """Composites of n renders.

    Attributes:
        images: n composites, uint8 (S, S, 3) each.
        coverage: Share of each composite that the object covers, float (n,) in [0, 1].
        categories: Scene category of each background.
    """

    images: list[np.ndarray]
    coverage: np.ndarray
    categories: list[str]


def composite_views(context: SheetContext, figure_number: int, rows: int = 3) -> Figure:
    """Draw Figure 6 or 7: views of one training instance, each pasted on a background.

    Args:
        context: The study's data.
        figure_number: 6 or 7.
        rows: Number of rows of the sheet, with `INSTANCE_COLUMNS` views each.
    """
    cls, substitution = figure_class(figure_number, context.params.classes)
    views = typical_instance_views(context.renders, cls).head(rows * INSTANCE_COLUMNS)
    pasted = _paste_on_backgrounds(context, views, f"figure_{figure_number:02d}")
    categories = ", ".join(sorted({readable_name(name) for name in pasted.categories}))
    note = f"instance {views['instance'].iloc[0]}: {len(views)} views on {categories}"
    borrowed = _borrowed_backgrounds_note(context, [cls])
    return page_sheet(
        pasted.images,
        columns=INSTANCE_COLUMNS,
        title=sheet_title("figure", figure_number, substitution, note, borrowed),
    )


def composites_with_background(context: SheetContext) -> Figure:
    """Draw Figure 8: one view of an object of each class, pasted on a background of its class."""
    views = one_view_per_class(context)
    images, _ = largest_composites(context, views)
    borrowed = _borrowed_backgrounds_note(context, list(views["class"]))
    note = f"an object of each class, where it is largest in {N_DRAWS} draws"
    return _class_sheet(context, 8, images, views, note, borrowed)


def composites_without_background(context: SheetContext) -> Figure:
    """Draw Figure 9: the views of Figure 8 on black, filling the frame."""
    views = one_view_per_class(context)
    renders = read_renders(context, views)
    images = render_on_black(uncropped(renders), renders.shape[1])
    return _class_sheet(context, 9, list(to_uint8(images)), views, "the same objects")


def largest_composites(
    context: SheetContext, views: pd.DataFrame
) -> tuple[list[np.ndarray], np.ndarray]:
    """Paste renders `N_DRAWS` times, and choose for each the composite with the largest object.

    Args:
        context: The study's data.
        views: Rows of the manifest.

    Returns:
        The composites, uint8 (S, S, 3) each, and the share of each that the object covers, float
        (n,) in [0, 1].
    """
    draws = [_paste_on_backgrounds(context, views, f"figure_08_{draw}") for draw in range(N_DRAWS)]
    coverage = np.array([pasted.coverage for pasted in draws])
    best_draws = coverage.argmax(axis=0)
    images = [draws[draw].images[row] for row, draw in enumerate(best_draws)]
    return images, coverage.max(axis=0)


def one_view_per_class(context: SheetContext) -> pd.DataFrame:
    """Choose one view of a training object of each class, in the thesis's order of classes."""
    train = front_views(context.renders.query("split == 'train'"))
    by_class = train.drop_duplicates("class").set_index("class", drop=False)
    names = [name for _, name in numbered_classes(context.params.classes)]
    return by_class.loc[[name for name in names if name in by_class.index]]


def _class_sheet(
    context: SheetContext, number: int, images: list[np.ndarray], views: pd.DataFrame, *notes: str
) -> Figure:
    return page_sheet(
        images,
        [readable_name(name) for name in views["class"]],
        columns=even_columns(len(images)),
        title=sheet_title("figure", number, *notes),
    )


def _paste_on_backgrounds(context: SheetContext, views: pd.DataFrame, key: str) -> PastedImages:
    """Paste renders on backgrounds of their classes, with draws of the random stream `key`."""
    params = context.params
    preset = augmentation.THESIS_SYNTHETIC
    sampler = background_sampler(params, context.data, "train")
    u = uniforms(
        params.seed,
        "exhibits",
        key,
        ids=np.arange(len(views)),
        n=BACKGROUND_DRAWS + preset.n_draws,
    )
    labels = np.array([params.classes.index(name) for name in views["class"]])
    names = sampler.names[sampler.sample_rows(labels, u[:, :BACKGROUND_DRAWS])]
    renders = read_renders(context, views)
    size = max(renders.shape[1], params.image_size)
    pixels = np.stack([read_background(context.root / name, size) for name in names])
    backgrounds = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    placement = augmentation.preset_placements(u[:, BACKGROUND_DRAWS:], preset)
    masks = renders[..., -1] > 0
    border = torch.cat([masks[:, [0, -1]], masks[:, :, [0, -1]].mT], dim=1)
    is_cut_off = border.flatten(1).any(dim=1).numpy()
    composites = make_composites(uncropped(renders), backgrounds, placement.fill_frame(is_cut_off))
    assert context.data.backgrounds is not None  # the sampler draws from them
    categories = context.data.backgrounds.table.set_index("sample")["category"].loc[names]
    coverage = composites.masks.mean(dim=(1, 2)).numpy()
    return PastedImages(list(to_uint8(composites.images)), coverage, categories.tolist())


def read_renders(context: SheetContext, views: pd.DataFrame) -> torch.Tensor:
    """Read renders, and their own masks if the store has them: uint8 (n, S, S, 4 or 5)."""
    pixels = np.stack([read_image(context.store / file) for file in views["file"]])
    if "mask_sha256" in views:
        masks = [read_image(context.store / mask_file(file)) for file in views["file"]]
        pixels = np.concatenate([pixels, np.stack(masks)[..., None]], axis=-1)
    return torch.from_numpy(pixels)


def read_background(path: Path, size: int) -> np.ndarray:
    """Read a background, cropped as for training but at another size: uint8 (size, size, 3)."""
    with file_errors(path, "read"), Image.open(path) as image:
        return np.asarray(crop_centre_square(size)(image.convert("RGB")))


def _borrowed_backgrounds_note(context: SheetContext, classes: list[str]) -> str:
    """Name the classes for which no background of their own categories is on this machine."""
    data = context.data.backgrounds
    names = [readable_name(name) for name in classes if data and not data.own_categories(name)]
    return f"without a background of their own categories: {', '.join(names)}" if names else ""

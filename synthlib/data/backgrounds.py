"""Backgrounds of composites: which photograph is behind an object, and which part of it.

Test composites have central squares of Places's photographs in every run. In training the parameter
`backgrounds` chooses the source:

- `places`: scene categories, by the parameter `scenes` those of the class, of the study, or any.
- `folder`: all photographs of `backgrounds_folder`, the same for all classes.
- `photographs`: the photographs that the run trains on, of other classes than the object's.

With `background_crop_range` below 1, a random square of a training background is behind the object
instead of the largest square.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from synthlib.compositing.crops import crop_and_resize, squash_crop
from synthlib.data.packs import Pack
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.photographs.subsets import training_photographs

BACKGROUND_DRAWS = 2
"""Number of uniform draws that choose a background: its scene category, and the photograph in it.
They are the first columns of a synthetic sample's draws, before those of its preset."""

SQUARE_DRAWS = 3
"""Number of uniform draws that choose a square of a background: its area, its row and its column.
"""


@dataclass(frozen=True)
class BackgroundSampler:
    """Background photographs, drawn at random for the class of an object.

    Each class has its own scene categories. A category is drawn first, then a photograph in it
    (thesis 4.2.2).

    Attributes:
        packs: Packs of M backgrounds by their side in pixels; all have the same order.
        names: Names of the backgrounds in that order, str in an object array (M,).
        hashes: SHA-256 of their files, str in an object array (M,).
        rows_by_class: For each class, a list with an array for each of its scene categories: the
            rows of that category's backgrounds in the packs, int64.
        uncut: Pack of the same backgrounds as whole photographs, of which squares are cut when
            they are read; None: `packs` holds their central squares.
        crop_area: Range of the area of these squares, as a share of the largest square.
    """

    packs: Mapping[int, Pack]
    names: np.ndarray
    hashes: np.ndarray
    rows_by_class: list[list[np.ndarray]]
    uncut: Pack | None = None
    crop_area: tuple[float, float] = (1.0, 1.0)

    def sample_rows(self, labels: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Draw a background for each object.

        Args:
            labels: Class indices of the objects, int (n,).
            u: Uniform draws in [0, 1), float (n, 2): for the category, for the photograph.

        Returns:
            Rows of the backgrounds in the packs, int64 (n,).
        """
        rows = np.empty(len(labels), np.int64)
        for i, (label, (u_category, u_photograph)) in enumerate(
            zip(labels.tolist(), u.tolist(), strict=True)
        ):
            categories = self.rows_by_class[label]
            category = categories[int(u_category * len(categories))]
            rows[i] = category[int(u_photograph * len(category))]
        return rows

    def load_images(
        self, rows: np.ndarray, side: int, device: torch.device, u: np.ndarray | None = None
    ) -> Tensor:
        """Read backgrounds.

        Args:
            rows: Rows in the packs, int (n,).
            side: Side of the images in pixels; central squares must be packed at this side or at a
                larger one.
            device: Device of the result.
            u: Uniform draws in [0, 1), float (n, 3), that choose the squares which are cut from
                whole photographs. None: the central ones.

        Returns:
            float32 (n, 3, side, side) in [0, 1].

        Raises:
            DataError: If no pack has this side or a larger one.
        """
        if self.uncut is not None:
            boxes = square_boxes(self.uncut.sizes[rows], self.crop_area, u)
            pixels, _ = self.uncut.gather(rows, boxes)
            sizes = boxes[:, 2:]
        else:
            packed = min((packed for packed in self.packs if packed >= side), default=None)
            if packed is None:
                raise DataError(
                    f"backgrounds of {side} px are not packed, only of {sorted(self.packs)}: "
                    "prepare the data with the parameters of this run"
                )
            pixels, sizes = self.packs[packed].gather(rows)
            if packed == side:
                return torch.from_numpy(pixels).to(device).float().div_(255).permute(0, 3, 1, 2)
        return crop_and_resize(torch.from_numpy(pixels).to(device), squash_crop(sizes), side)


def square_boxes(
    sizes: np.ndarray, area: tuple[float, float], u: np.ndarray | None = None
) -> np.ndarray:
    """Squares of photographs, of whole pixels.

    Args:
        sizes: Height and width of each photograph in pixels, int (n, 2).
        area: Range of the area of a square, as a share of the largest one.
        u: Uniform draws in [0, 1), float (n, 3): area, row, column. Where they are None or the
            area is 1, the square is the largest one at the photograph's centre.

    Returns:
        Top, left, height and width in pixels, int64 (n, 4).
    """
    shorter = sizes.min(axis=1)
    if u is None or area == (1.0, 1.0):
        sides, corners = shorter, (sizes - shorter[:, None]) // 2
    else:
        share = area[0] + (area[1] - area[0]) * u[:, 0]
        sides = np.clip(np.rint(shorter * np.sqrt(share)), 1, shorter).astype(np.int64)
        corners = np.floor(u[:, 1:] * (sizes - sides[:, None] + 1)).astype(np.int64)
    return np.column_stack([corners, sides, sides])


def background_sampler(params: Params, data: StudyData, split: str) -> BackgroundSampler:
    """Central squares of Places's photographs of a split ("train" or "test"), by scene category.

    Raises:
        DataError: If the data has no backgrounds.
    """
    if data.backgrounds is None or not data.background_packs:
        raise DataError(
            "this data has no backgrounds of Places: prepare it with synthetic_bg, or, where the "
            "data root has no places/, leave synthetic_bg out of test_sets"
        )
    table = data.backgrounds.table
    table = table.assign(row=np.arange(len(table)))
    rows_by_category = {
        name: group["row"].to_numpy()
        for name, group in table[table["split"] == split].groupby("category")
    }
    rows_by_class = [
        [rows_by_category[category] for category in data.backgrounds.categories_by_class[name]]
        for name in params.classes
    ]
    names, hashes = (table[column].to_numpy(object) for column in ("sample", "sha256"))
    return BackgroundSampler(data.background_packs, names, hashes, rows_by_class)


def training_backgrounds(params: Params, data: StudyData) -> BackgroundSampler:
    """The backgrounds that a run trains on, by the parameters `backgrounds` and their crop.

    Raises:
        DataError: If the data has no backgrounds of this source.
    """
    least, most = params.background_crop_range
    if params.backgrounds == "places":
        sampler = background_sampler(params, data, "train")
        return replace(sampler, uncut=data.uncut_background_pack, crop_area=(least, most))
    if params.backgrounds == "folder":
        table, uncut = data.folder_backgrounds, data.uncut_background_pack
        if table is None or uncut is None:
            raise DataError(
                "this data has no backgrounds of a folder: prepare it with synthetic_bg"
            )
        rows_by_class = [[np.arange(len(table))]] * len(params.classes)
    else:
        table, uncut = data.photographs.table, data.photograph_pack
        rows_by_class = _rows_of_other_classes(params, data)
    names, hashes = (table[column].to_numpy(object) for column in ("sample", "sha256"))
    return BackgroundSampler({}, names, hashes, rows_by_class, uncut, (least, most))


def _rows_of_other_classes(params: Params, data: StudyData) -> list[list[np.ndarray]]:
    """For each class, the rows of the run's training photographs of each of the other classes."""
    table = data.photographs.table
    used = training_photographs(params, table)
    is_used = table["sample"].isin(set(used["sample"]))
    rows = [np.flatnonzero(is_used & (table["class"] == name)) for name in params.classes]
    return [[*rows[:i], *rows[i + 1 :]] for i in range(len(rows))]

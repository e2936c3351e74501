"""Image sets: rows of tables, turned into arrays from which the images of a run are computed.

`StudyData` holds DataFrames with one row per photograph, render or background. The functions of
this module turn some of these rows into an `ImageSet`, arrays with one entry per sample (name,
label, row in the pack, key of its random draws, hash); later steps read no table.

A sample is a photograph or a render. Its name never changes: the path below the data root for a
photograph, `<class>/<instance>/<view>` for a render. All its random draws are keyed by its name.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.compositing.augmentation import Preset, apply_after_crop, preset_crop
from synthlib.compositing.composite import CutoutBatch, CutoutPyramid
from synthlib.compositing.crops import Crop
from synthlib.data import render_subsets
from synthlib.data.packs import Pack
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.rendering.manifest import render_names
from synthlib.seeding import sample_ids


@dataclass(frozen=True)
class ImageSet:
    """N photographs or renders in packs.

    Attributes:
        pack: The pack that holds the images.
        names: Names of the samples, str in an object array (N,).
        labels: Class index of each, int64 (N,).
        pack_rows: Row of each in the pack, int64 (N,).
        sample_ids: Key of the random draws of each, uint64 (N,).
        hashes: SHA-256 of each file, str in an object array (N,).
        smaller_packs: For renders, further packs of them, each at about half the side of the pack
            before it.
        is_cut_off: For renders, True for each that the frame cuts off, bool (N,).
        feet: For renders, the middle of the lower side of the object's box, x and y as shares of
            the frame's side from the upper left, float (N, 2).
    """

    pack: Pack
    names: np.ndarray
    labels: np.ndarray
    pack_rows: np.ndarray
    sample_ids: np.ndarray
    hashes: np.ndarray
    smaller_packs: tuple[Pack, ...] = ()
    is_cut_off: np.ndarray | None = None
    feet: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.names)

    def crop_windows(
        self, index: np.ndarray, u: np.ndarray, preset: Preset, size: int, device: torch.device
    ) -> tuple[Tensor, Crop]:
        """Read the parts of photographs that the crops of a preset need.

        Args:
            index: Positions of the samples in this set, int (n,).
            u: Uniform draws in [0, 1), float (n, preset.n_draws).
            preset: The augmentation.
            size: Side of the model's input in pixels.
            device: Device of the result.

        Returns:
            The pixels around each crop, uint8 (n, H, W, 3), padded with 0 at the right and bottom,
            and the n crops relative to them. Nothing else is read from the pack.
        """
        rows = self.pack_rows[index]
        crop = preset_crop(u, preset, self.pack.sizes[rows], size)
        windows = crop.windows(size)
        pixels = torch.from_numpy(self.pack.gather(rows, windows)[0]).to(device)
        return pixels, crop.relative_to(windows)

    def augmented_photographs(
        self, index: np.ndarray, u: np.ndarray, preset: Preset, size: int, device: torch.device
    ) -> Tensor:
        """Augment photographs by a preset; arguments are those of `crop_windows`.

        Returns:
            float32 (n, 3, size, size) in [0, 1], not yet normalised.
        """
        pixels, crop = self.crop_windows(index, u, preset, size, device)
        return apply_after_crop(pixels, crop, u, preset, size)

    def cut_off(self, index: np.ndarray) -> np.ndarray:
        """True for each render that its frame cuts off, bool (n,); `index` as for `cutouts`."""
        return np.zeros(len(index), bool) if self.is_cut_off is None else self.is_cut_off[index]

    def cutouts(self, index: np.ndarray, device: torch.device) -> CutoutPyramid:
        """Renders at all scales that are packed.

        Args:
            index: Positions of the renders in this set, int (n,).
            device: Device of the pixels, which are read only when `load_pixels` is called.
        """
        rows = self.pack_rows[index]
        return [_cutout_batch(pack, rows, device) for pack in (self.pack, *self.smaller_packs)]


def photograph_image_set(params: Params, data: StudyData, chosen: pd.DataFrame) -> ImageSet:
    """Image set of some photographs of a study.

    Args:
        params: The run's parameters.
        data: The study's data.
        chosen: A table of photographs, of which only the column `sample` (the name) is read. The
            result has the order of the study's table.
    """
    table = data.photographs.table
    table = table[table["sample"].isin(set(chosen["sample"]))]
    return _image_set(params, data.photograph_pack, table, list(table["sample"]))


def render_image_set(
    params: Params,
    data: StudyData,
    splits: tuple[str, ...],
    fraction: float = 1.0,
    kept_files: set[str] | None = None,
) -> ImageSet:
    """Image set of the renders of a study, or of a subset of them.

    Args:
        params: The run's parameters.
        data: Data that was prepared with renders.
        splits: Splits to take renders from: "train", "test" or both.
        fraction: Share of each class's renders to take, in (0, 1]. A smaller subset is part of a
            larger one, and all runs with the same data seed get the same subset.
        kept_files: Values of the column `file` to choose from. None: all.

    Raises:
        DataError: If the data has no renders.
    """
    table, packs = packed_renders(data)
    table = table[table["split"].isin(splits)]
    if kept_files is not None:
        table = table[table["file"].isin(kept_files)]
    if fraction < 1:
        table = render_subsets.fraction_subset(table, fraction, seed=params.data_seed)
    images = _image_set(params, packs[0], table, render_names(table), packs[1:])
    is_cut_off = (table[["left", "top"]] == 0).any(axis=1)
    is_cut_off |= (table[["right", "bottom"]] == params.render_size).any(axis=1)
    if "others_cut" in table:
        is_cut_off |= table["others_cut"]
    feet = np.stack([(table["left"] + table["right"]) / 2, table["bottom"]], axis=1)
    feet = feet / params.render_size
    return replace(images, is_cut_off=is_cut_off.to_numpy(), feet=feet)


def packed_renders(data: StudyData) -> tuple[pd.DataFrame, tuple[Pack, ...]]:
    """The table of renders, whose index is the row in the packs, and the packs, largest first.

    Raises:
        DataError: If the data has no renders.
    """
    if data.renders is None or not data.render_packs:
        raise DataError("this data has no renders: prepare it with a synthetic domain")
    return data.renders.reset_index(drop=True), data.render_packs


def _image_set(
    params: Params,
    pack: Pack,
    table: pd.DataFrame,
    names: list[str],
    smaller_packs: tuple[Pack, ...] = (),
) -> ImageSet:
    """Image set of the rows of `table`, whose index is the row number in the pack."""
    labels = table["class"].map({name: i for i, name in enumerate(params.classes)})
    return ImageSet(
        pack,
        np.array(names, object),
        labels.to_numpy(np.int64),
        table.index.to_numpy(),
        sample_ids(names),
        table["sha256"].to_numpy(object),
        smaller_packs,
    )


def _cutout_batch(pack: Pack, rows: np.ndarray, device: torch.device) -> CutoutBatch:
    def load_pixels(positions: np.ndarray) -> Tensor:
        return torch.from_numpy(pack.gather(rows[positions])[0]).to(device)

    return CutoutBatch(load_pixels, pack.sizes[rows], pack.corners[rows], pack.canvas_sides[rows])

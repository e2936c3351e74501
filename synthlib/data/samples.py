"""Samples of a run: the one place where rows of tables become images that a run can draw.

`StudyData` holds DataFrames with one row per photograph, render or background. The functions of
this module turn chosen rows into typed objects; later steps read no table:

- `photograph_image_set`, `render_image_set`: rows to an `ImageSet`, arrays with one entry per
  sample (name, label, row in the pack, key of its draws, hash).
- `background_sampler`: rows to a `BackgroundSampler`, backgrounds by class and scene category.
- `synthetic_images`: an `ImageSet` of renders and a `BackgroundSampler` to `SyntheticImages`, which
  makes composites.

A sample is named permanently: a photograph by its path below the data root, a render by
`<class>/<instance>/<view>`. All random draws of a sample are keyed by its name.

The parameter `synthetic_domain` chooses the synthetic images (thesis 5.2, 6.3): `synthetic_bg`,
`synthetic_nobg` (on black), `hybrid` (on black or not by class), `bg_only` (a control: the object
is left out, its label stays). `nobg_affine` applies the affine augmentation to objects on black
too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.compositing import augmentation
from synthlib.compositing.augmentation import (
    Preset,
    apply_after_crop,
    augment,
    preset_crop,
    preset_placements,
)
from synthlib.compositing.composite import CutoutBatch, CutoutPyramid, paste, render_on_black
from synthlib.compositing.crops import Crop
from synthlib.data import render_subsets
from synthlib.data.packs import Pack
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import render_names
from synthlib.seeding import sample_ids
from synthlib.utils.errors import ParameterError

BACKGROUND_DRAWS = 2
"""Uniform draws that choose a background: the scene category and the photograph in it."""


@dataclass(frozen=True)
class ImageSet:
    """N photographs or renders in packs.

    Attributes:
        pack: The pack that holds the images.
        names: Names of the samples, object (N,).
        labels: Indices of their classes, int64 (N,).
        pack_rows: Their rows in the pack, int64 (N,).
        sample_ids: Keys of their random draws, uint64 (N,).
        hashes: SHA-256 of their files, object (N,).
        smaller_packs: Packs of the same renders, each at half the side of the one before.
    """

    pack: Pack
    names: np.ndarray
    labels: np.ndarray
    pack_rows: np.ndarray
    sample_ids: np.ndarray
    hashes: np.ndarray
    smaller_packs: tuple[Pack, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def crop_windows(
        self, index: np.ndarray, u: np.ndarray, preset: Preset, size: int, device: torch.device
    ) -> tuple[Tensor, Crop]:
        """Pixels of photographs around the crops of a preset, and the crops in them.

        Args:
            index: Numbers of the samples in this set, int (n,).
            u: Uniform draws, float (n, preset.n_draws).
            preset: The augmentation.
            size: Side of the model's input in pixels.
            device: Device of the result.

        Returns:
            uint8 (n, H, W, 3), padded at the right and below, and n crops relative to it. Only
            these pixels are read from the pack.
        """
        rows = self.pack_rows[index]
        crop = preset_crop(u, preset, self.pack.sizes[rows], size)
        windows = crop.windows(size)
        pixels = torch.from_numpy(self.pack.gather(rows, windows)[0]).to(device)
        return pixels, crop.relative_to(windows)

    def augmented_photographs(
        self, index: np.ndarray, u: np.ndarray, preset: Preset, size: int, device: torch.device
    ) -> Tensor:
        """Photographs under a preset, float32 (n, 3, size, size) in [0, 1].

        Arguments are those of `crop_windows`.
        """
        pixels, crop = self.crop_windows(index, u, preset, size, device)
        return apply_after_crop(pixels, crop, u, preset, size)

    def cutouts(self, index: np.ndarray, device: torch.device) -> CutoutPyramid:
        """Renders at all their scales; pixels are read, onto `device`, when they are needed."""
        rows = self.pack_rows[index]
        return [_cutout_batch(pack, rows, device) for pack in (self.pack, *self.smaller_packs)]


@dataclass(frozen=True)
class BackgroundSampler:
    """Backgrounds by class.

    A scene category is drawn first, then a photograph in it (thesis 4.2.2).

    Attributes:
        packs: Packs of the same photographs in the same order, by their side in pixels.
        names: Names of all backgrounds in the packs' order, object (M,).
        hashes: SHA-256 of their files, object (M,).
        rows_by_class: For each class, an int64 array of rows for each of its scene categories.
    """

    packs: Mapping[int, Pack]
    names: np.ndarray
    hashes: np.ndarray
    rows_by_class: list[list[np.ndarray]]

    def sample_rows(self, labels: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Draw the row of a background for each object, int64 (n,).

        Args:
            labels: Class indices of the objects, int (n,).
            u: Uniform draws in [0, 1), float (n, 2).
        """
        rows = np.empty(len(labels), np.int64)
        for i, (label, (u_category, u_photograph)) in enumerate(zip(labels, u, strict=True)):
            categories = self.rows_by_class[label]
            category = categories[int(u_category * len(categories))]
            rows[i] = category[int(u_photograph * len(category))]
        return rows

    def load_images(self, rows: np.ndarray, side: int, device: torch.device) -> Tensor:
        """Backgrounds as float32 (n, 3, side, side) in [0, 1].

        Raises:
            DataError: If no pack has this side.
        """
        if side not in self.packs:
            raise DataError(
                f"backgrounds of {side} px are not packed, only of {sorted(self.packs)}: "
                "prepare the data with the parameters of this run"
            )
        pixels = torch.from_numpy(self.packs[side].gather(rows)[0]).to(device).permute(0, 3, 1, 2)
        return pixels.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


@dataclass(frozen=True)
class SyntheticImages:
    """Renders and the way in which images are made of them.

    Attributes:
        renders: The renders.
        backgrounds: Their backgrounds; None where no class has any.
        on_black: True for classes shown on black, bool (classes,).
        preset: Augmentation of objects on backgrounds.
        black_preset: Augmentation of objects on black.
        with_object: False leaves the object out and shows its background alone.
    """

    renders: ImageSet
    backgrounds: BackgroundSampler | None
    on_black: np.ndarray
    preset: Preset
    black_preset: Preset
    with_object: bool = True

    @property
    def n_draws(self) -> int:
        """Number of uniform draws per sample."""
        return BACKGROUND_DRAWS + self.preset.n_draws

    def preset_of(self, label: int) -> Preset:
        """The augmentation of a class's objects."""
        return self.black_preset if self.on_black[label] else self.preset

    def images(self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device) -> Tensor:
        """Augmented synthetic images.

        Args:
            index: Numbers of the renders, int (n,).
            u: Uniform draws, float (n, n_draws).
            size: Side of the model's input in pixels.
            device: Device of the result.

        Returns:
            float32 (n, 3, size, size) in [0, 1].
        """
        black = self.on_black[self.renders.labels[index]]
        images = torch.empty(len(index), 3, size, size, device=device)
        for on_black, preset in ((False, self.preset), (True, self.black_preset)):
            rows = np.flatnonzero(black == on_black)
            if len(rows):
                composites = self.composites(index[rows], u[rows], size, device)
                augmented = augment(composites, u[rows, BACKGROUND_DRAWS:], preset, size)
                images[torch.from_numpy(rows).to(device)] = augmented
        return images

    def background_images(
        self, index: np.ndarray, u: np.ndarray, side: int, device: torch.device
    ) -> Tensor:
        """Backgrounds of renders before the objects are pasted, float32 (n, 3, side, side)."""
        assert self.backgrounds is not None  # `synthetic_images` gives some unless all are on black
        rows = self.backgrounds.sample_rows(self.renders.labels[index], u[:, :BACKGROUND_DRAWS])
        return self.backgrounds.load_images(rows, side, device)

    def composites(
        self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device
    ) -> Tensor:
        """Images before augmentation, of renders that are all on black or all on backgrounds.

        Arguments are those of `images`.

        Returns:
            float32 (n, 3, side, side) in [0, 1], with the side `Preset.composite_side`.
        """
        label = self.renders.labels[index[0]]
        make = self._on_black if self.on_black[label] else self._on_backgrounds
        return make(index, u, self.preset_of(label).composite_side(size), device)

    def _on_backgrounds(
        self, index: np.ndarray, u: np.ndarray, side: int, device: torch.device
    ) -> Tensor:
        images = self.background_images(index, u, side, device)
        if self.with_object:
            placement = preset_placements(u[:, BACKGROUND_DRAWS:], self.preset)
            paste(self.renders.cutouts(index, device), images, placement)
        return images

    def _on_black(
        self, index: np.ndarray, u: np.ndarray, side: int, device: torch.device
    ) -> Tensor:
        cutouts = self.renders.cutouts(index, device)
        if self.black_preset.placement is None:
            return render_on_black(cutouts, side)
        images = torch.zeros(len(index), 3, side, side, device=device)
        paste(cutouts, images, preset_placements(u[:, BACKGROUND_DRAWS:], self.black_preset))
        return images


def photograph_image_set(params: Params, data: StudyData, chosen: pd.DataFrame) -> ImageSet:
    """The chosen photographs (column `sample`), in the order of the study's table."""
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
    """Renders of a study.

    Args:
        params: The run's parameters.
        data: Data that was prepared with renders.
        splits: Splits to take renders from, "train" or "test".
        fraction: Share of each class's training renders to take; subsets are nested and equal in
            every run of a data seed.
        kept_files: Entries of the column `file` to choose from. None: all.

    Raises:
        DataError: If the data has no renders.
    """
    table, packs = packed_renders(data)
    table = table[table["split"].isin(splits)]
    if kept_files is not None:
        table = table[table["file"].isin(kept_files)]
    if fraction < 1:
        table = render_subsets.fraction_subset(table, fraction, seed=params.data_seed)
    return _image_set(params, packs[0], table, render_names(table), packs[1:])


def packed_renders(data: StudyData) -> tuple[pd.DataFrame, tuple[Pack, ...]]:
    """The table of renders, indexed by their rows in the packs, and the packs.

    Raises:
        DataError: If the data has no renders.
    """
    if data.renders is None or not data.render_packs:
        raise DataError("this data has no renders: prepare it with a synthetic domain")
    return data.renders.reset_index(drop=True), data.render_packs


def background_sampler(params: Params, data: StudyData, split: str) -> BackgroundSampler:
    """The backgrounds of a split ("train" or "test") by class and scene category.

    Raises:
        DataError: If the data has no backgrounds.
    """
    if data.backgrounds is None or not data.background_packs:
        raise DataError("this data has no backgrounds: prepare it with synthetic_bg")
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


def synthetic_images(params: Params, data: StudyData, renders: ImageSet) -> SyntheticImages:
    """The synthetic images that a run makes of its training renders.

    Raises:
        ParameterError: If the domain is `hybrid` and its classes were not chosen.
    """
    domain, hybrid = params.synthetic_domain, params.hybrid_nobg
    if domain == "hybrid" and hybrid is None:
        raise ParameterError(
            "hybrid_nobg is not given: name the classes to train without background, or take "
            "study.resolve_hybrid_classes(params), which chooses them by the runs synth_bg and "
            "synth_nobg"
        )
    on_black = [domain == "synthetic_nobg" or name in (hybrid or ()) for name in params.classes]
    if params.augmentation_protocol == "matched":
        preset, black_preset = augmentation.MATCHED, augmentation.MATCHED_NOBG
        if params.nobg_affine:
            black_preset = augmentation.MATCHED
    else:
        preset, black_preset = augmentation.THESIS_SYNTHETIC, augmentation.THESIS_SYNTHETIC_NOBG
        if params.nobg_affine:
            black_preset = augmentation.THESIS_SYNTHETIC_NOBG_AFFINE
    backgrounds = None if all(on_black) else background_sampler(params, data, "train")
    return SyntheticImages(
        renders, backgrounds, np.array(on_black), preset, black_preset, domain != "bg_only"
    )


def _image_set(
    params: Params,
    pack: Pack,
    table: pd.DataFrame,
    names: list[str],
    smaller_packs: tuple[Pack, ...] = (),
) -> ImageSet:
    """The rows of a table whose index counts the rows of the pack."""
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
    def load_pixels(part: np.ndarray) -> Tensor:
        return torch.from_numpy(pack.gather(rows[part])[0]).to(device)

    return CutoutBatch(load_pixels, pack.sizes[rows], pack.corners[rows], pack.canvas_sides[rows])

"""Image sets: rows of tables, turned into arrays from which the images of a run are computed.

`StudyData` holds DataFrames with one row per photograph, render or background. The functions of
this module turn some of these rows into typed objects; later steps read no table:

- `photograph_image_set`, `render_image_set`: from rows to an `ImageSet`, arrays with one entry per
  sample (name, label, row in the pack, key of its random draws, hash).
- `background_sampler`: from rows to a `BackgroundSampler`, backgrounds by class and scene category.
- `synthetic_images`: from an `ImageSet` of renders (and the backgrounds) to `SyntheticImages`,
  which makes composites.

A sample is a photograph or a render. Its name never changes: the path below the data root for a
photograph, `<class>/<instance>/<view>` for a render. All its random draws are keyed by its name.

The parameter `synthetic_domain` chooses the kind of synthetic images (thesis 5.2, 6.3):

- `synthetic_bg`: objects on background photographs.
- `synthetic_nobg`: objects on black.
- `hybrid`: some classes on black (`hybrid_nobg`), the others on backgrounds.
- `bg_only`: backgrounds with the label of an object that is left out, a control.

The parameter `nobg_affine` applies the affine augmentation to objects on black too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.classes import select_classes
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
from synthlib.compositing.placement import Placement
from synthlib.data import render_subsets
from synthlib.data.packs import Pack
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import render_names
from synthlib.seeding import sample_ids
from synthlib.utils.errors import ParameterError

BACKGROUND_DRAWS = 2
"""Number of uniform draws that choose a background: its scene category, and the photograph in it.
They are the first columns of a synthetic sample's draws, before those of its preset."""


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
    """

    pack: Pack
    names: np.ndarray
    labels: np.ndarray
    pack_rows: np.ndarray
    sample_ids: np.ndarray
    hashes: np.ndarray
    smaller_packs: tuple[Pack, ...] = ()
    is_cut_off: np.ndarray | None = None

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
    """

    packs: Mapping[int, Pack]
    names: np.ndarray
    hashes: np.ndarray
    rows_by_class: list[list[np.ndarray]]

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

    def load_images(self, rows: np.ndarray, side: int, device: torch.device) -> Tensor:
        """Read backgrounds.

        Args:
            rows: Rows in the packs, int (n,).
            side: Side of the images in pixels; backgrounds of this side must be packed.
            device: Device of the result.

        Returns:
            float32 (n, 3, side, side) in [0, 1].

        Raises:
            DataError: If no pack has this side.
        """
        if side not in self.packs:
            raise DataError(
                f"backgrounds of {side} px are not packed, only of {sorted(self.packs)}: "
                "prepare the data with the parameters of this run"
            )
        pixels = torch.from_numpy(self.packs[side].gather(rows)[0]).to(device)
        return pixels.float().div_(255).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class SyntheticImages:
    """Renders, with the settings by which synthetic images are made from them.

    Attributes:
        renders: The renders.
        backgrounds: The backgrounds; None if all classes are shown on black.
        on_black: True for each class that is shown on black, bool (n_classes,).
        preset: Augmentation of objects on backgrounds.
        black_preset: Augmentation of objects on black.
        with_object: False shows the background alone, without the object (`bg_only`).
        scale_ranges: Least and greatest scale of each class's objects on backgrounds, float
            (n_classes, 2), instead of the preset's.
    """

    renders: ImageSet
    backgrounds: BackgroundSampler | None
    on_black: np.ndarray
    preset: Preset
    black_preset: Preset
    with_object: bool = True
    scale_ranges: np.ndarray | None = None

    @property
    def n_draws(self) -> int:
        """Number of uniform draws per sample."""
        return BACKGROUND_DRAWS + self.preset.n_draws

    def with_sizes(self, share: float) -> "SyntheticImages":
        """Images of the same renders, with objects on backgrounds at the upper part of their sizes.

        Args:
            share: Length of that part as a share of the range of sizes, in [0, 1]; 0 leaves only
                the largest size.
        """
        if share >= 1 or self.preset.placement is None:
            return self
        ranges = self.scale_ranges
        if ranges is None:
            ranges = np.tile(self.preset.placement.scale, (len(self.on_black), 1))
        least, most = ranges.T
        return replace(self, scale_ranges=np.stack([most - share * (most - least), most], axis=1))

    def preset_of(self, label: int) -> Preset:
        """The augmentation of objects of a class, given by its index."""
        return self.black_preset if self.on_black[label] else self.preset

    def images(self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device) -> Tensor:
        """Make augmented synthetic images.

        Args:
            index: Positions of the renders in `renders`, int (n,).
            u: Uniform draws in [0, 1), float (n, n_draws).
            size: Side of the model's input in pixels.
            device: Device of the result.

        Returns:
            float32 (n, 3, size, size) in [0, 1], not yet normalised.
        """
        is_on_black = self.on_black[self.renders.labels[index]]
        images = torch.empty(len(index), 3, size, size, device=device)
        for on_black, preset in ((False, self.preset), (True, self.black_preset)):
            rows = np.flatnonzero(is_on_black == on_black)
            if len(rows):
                needs_masks = preset.object_in_crop > 0 and self.with_object and not on_black
                composites = self.composites(index[rows], u[rows], size, device, needs_masks)
                masks = composites[:, 3] if needs_masks else None
                augmented = augment(
                    composites[:, :3], u[rows, BACKGROUND_DRAWS:], preset, size, masks=masks
                )
                if len(rows) == len(index):
                    return augmented
                images[torch.from_numpy(rows).to(device)] = augmented
        return images

    def background_images(
        self, index: np.ndarray, u: np.ndarray, side: int, device: torch.device
    ) -> Tensor:
        """Backgrounds on which renders will be pasted.

        Args:
            index: Positions of the renders in `renders`, int (n,).
            u: Uniform draws in [0, 1), float (n, n_draws).
            side: Side of the composites in pixels.
            device: Device of the result.

        Returns:
            float32 (n, 3, side, side) in [0, 1].
        """
        assert self.backgrounds is not None  # None only if all classes are on black
        rows = self.backgrounds.sample_rows(self.renders.labels[index], u[:, :BACKGROUND_DRAWS])
        return self.backgrounds.load_images(rows, side, device)

    def composites(
        self,
        index: np.ndarray,
        u: np.ndarray,
        size: int,
        device: torch.device,
        with_masks: bool = False,
    ) -> Tensor:
        """Make images before augmentation; the first arguments are those of `images`.

        The renders must all be of classes on black, or all of classes on backgrounds.

        Args:
            index: Positions of the renders in `renders`, int (n,).
            u: Uniform draws in [0, 1), float (n, n_draws).
            size: Side of the model's input in pixels.
            device: Device of the result.
            with_masks: Add a fourth channel, the share of each pixel that the object covers; only
                for classes on backgrounds.

        Returns:
            float32 (n, 3 or 4, side, side) in [0, 1], where side is that of
            `Preset.composite_side`.
        """
        label = self.renders.labels[index[0]]
        side = self.preset_of(label).composite_side(size)
        if self.on_black[label]:
            return self._on_black(index, u, side, device)
        images = self.background_images(index, u, side, device)
        if with_masks:
            images = torch.cat([images, torch.zeros_like(images[:, :1])], dim=1)
        if self.with_object:
            paste(self.renders.cutouts(index, device), images, self.placements(index, u))
        return images

    def placements(self, index: np.ndarray, u: np.ndarray) -> Placement:
        """Placements of renders on backgrounds; arguments are those of `images`.

        A render that its frame cuts off, as a close-up is, fills the composite, so that the cut is
        at the composite's edge too.
        """
        labels = self.renders.labels[index]
        scales = None if self.scale_ranges is None else self.scale_ranges[labels]
        placements = preset_placements(u[:, BACKGROUND_DRAWS:], self.preset, scales)
        return placements.fill_frame(self.renders.cut_off(index))

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
    return replace(images, is_cut_off=is_cut_off.to_numpy())


def packed_renders(data: StudyData) -> tuple[pd.DataFrame, tuple[Pack, ...]]:
    """The table of renders, whose index is the row in the packs, and the packs, largest first.

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
    """The synthetic images that a run makes from its training renders.

    Args:
        params: The run's parameters, which choose backgrounds and augmentation.
        data: The study's data, from which backgrounds are taken.
        renders: The training renders, from `render_image_set`.

    Raises:
        ParameterError: If `synthetic_domain` is `hybrid` and `hybrid_nobg` is not given.
    """
    domain = params.synthetic_domain
    classes_on_black = params.hybrid_nobg
    if domain == "hybrid" and classes_on_black is None:
        raise ParameterError(
            "hybrid_nobg is not given: name the classes to train without background, or take "
            "study.resolve_hybrid_classes(params), which chooses them by the runs synth_bg and "
            "synth_nobg"
        )
    on_black = [
        domain == "synthetic_nobg" or name in (classes_on_black or ()) for name in params.classes
    ]
    preset, black_preset = _synthetic_presets(params)
    backgrounds = None if all(on_black) else background_sampler(params, data, "train")
    scale_ranges = None
    if params.object_sizes == "class":
        scale_ranges = np.array([cls.size for cls in select_classes(params.classes)])
    return SyntheticImages(
        renders,
        backgrounds,
        np.array(on_black),
        preset,
        black_preset,
        domain != "bg_only",
        scale_ranges,
    )


def with_crop_area(preset: Preset, params: Params) -> Preset:
    """A preset with the run's range of the area of random crops, if it sets one."""
    if not params.crop_area:
        return preset
    least, most = params.crop_area
    return replace(preset, crop_area=(least, most))


def _synthetic_presets(params: Params) -> tuple[Preset, Preset]:
    """The augmentation of objects on backgrounds, and of objects on black."""
    preset, black_preset, black_affine_preset = {
        "thesis": (
            augmentation.THESIS_SYNTHETIC,
            augmentation.THESIS_SYNTHETIC_NOBG,
            augmentation.THESIS_SYNTHETIC_NOBG_AFFINE,
        ),
        "matched": (augmentation.MATCHED, augmentation.MATCHED_NOBG, augmentation.MATCHED),
        "strong": (augmentation.STRONG, augmentation.STRONG_NOBG, augmentation.STRONG),
    }[params.synthetic_augmentation_name]
    if params.nobg_affine:
        black_preset = black_affine_preset
    preset = replace(preset, object_in_crop=params.object_in_crop)
    return with_crop_area(preset, params), with_crop_area(black_preset, params)


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

"""Samples a run can draw: photographs and renders in their packs, and the scenes behind them.

A sample is named for good: a photograph by its root-relative path, a render by
`<class>/<instance>/<view>`; `ids` made of the names key every random draw it takes part in.

Synthetic images of renders: on scenes, on black, by class, or the scene without its object.

`synthetic_domain` of the parameters says which (thesis 5.2, 6.3): `synthetic_bg`,
`synthetic_nobg`, `hybrid` (background by class), `bg_only` (a control: the object left out, the
label kept). `nobg_affine` turns the affine augmentation on for objects on black as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.compositing import augmentation as presets
from synthlib.compositing.augmentation import (
    Preset,
    apply_after_crop,
    augment,
    preset_crop,
    preset_placements,
)
from synthlib.compositing.composite import CutoutBatch, CutoutPyramid, paste, render_on_black
from synthlib.data import render_subsets
from synthlib.data.packs import Pack
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import render_names
from synthlib.seeding import sample_ids
from synthlib.utils.errors import ParameterError


@dataclass(frozen=True)
class ImageSet:
    """N images of a pack: `names`, `labels` (int64), pack `rows`, `ids` to key draws, and the
    files' SHA-256 in `hashes`. `smaller` packs hold the same renders, each at half the side."""

    pack: Pack
    names: np.ndarray
    labels: np.ndarray
    pack_rows: np.ndarray
    sample_ids: np.ndarray
    hashes: np.ndarray
    smaller_packs: tuple[Pack, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def augmented_photographs(
        self, index: np.ndarray, u: np.ndarray, preset: Preset, size: int, device: torch.device
    ) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1]: photographs under a preset, with draws `u`
        (n, preset.draws). Only what their crops see is read."""
        rows = self.pack_rows[index]
        crop = preset_crop(u, preset, self.pack.sizes[rows], size)
        windows = crop.windows(size)
        pixels = torch.from_numpy(self.pack.gather(rows, windows)[0]).to(device)
        return apply_after_crop(pixels, crop.relative_to(windows), u, preset, size)

    def cutouts(self, index: np.ndarray, device: torch.device) -> CutoutPyramid:
        """Renders at all their scales; pixels are read, onto `device`, when asked for."""
        rows = self.pack_rows[index]
        return [_cutout_batch(pack, rows, device) for pack in (self.pack, *self.smaller_packs)]


def _cutout_batch(pack: Pack, rows: np.ndarray, device: torch.device) -> CutoutBatch:
    def pixels(some: np.ndarray) -> Tensor:
        return torch.from_numpy(pack.gather(rows[some])[0]).to(device)

    return CutoutBatch(pixels, pack.sizes[rows], pack.corners[rows], pack.canvas_sides[rows])


@dataclass(frozen=True)
class BackgroundSampler:
    """Backgrounds by class: `rows[label]` is an array of pack rows a scene category.

    A category is drawn first, then a photograph in it (thesis 4.2.2). `packs`, by side in pixels,
    hold the same photographs in the same order; `names` and `hashes` (SHA-256) go with their rows.
    """

    packs: Mapping[int, Pack]
    names: np.ndarray
    hashes: np.ndarray
    rows_by_class: list[list[np.ndarray]]

    def sample_rows(self, labels: np.ndarray, u: np.ndarray) -> np.ndarray:
        """int64 (n,): the rows that `u`, float (n, 2) in [0, 1), draws for objects of `labels`."""
        drawn = np.empty(len(labels), np.int64)
        for i, (label, (first, second)) in enumerate(zip(labels, u, strict=True)):
            category = self.rows_by_class[label][int(first * len(self.rows_by_class[label]))]
            drawn[i] = category[int(second * len(category))]
        return drawn

    def load_images(self, rows: np.ndarray, side: int, device: torch.device) -> Tensor:
        """float32 (n, 3, side, side) in [0, 1]. Raises DataError if no pack has this side."""
        if side not in self.packs:
            raise DataError(
                f"backgrounds of {side} px are not packed, only of {sorted(self.packs)}: "
                "prepare the sources with the parameters of this run"
            )
        pixels = torch.from_numpy(self.packs[side].gather(rows)[0]).to(device).permute(0, 3, 1, 2)
        return pixels.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def photograph_image_set(params: Params, data: StudyData, chosen: pd.DataFrame) -> ImageSet:
    """The chosen photographs (column `sample`), in the order of their table."""
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
    """Renders of the splits, or of these those whose `file` is `kept`; `fraction` of those to train
    on, a class, nested, the same in every run."""
    table, packs = packed_renders(data)
    table = table[table["split"].isin(splits)]
    if kept_files is not None:
        table = table[table["file"].isin(kept_files)]
    if fraction < 1:
        table = render_subsets.fraction_subset(table, fraction, seed=params.data_seed)
    return _image_set(params, packs[0], table, render_names(table), packs[1:])


def packed_renders(data: StudyData) -> tuple[pd.DataFrame, tuple[Pack, ...]]:
    """The table of renders, its index their places in the packs. Raises DataError without any."""
    if data.renders is None or not data.render_packs:
        raise DataError("these sources hold no renders: prepare them with a synthetic domain")
    return data.renders.reset_index(drop=True), data.render_packs


def background_sampler(params: Params, data: StudyData, split: str) -> BackgroundSampler:
    """A split's backgrounds by class and category. Raises DataError if there are none."""
    if data.backgrounds is None or not data.background_packs:
        raise DataError("these sources hold no backgrounds: prepare them with synthetic_bg")
    table = data.backgrounds.table
    table = table.assign(row=np.arange(len(table)))
    by_category = {
        name: group["row"].to_numpy()
        for name, group in table[table["split"] == split].groupby("category")
    }
    rows = [
        [by_category[key] for key in data.backgrounds.categories_by_class[c]]
        for c in params.classes
    ]
    names, hashes = (table[name].to_numpy(object) for name in ("sample", "sha256"))
    return BackgroundSampler(data.background_packs, names, hashes, rows)


def _image_set(
    params: Params,
    pack: Pack,
    table: pd.DataFrame,
    names: list[str],
    smaller: tuple[Pack, ...] = (),
) -> ImageSet:
    """Rows of a table whose index is the pack's order."""
    labels = table["class"].map({name: i for i, name in enumerate(params.classes)})
    return ImageSet(
        pack,
        np.array(names, object),
        labels.to_numpy(np.int64),
        table.index.to_numpy(),
        sample_ids(names),
        table["sha256"].to_numpy(object),
        smaller,
    )


BACKGROUND_DRAWS = 2
"""Uniforms that choose a background: the scene category and the photograph in it."""


@dataclass(frozen=True)
class SyntheticImages:
    """Renders, and what is made of them. `scenes` is None where no class has a background;
    `on_black` bool (classes,) says which classes have none. `preset` is for objects on scenes,
    `black_preset` for those on black. `shown` is False where the object is left out."""

    renders: ImageSet
    backgrounds: BackgroundSampler | None
    on_black: np.ndarray
    preset: Preset
    black_preset: Preset
    with_object: bool = True

    @property
    def n_draws(self) -> int:
        """Uniforms a sample."""
        return BACKGROUND_DRAWS + self.preset.n_draws

    def preset_of(self, label: int) -> Preset:
        """What makes images of a class's objects."""
        return self.black_preset if self.on_black[label] else self.preset

    def images(self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1] of objects `index`, by draws `u` (n, draws)."""
        black = self.on_black[self.renders.labels[index]]
        made = torch.empty(len(index), 3, size, size, device=device)
        for kind, make in ((False, self._on_backgrounds), (True, self._on_black)):
            rows = np.flatnonzero(black == kind)
            if len(rows):
                part = make(index[rows], u[rows], size, device)
                made[torch.from_numpy(rows).to(device)] = part
        return made

    def _on_backgrounds(self, index, u, size, device) -> Tensor:
        assert self.backgrounds is not None  # made so by `synthetic`
        rows = self.backgrounds.sample_rows(self.renders.labels[index], u[:, :BACKGROUND_DRAWS])
        images = self.backgrounds.load_images(rows, self.preset.composite_side(size), device)
        if self.with_object:
            placement = preset_placements(u[:, BACKGROUND_DRAWS:], self.preset)
            paste(self.renders.cutouts(index, device), images, placement)
        return augment(images, u[:, BACKGROUND_DRAWS:], self.preset, size)

    def _on_black(self, index, u, size, device) -> Tensor:
        preset, side = self.black_preset, self.black_preset.composite_side(size)
        cutouts = self.renders.cutouts(index, device)
        if preset.placement is None:
            images = render_on_black(cutouts, side)
        else:
            images = torch.zeros(len(index), 3, side, side, device=device)
            paste(cutouts, images, preset_placements(u[:, BACKGROUND_DRAWS:], preset))
        return augment(images, u[:, BACKGROUND_DRAWS:], preset, size)


def synthetic_images(params: Params, data: StudyData, renders: ImageSet) -> SyntheticImages:
    """What a run of `params` makes of its training renders.

    Raises ParameterError if the domain is `hybrid` and its classes were not chosen.
    """
    domain, hybrid = params.synthetic_domain, params.hybrid_nobg
    if domain == "hybrid" and hybrid is None:
        raise ParameterError(
            "hybrid_nobg is not given: name the classes to train without background, or take "
            "tables.choice.chosen(params), which finds them from the runs synth_bg and synth_nobg"
        )
    black = [domain == "synthetic_nobg" or name in (hybrid or ()) for name in params.classes]
    if params.augmentation_protocol == "matched":
        preset = presets.MATCHED
        on_black = presets.MATCHED if params.nobg_affine else presets.MATCHED_NOBG
    else:
        preset = presets.THESIS_SYNTHETIC
        on_black = presets.THESIS_SYNTHETIC_NOBG
        if params.nobg_affine:
            on_black = presets.THESIS_SYNTHETIC_NOBG_AFFINE
    scenes = None if all(black) else background_sampler(params, data, "train")
    return SyntheticImages(renders, scenes, np.array(black), preset, on_black, domain != "bg_only")

"""Samples a run can draw: photographs and renders in their packs, and the scenes behind them.

A sample is named for good: a photograph by its root-relative path, a render by
`<class>/<instance>/<view>`; `ids` made of the names key every random draw it takes part in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib import curation
from synthlib.augmentation import Preset, crop_for, finish
from synthlib.compositing import Cutouts, Scales
from synthlib.packing import Pack
from synthlib.params import Params
from synthlib.photos import DataError
from synthlib.seeding import ids_for
from synthlib.sources import Sources


@dataclass(frozen=True)
class Samples:
    """N images of a pack: `names`, `labels` (int64), pack `rows`, `ids` to key draws, and the
    files' SHA-256 in `hashes`. `smaller` packs hold the same renders, each at half the side."""

    pack: Pack
    names: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    ids: np.ndarray
    hashes: np.ndarray
    smaller: tuple[Pack, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def photographs(
        self, index: np.ndarray, u: np.ndarray, preset: Preset, size: int, device: torch.device
    ) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1]: photographs under a preset, with draws `u`
        (n, preset.draws). Only what their crops see is read."""
        rows = self.rows[index]
        crop = crop_for(u, preset, self.pack.sizes[rows], size)
        windows = crop.windows(size)
        pixels = torch.from_numpy(self.pack.gather(rows, windows)[0]).to(device)
        return finish(pixels, crop.within(windows), u, preset, size)

    def cutouts(self, index: np.ndarray, device: torch.device) -> Scales:
        """Renders at all their scales; pixels are read, onto `device`, when asked for."""
        rows = self.rows[index]
        return [_cutouts(pack, rows, device) for pack in (self.pack, *self.smaller)]


def _cutouts(pack: Pack, rows: np.ndarray, device: torch.device) -> Cutouts:
    def pixels(some: np.ndarray) -> Tensor:
        return torch.from_numpy(pack.gather(rows[some])[0]).to(device)

    return Cutouts(pixels, pack.sizes[rows], pack.corners[rows], pack.sides[rows])


@dataclass(frozen=True)
class Scenes:
    """Backgrounds by class: `rows[label]` is an array of pack rows a scene category.

    A category is drawn first, then a photograph in it (thesis 4.2.2). `packs`, by side in pixels,
    hold the same photographs in the same order; `names` and `hashes` (SHA-256) go with their rows.
    """

    packs: Mapping[int, Pack]
    names: np.ndarray
    hashes: np.ndarray
    rows: list[list[np.ndarray]]

    def draw(self, labels: np.ndarray, u: np.ndarray) -> np.ndarray:
        """int64 (n,): the rows that `u`, float (n, 2) in [0, 1), draws for objects of `labels`."""
        drawn = np.empty(len(labels), np.int64)
        for i, (label, (first, second)) in enumerate(zip(labels, u, strict=True)):
            category = self.rows[label][int(first * len(self.rows[label]))]
            drawn[i] = category[int(second * len(category))]
        return drawn

    def images(self, rows: np.ndarray, side: int, device: torch.device) -> Tensor:
        """float32 (n, 3, side, side) in [0, 1]. Raises DataError if no pack has this side."""
        if side not in self.packs:
            raise DataError(
                f"backgrounds of {side} px are not packed, only of {sorted(self.packs)}: "
                "prepare the sources with the parameters of this run"
            )
        pixels = torch.from_numpy(self.packs[side].gather(rows)[0]).to(device).permute(0, 3, 1, 2)
        return pixels.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def photographs(params: Params, sources: Sources, chosen: pd.DataFrame) -> Samples:
    """The chosen photographs (column `sample`), in the order of their table."""
    table = sources.photographs.table
    table = table[table["sample"].isin(set(chosen["sample"]))]
    return _samples(params, sources.photo_pack, table, list(table["sample"]))


def renders(
    params: Params,
    sources: Sources,
    splits: tuple[str, ...],
    fraction: float = 1.0,
    kept: set[str] | None = None,
) -> Samples:
    """Renders of the splits, or of these those whose `file` is `kept`; `fraction` of those to train
    on, a class, nested, the same in every run."""
    table, packs = manifest(sources)
    table = table[table["split"].isin(splits)]
    if kept is not None:
        table = table[table["file"].isin(kept)]
    if fraction < 1:
        table = curation.fraction(table, fraction, seed=params.data_seed)
    return _samples(params, packs[0], table, curation.names(table), packs[1:])


def manifest(sources: Sources) -> tuple[pd.DataFrame, tuple[Pack, ...]]:
    """The table of renders, its index their places in the packs. Raises DataError without any."""
    if sources.renders is None or not sources.render_packs:
        raise DataError("these sources hold no renders: prepare them with a synthetic domain")
    return sources.renders.reset_index(drop=True), sources.render_packs


def scenes_of(params: Params, sources: Sources, split: str) -> Scenes:
    """A split's backgrounds by class and category. Raises DataError if there are none."""
    if sources.backgrounds is None or not sources.background_packs:
        raise DataError("these sources hold no backgrounds: prepare them with synthetic_bg")
    table = sources.backgrounds.table
    table = table.assign(row=np.arange(len(table)))
    by_category = {
        name: group["row"].to_numpy()
        for name, group in table[table["split"] == split].groupby("category")
    }
    rows = [[by_category[key] for key in sources.backgrounds.choices[c]] for c in params.classes]
    names, hashes = (table[name].to_numpy(object) for name in ("sample", "sha256"))
    return Scenes(sources.background_packs, names, hashes, rows)


def _samples(
    params: Params,
    pack: Pack,
    table: pd.DataFrame,
    names: list[str],
    smaller: tuple[Pack, ...] = (),
) -> Samples:
    """Rows of a table whose index is the pack's order."""
    labels = table["class"].map({name: i for i, name in enumerate(params.classes)})
    return Samples(
        pack,
        np.array(names, object),
        labels.to_numpy(np.int64),
        table.index.to_numpy(),
        ids_for(names),
        table["sha256"].to_numpy(object),
        smaller,
    )

"""Samples a run can draw: photographs and renders in their packs, and the scenes behind them.

A sample is named for good: a photograph by its root-relative path, a render by
`<class>/<instance>/<view>`; `ids` made of the names key every random draw it takes part in.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.augmentation import Preset, place
from synthlib.compositing import Composite, Placement, composite
from synthlib.packing import Pack
from synthlib.params import Params
from synthlib.seeding import ids_for, uniforms
from synthlib.sources import Sources


@dataclass(frozen=True)
class Samples:
    """N images of a pack: `names`, `labels` (int64), pack `rows`, and `ids` to key draws."""

    pack: Pack
    names: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    ids: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def pixels(self, index: np.ndarray, device: torch.device) -> tuple[Tensor, np.ndarray]:
        """uint8 (n, H, W, channels), padded at the right and below, and int64 (n, 2) sizes."""
        pixels, sizes = self.pack.gather(self.rows[index])
        return torch.from_numpy(pixels).to(device), sizes


@dataclass(frozen=True)
class Scenes:
    """Backgrounds by class: `rows[label]` is an array of pack rows a scene category.

    A category is drawn first, then a photograph in it (thesis 4.2.2).
    """

    pack: Pack
    names: np.ndarray
    rows: list[list[np.ndarray]]

    def draw(self, labels: np.ndarray, u: np.ndarray) -> np.ndarray:
        """int64 (n,): the rows that `u`, float (n, 2) in [0, 1), draws for objects of `labels`."""
        drawn = np.empty(len(labels), np.int64)
        for i, (label, (first, second)) in enumerate(zip(labels, u, strict=True)):
            category = self.rows[label][int(first * len(self.rows[label]))]
            drawn[i] = category[int(second * len(category))]
        return drawn

    def pixels(self, rows: np.ndarray, device: torch.device) -> Tensor:
        """uint8 (n, 3, size, size)."""
        return torch.from_numpy(self.pack.gather(rows)[0]).to(device).permute(0, 3, 1, 2)


def composites(
    objects: Samples,
    scenes: Scenes,
    index: np.ndarray,
    u: np.ndarray,
    preset: Preset,
    size: int,
    device: torch.device,
) -> tuple[Composite, Placement, np.ndarray]:
    """Objects `index` on backgrounds, as `u` (n, 2 + preset.draws) says: the composites, their
    placements, and the rows of the backgrounds."""
    rows = scenes.draw(objects.labels[index], u[:, :2])
    placement = place(u[:, 2:], preset)
    pixels, _ = objects.pixels(index, device)
    return composite(pixels, scenes.pixels(rows, device), placement, size), placement, rows


def _samples(params: Params, pack: Pack, table: pd.DataFrame, names: list[str]) -> Samples:
    """Rows of a table whose index is the pack's order."""
    labels = table["class"].map({name: i for i, name in enumerate(params.classes)})
    return Samples(
        pack,
        np.array(names, object),
        labels.to_numpy(np.int64),
        table.index.to_numpy(),
        ids_for(names),
    )


def photographs(params: Params, sources: Sources, chosen: pd.DataFrame) -> Samples:
    """The chosen photographs (column `sample`), in the order of their table."""
    table = sources.photographs.table
    table = table[table["sample"].isin(set(chosen["sample"]))]
    return _samples(params, sources.photo_pack, table, list(table["sample"]))


def renders(
    params: Params, sources: Sources, splits: tuple[str, ...], fraction: float = 1.0
) -> Samples:
    """Renders of the splits; `fraction` keeps so many a class, nested, the same in every run."""
    if sources.renders is None or sources.render_pack is None:
        raise ValueError("these sources hold no renders: prepare them with a synthetic domain")
    table = sources.renders[sources.renders["split"].isin(splits)]
    names = [f"{r['class']}/{r['instance']}/{r['view']:02d}" for _, r in table.iterrows()]
    draw = uniforms(params.data_seed, "synthetic_subset", ids=ids_for(names), n=1)[:, 0]
    rank = pd.Series(draw, table.index).groupby(table["class"]).rank(method="first")
    size = table.groupby("class")["class"].transform("size")
    kept = (rank <= np.floor(fraction * size + 0.5)).to_numpy()
    return _samples(
        params, sources.render_pack, table[kept], [n for n, k in zip(names, kept, strict=True) if k]
    )


def scenes_of(params: Params, sources: Sources, split: str) -> Scenes:
    """A split's backgrounds by class and category. Raises ValueError if there are none."""
    if sources.backgrounds is None or sources.background_pack is None:
        raise ValueError("these sources hold no backgrounds: prepare them with synthetic_bg")
    table = sources.backgrounds.table
    table = table.assign(row=np.arange(len(table)))
    by_category = {
        name: group["row"].to_numpy()
        for name, group in table[table["split"] == split].groupby("category")
    }
    rows = [[by_category[key] for key in sources.backgrounds.choices[c]] for c in params.classes]
    return Scenes(sources.background_pack, table["sample"].to_numpy(), rows)

"""Composites under any augmentation, and tables of what the data holds: notebook 02 without clicks.

`strengths` lists every number of a preset that can be turned; `variants` shows what one setting of
them makes of a few renders. `balance`, `coverage` and `faults` are tables.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from synthlib import rendering
from synthlib.compositing.augmentation import Preset
from synthlib.compositing.placement import PlacementRange
from synthlib.data.prepare import StudyData
from synthlib.data.samples import SyntheticImages
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import RenderPlan
from synthlib.seeding import uniforms

CPU = torch.device("cpu")

STRENGTH_LIMITS: dict[str, tuple[float, float]] = {
    "affine_angle": (0, 180),
    "affine_shift": (0, 1),
    "affine_scale": (0.05, 1.5),
    "rotation": (-180, 360),
    "scale": (0.1, 1),
    "crop_area": (0.02, 1),
    "crop_ratio": (0.25, 4),
    "blur_sigma": (0.1, 1.5),  # what `photometric.blur` has taps for
    "noise_spread": (0, 0.3),
    "jpeg_quality": (5, 100),
}
"""From where to where a strength is turned; those not named here are probabilities or relative
changes, in [0, 1]."""

NEAR_DUPLICATE_BITS = 6.0
"""Bits of 64 below which two objects look the same (`near_duplicate_bits`)."""


def preset_strengths(preset: Preset) -> dict[str, float | tuple[float, float]]:
    """Every number of a preset and of its placement, by name: one, or a range of two."""
    found: dict[str, Any] = {}
    for part in (preset.placement, preset):
        for field in fields(part) if part is not None else ():
            value = getattr(part, field.name)
            if not (isinstance(value, str) or is_dataclass(value) or value is None):
                found[field.name] = value
    return found


def with_strengths(preset: Preset, strengths: dict[str, float | tuple[float, float]]) -> Preset:
    """The preset with these strengths. Raises ValueError naming one that it has not, or a value
    outside its limits."""
    known = preset_strengths(preset)
    for name, value in strengths.items():
        if name not in known:
            raise ValueError(f"{name} is no strength of {preset.name}; it has {', '.join(known)}")
        low, high = STRENGTH_LIMITS.get(name, (0.0, 1.0))
        both = value if isinstance(value, tuple) else (value, value)
        if not low <= both[0] <= both[1] <= high:
            raise ValueError(f"{name} is {value}; allowed are {low:g} to {high:g}")
    placed = {f.name for f in fields(PlacementRange)}
    inner: dict[str, Any] = {name: value for name, value in strengths.items() if name in placed}
    outer: dict[str, Any] = {name: value for name, value in strengths.items() if name not in placed}
    if preset.placement is not None:
        outer["placement"] = replace(preset.placement, **inner)
    return replace(preset, **outer)


def preview_composites(
    synthetic: SyntheticImages,
    preset: Preset,
    class_index: int,
    size: int,
    *,
    n: int = 12,
    seed: int = 0,
) -> np.ndarray:
    """uint8 (n, size, size, 3): renders of a class, each on a scene or, where the class is, on
    black, as a preset says.

    The same `seed` draws the same chances, so that turning one strength changes it alone. Raises
    DataError if the class has no render.
    """
    rows = np.flatnonzero(synthetic.renders.labels == class_index)
    if not len(rows):
        raise DataError(f"class number {class_index} has no training render")
    index = rows[np.linspace(0, len(rows) - 1, n).astype(int)]
    which = "black_preset" if synthetic.on_black[class_index] else "preset"
    made = replace(synthetic, **{which: preset})
    u = uniforms(seed, "variants", ids=np.arange(n), n=made.n_draws)
    images = made.images(index, u, size, CPU)
    return (images.permute(0, 2, 3, 1) * 255).round().clamp(0, 255).byte().numpy()


def class_balance(data: StudyData) -> pd.DataFrame:
    """Photographs, instances and renders of each class, by split; one row a class."""
    photographs = data.photographs.table.groupby(["class", "split"], sort=False).size().unstack()
    table = photographs.add_prefix("photographs ")
    if data.renders is not None:
        grouped = data.renders.groupby(["class", "split"], sort=False)
        table = table.join(grouped["instance"].nunique().unstack().add_prefix("instances "))
        table = table.join(grouped.size().unstack().add_prefix("renders "))
    return table.fillna(0).astype(int).reset_index()


def backgrounds_by_class(data: StudyData) -> pd.DataFrame:
    """Which scenes each class is pasted into on this machine, a row a class: of its own categories
    (Table 3) `n_here` and `n_missing`; whether it has its `own`; and of all the `categories` that
    it is pasted into `photographs`.

    Raises DataError if the data was prepared without backgrounds.
    """
    found = data.backgrounds
    if found is None:
        raise DataError("these sources hold no backgrounds: prepare them with synthetic_bg")
    counts = found.table["category"].value_counts()
    rows = []
    for cls, used in found.categories_by_class.items():
        n_own = len(found.own_categories(cls))
        own = "yes" if n_own == len(used) else "among others"
        rows.append(
            {
                "class": cls,
                "n_here": n_own,
                "n_missing": len(found.missing_categories[cls]),
                "own": own if n_own else "no: any scene of the study",
                "photographs": int(counts.reindex(list(used), fill_value=0).sum()),
                "categories": ", ".join(used),
            }
        )
    return pd.DataFrame(rows)


def coverage_by_class(renders: pd.DataFrame) -> pd.DataFrame:
    """Share of the frame that renders of each class cover, in percent: least, median, most, and
    how many of them cover less than a tenth."""
    share = 100 * renders["coverage"]
    grouped = share.groupby(renders["class"], sort=False)
    table = grouped.agg(least="min", median="median", most="max")
    sparse = (share < 10).groupby(renders["class"], sort=False).sum()
    return table.assign(**{"views below 10": sparse.astype(int)}).reset_index()


def data_faults(data: StudyData, plan: RenderPlan) -> pd.DataFrame:
    """What is wrong with the data, a row a fault: kind, sample, about.

    Files that cannot be read, byte-identical photographs, objects that could not be rendered, and
    training objects that look like another one within `NEAR` bits of 64.
    """

    rows = []
    for found in (data.photographs, data.backgrounds):
        if found is not None:
            rows += [("unreadable", *line.split(": ", 1)) for line in found.broken]
            rows += [("byte-identical", *line.split(" = ", 1)) for line in found.duplicates]
    rows += [("not rendered", f["name"], f["reason"]) for f in rendering.failed_instances(plan)]
    renders = data.renders
    if renders is not None and (renders["kind"] == "deterministic").any():
        hashes = rendering.view_hashes(renders, plan.store, progress=False)
        for row in rendering.find_near_duplicates(renders, hashes, NEAR_DUPLICATE_BITS).to_dict(
            "records"
        ):
            name, twin = f"{row['class']}/{row['instance']}", row["duplicate_of"]
            rows.append(("near-duplicate", name, f"{row['bits']:.1f} bits from {twin}"))
    return pd.DataFrame(rows, columns=["kind", "sample", "about"])
